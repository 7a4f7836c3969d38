"""Weights from stage 1 on a user's labels: a checkpoint that `endodepth segment --weights` takes, and its card."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from EndoDepthLib.networks import EndoDepthNetwork, save_checkpoint
from EndoDepthLib.prompts import Vocabulary, term_key
from EndoDepthLib.results.atomic import atomic_write
from EndoDepthTrainingLib.datasets import FrameSet
from EndoDepthTrainingLib.labels.labelled_data import data_notices
from EndoDepthTrainingLib.processes import first_before_others, own_share
from EndoDepthTrainingLib.recipes.few_labels import FewLabelsSettings, Learned, learn, start_checkpoint
from EndoDepthTrainingLib.recipes.workplace import Reporter
from EndoDepthTrainingLib.stages.guided_segmentation import GuidedSegmenter
from EndoDepthTrainingLib.text.guiding_tower import SHIPPED

WEIGHTS_FILE = "weights.safetensors"
CARD_FILE = "weights.md"


def train_guided_weights(settings: FewLabelsSettings, folder: Path, reporter: Reporter | None = None) -> Learned:
    """Train stage 1 and write `folder`/weights.safetensors with its card. Raises as few_labels.learn."""
    learned = learn(settings, folder, reporter)
    segmenter = learned.network
    assert isinstance(segmenter, GuidedSegmenter)
    start = start_checkpoint(settings)
    if start is not None and learned.held_out is not None:
        learned.figures.update(depth_change(segmenter.network, start.network, learned.held_out))
    with first_before_others():
        if own_share().is_first:
            vocabulary, metadata = learned_vocabulary(learned), _metadata(settings, learned)
            digest = save_checkpoint(folder / WEIGHTS_FILE, segmenter.network, vocabulary.to_dict(), metadata)
            atomic_write(folder / CARD_FILE, card(settings, learned, vocabulary, digest))
    return learned


def learned_vocabulary(learned: Learned) -> Vocabulary:
    """The prompts as classes, with the vectors that prompt learning made of them.

    Synonyms are the start weights' where these know the class; another phrasing can be read by EndoDepth's own tower
    when that one guided the training.
    """
    segmenter, data = learned.network, learned.data
    assert isinstance(segmenter, GuidedSegmenter)
    known = None if learned.start is None else Vocabulary.from_dict(learned.start.vocabulary)
    indices = [None if known is None else known.index_of(prompt) for prompt in data.prompts]
    taken = {term_key(prompt) for prompt in data.prompts}
    synonyms = []
    for prompt, index in zip(data.prompts, indices, strict=True):
        terms = () if known is None or index is None else known.terms(index)
        others = tuple(term for term in terms if term_key(term) not in taken and term_key(term) != term_key(prompt))
        taken |= {term_key(term) for term in others}
        synonyms.append(others)
    frames = (data.frames.class_pixels(len(data.prompts) + 1)[:, 1:] > 0).sum(axis=0)
    with torch.no_grad():
        embeddings = segmenter.prompts().cpu().numpy().astype(np.float32)
    tower = segmenter.prompts.tower
    return Vocabulary(
        data.prompts,
        tuple(synonyms),
        tuple(f"{count} of your images" for count in frames.tolist()),
        data.colors,
        (),
        embeddings,
        tower.sha256 if tower.name == SHIPPED else None,
    )


@torch.inference_mode()
def depth_change(network: EndoDepthNetwork, start: EndoDepthNetwork, frames: FrameSet) -> dict[str, float]:
    """How far depth on held-out frames went from the start weights' (mean absolute relative difference after median
    alignment), beside how far a constant depth lies from it."""
    device = next(network.parameters()).device
    changes, constants = [], []
    for image in frames.images:
        tensor = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float() / 255.0
        before = start.decode_depth(start.encode(tensor)).depth
        after = network.decode_depth(network.encode(tensor.to(device))).depth.cpu()
        seen = tensor.amax(dim=1, keepdim=True) > 0.02
        if not bool(seen.any()):
            continue
        before, after = before[seen], after[seen]
        changes.append(float((after * (before.median() / after.median()) / before - 1.0).abs().mean()))
        constants.append(float((before.median() / before - 1.0).abs().mean()))
    return {"depth differs from the start's by": float(np.mean(changes)), "a constant by": float(np.mean(constants))}


def _metadata(settings: FewLabelsSettings, learned: Learned) -> dict[str, Any]:
    segmenter, data = learned.network, learned.data
    assert isinstance(segmenter, GuidedSegmenter)
    return {
        "stage": "guided segmentation (stage 1)",
        "settings": asdict(settings),
        "steps": learned.steps,
        "start_sha256": None if learned.start is None else learned.start.sha256,
        "text_tower": segmenter.prompts.record(),
        "frames": list(data.names),
        "skipped": list(data.skipped),
        "figures": learned.figures,
        "depth": depth_note(settings, learned),
        "data": data_notices(settings.sources),
    }


def depth_note(settings: FewLabelsSettings, learned: Learned) -> str:
    """What the weights' depth is worth, in a sentence."""
    if learned.start is None:
        return "untrained: these weights started from ImageNet; use them for structures, or go on with stage 2"
    if settings.depth_kept == 0.0:
        return "not looked after while the encoder changed; expect it to be worse than the start weights'"
    change = learned.figures.get("depth differs from the start's by")
    measured = "" if change is None else f"; on held-out frames it differs from it by {100 * change:.1f} %"
    return f"that of the start weights, held by distillation on your images{measured}"


def card(settings: FewLabelsSettings, learned: Learned, vocabulary: Vocabulary, digest: str) -> str:
    """Markdown that says what the weights were made of and what they are worth."""
    lines = [
        "# Weights trained on your images",
        "",
        f"Structures: {', '.join(vocabulary.classes)}. Learned from {len(learned.training)} labelled frames "
        f"({', '.join(settings.sources)}) in {learned.steps} steps, from the start weights '{settings.start}'.",
        "",
        f"Depth: {depth_note(settings, learned)}.",
        "",
        *(f"- {name}: {value:.4g}" for name, value in learned.figures.items()),
        *(["- no frame could be held out: nothing was measured"] if learned.held_out is None else []),
        *(f"- data: {notice}" for notice in data_notices(settings.sources)),
        *(f"- left out: {reason}" for reason in learned.data.skipped),
        "",
        "Held-out frames are of the same recordings: on others expect less. Licence and use follow from the start "
        "weights and from your images. Not a medical device.",
        "",
        f"File `{WEIGHTS_FILE}`, SHA-256 `{digest}`.",
    ]
    return "\n".join(lines) + "\n"
