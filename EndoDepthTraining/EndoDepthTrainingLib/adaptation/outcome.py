"""What an adaptation leaves: weights, adapted or the original ones, with a card, figures and a picture beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from EndoDepthLib.inference.catalogue import Use, load_catalogue
from EndoDepthLib.inference.weights import LoadedWeights
from EndoDepthLib.networks import EndoDepthNetwork, save_checkpoint
from EndoDepthLib.results.atomic import atomic_write
from EndoDepthTrainingLib.adaptation.judgement import Judgement

SHEET_SUFFIX, FIGURES_SUFFIX, CARD_SUFFIX = ".png", ".json", ".md"


@dataclass(frozen=True)
class Outcome:
    """adapted: whether the file holds new weights; the original ones otherwise, `reason` says why. judgement: the
    figures, None when nothing was learned. motion: what structure from motion found, or why it found nothing."""

    adapted: bool
    reason: str
    judgement: Judgement | None
    motion: str
    steps: int
    seconds: float

    def sentences(self) -> list[str]:
        """The outcome in words, one line each, the main thing first."""
        first = f"adapted in {self.steps} steps" if self.adapted else f"the original weights are kept: {self.reason}"
        lines = [first] if self.motion == self.reason else [first, f"structure from motion: {self.motion}"]
        return lines + (self.judgement.sentences() if self.judgement is not None else [])

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "adapted": self.adapted,
            "reason": self.reason,
            "structure_from_motion": self.motion,
            "steps": self.steps,
            "seconds": round(self.seconds, 1),
            "figures": None if self.judgement is None else self.judgement.to_dict(),
        }


def write_outcome(
    output: Path,
    outcome: Outcome,
    network: EndoDepthNetwork | None,
    original: LoadedWeights,
    video_name: str,
    settings: Mapping[str, Any],
    sheet: np.ndarray | None,
) -> None:
    """Write weights, card (.md), figures (.json) and sheet (.png, when there is one) beside each other; weights last.

    network: the adapted one, saved when the outcome says so; otherwise the original file is copied byte for byte, so
    that it stays known by its SHA-256. Raises OutputError when the disk takes no more.
    """
    if sheet is not None:
        atomic_write(output.with_suffix(SHEET_SUFFIX), cv2.imencode(".png", sheet[..., ::-1])[1].tobytes())
    atomic_write(output.with_suffix(FIGURES_SUFFIX), json.dumps(outcome.to_dict(), indent=1))
    atomic_write(output.with_suffix(CARD_SUFFIX), card(outcome, original, video_name))
    if not outcome.adapted or network is None:
        atomic_write(output, original.path.read_bytes())
        return
    metadata = {
        **original.metadata,
        "adaptation": {
            "video": video_name,
            "source_weights": original.id,
            "source_sha256": original.sha256,
            "research_use_of": research_use_of(original),
            "settings": dict(settings),
            **outcome.to_dict(),
        },
    }
    save_checkpoint(output, network, original.vocabulary.to_dict(), metadata)


def research_use_of(weights: LoadedWeights) -> str | None:
    """The catalogue id of the research weights that these are, or were adapted from; None: for any use."""
    same = next((entry for entry in load_catalogue().entries if entry.weights.sha256 == weights.sha256), weights.entry)
    if same is not None:
        return same.id if same.use is Use.RESEARCH else None
    before = weights.metadata.get("adaptation")
    found = before.get("research_use_of") if isinstance(before, Mapping) else None
    return None if found is None else str(found)


def card(outcome: Outcome, original: LoadedWeights, video_name: str) -> str:
    """The model card, Markdown."""
    title = "adapted to one video" if outcome.adapted else "kept: the adaptation to one video made them no better"
    lines = [
        f"# EndoDepth weights, {title}",
        "",
        f"Source: {original.id} (SHA-256 `{original.sha256}`), whose licence and limits hold for these too.",
        f"Video: {video_name}.",
        "",
        "## Figures (frames and points that nothing was learned from)",
        "",
        *(f"- {sentence}" for sentence in outcome.sentences()),
        "",
        "## Limits",
        "",
        "- Not a medical device; not for diagnosis or guidance.",
        "- Made for this video and ones like it: elsewhere the source weights are the better choice.",
        "- Depth is up to scale: structure from motion gives all frames of the video one scale, but not millimetres.",
        "- Points of structure from motion are no ground truth: where tissue moved on its own they are wrong too.",
    ]
    return "\n".join(lines) + "\n"
