"""Model cards: what weights were made of, what they are worth, and where they end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from EndoDepthLib.evaluation import SegmentationEvaluation
from EndoDepthLib.prompts import Vocabulary
from EndoDepthTrainingLib.stages.assessment import Assessment

_DATA = """## Data, licences and attribution

| data | used for | licence | credit |
|---|---|---|---|
| procedural phantoms (colon, sinus, larynx, laparoscopy) | depth, confidence, masks | Apache-2.0 | EndoDepth |
| 440 frames of laryngeal surgery | masks | CC BY 4.0 | Laves et al. 2019, arXiv:1807.06081 |
| EfficientNet-Lite0, ImageNet weights | start of the encoder | Apache-2.0 | Tan and Le 2019; TensorFlow authors |
"""

_LIMITS = """## Limits

- Not a medical device; not for diagnosis or guidance.
- Depth is up to scale: one picture does not tell millimetres.
- Depth was taught by rendered scenes only. On real video it can read colour as distance; the confidence was learned on
  rendered scenes too and is no guarantee elsewhere.
- Classes taught by "phantoms only" have never been seen in a real image.
"""


def default_card(version: str, tested: Mapping[str, Assessment], vocabulary: Vocabulary) -> str:
    """Markdown card of the default weights; figures are those of the recipe's own test."""
    title = (
        f"# EndoDepth default weights {version}\n\nDepth and named structures from one picture. Licence: Apache-2.0.\n"
    )
    return "\n".join([title, _figures(tested), _classes(vocabulary), _DATA, _LIMITS])


def research_card(
    version: str, tested: Mapping[str, Assessment], polyps: SegmentationEvaluation, vocabulary: Vocabulary
) -> str:
    """Markdown card of the research weights."""
    title = (
        f"# EndoDepth research weights {version}\n\n**Research use only.** The default weights, taught real "
        "polyps as well (the class polyp has therefore seen real images here).\n"
    )
    row = (
        "| 800 colonoscopy frames with polyps (Kvasir-SEG / HyperKvasir) | masks of polyps | CC BY 4.0 as stated by "
        "HyperKvasir; its web page asks permission for commercial use | Jha et al. 2020; Borgli et al. 2020, "
        "10.1038/s41597-020-00622-y |\n"
    )
    dice = (
        f"Polyp masks on 100 validation frames: Dice {float(polyps.mean_image_dice()[1]):.3f} (mean over images), "
        f"{polyps.mean_dice:.3f} (pixels pooled).\n"
    )
    taught_by = tuple(
        "polyp images and phantoms" if name == "polyp" else teacher
        for name, teacher in zip(vocabulary.classes, vocabulary.taught_by, strict=True)
    )
    classes = _classes(replace(vocabulary, taught_by=taught_by))
    return "\n".join([title, _figures(tested), dice, classes, _DATA + row, _LIMITS])


def _figures(tested: Mapping[str, Assessment]) -> str:
    lines = [
        "## Figures (rendered scenes, seeds never used in training; depth median-scaled per image)\n",
        "| scenes | AbsRel | AbsRel of constant depth | d<1.25 | correlation of log depth | spread ratio | mIoU |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, assessment in tested.items():
        if assessment.depth is None:
            continue
        means = assessment.depth.means()
        ours, constant = means["prediction"], means["constant depth"]
        lines.append(
            f"| {name} | {ours.abs_rel:.3f} | {constant.abs_rel:.3f} | {ours.delta_1:.3f} | {ours.log_correlation:.3f} "
            f"| {ours.log_spread_ratio:.2f} | {assessment.masks.mean_iou:.3f} |"
        )
    return "\n".join(lines) + "\n"


def _classes(vocabulary: Vocabulary) -> str:
    lines = ["## Classes\n", "| class | taught by |", "|---|---|"]
    lines += [f"| {name} | {teacher} |" for name, teacher in zip(vocabulary.classes, vocabulary.taught_by, strict=True)]
    return "\n".join(lines) + "\n"
