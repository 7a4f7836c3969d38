"""Two sets of weights on the same annotated frames: figures of both, and what each of them marks, side by side."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from EndoDepthLib.evaluation import SegmentationEvaluation
from EndoDepthLib.inference import EndoDepthModel
from EndoDepthLib.prompts import term_key
from EndoDepthLib.results.atomic import atomic_write, write_error
from EndoDepthLib.values import Frame
from EndoDepthLib.video import find_content_area
from EndoDepthTrainingLib.datasets.public.segment_editor import VOID_NAME
from EndoDepthTrainingLib.evaluation.pictures import image_panel, label_panels
from EndoDepthTrainingLib.labels.annotated_folder import LabelledFrame
from EndoDepthTrainingLib.labels.seg_nrrd import merged_names

FIGURES_FILE, PICTURE_FILE = "comparison.json", "comparison.png"
BEFORE, AFTER = "before", "after"
_VOID = 255
_SHOWN = 6
_TITLES = ("frame", "marked by hand", "before", "after")
_TITLE_HEIGHT = 26


@dataclass
class WeightsComparison:
    """What two models say of annotated frames, one `add` each.

    structures: the names that are marked in the frames; a model that knows none of a name marks it nowhere. figures:
    mean Dice by image of each, and how far the two depths are from each other.
    """

    models: dict[str, EndoDepthModel]
    structures: tuple[str, ...]
    colors: tuple[tuple[int, int, int], ...]
    evaluations: dict[str, SegmentationEvaluation] = field(init=False)
    _asked: dict[str, list[int]] = field(init=False)
    _depth_ratios: list[float] = field(init=False, default_factory=list)
    _rows: list[np.ndarray] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.evaluations = {which: SegmentationEvaluation(self.structures) for which in self.models}
        self._asked = {
            which: [place for place, name in enumerate(self.structures) if model.vocabulary.index_of(name) is not None]
            for which, model in self.models.items()
        }

    @classmethod
    def of_frames(
        cls, before: EndoDepthModel, after: EndoDepthModel, frames: Sequence[LabelledFrame]
    ) -> WeightsComparison:
        """A comparison on what is marked in these frames."""
        found = merged_names([frame.segments for frame in frames])
        named = {name: color for name, color in found.items() if term_key(name) != VOID_NAME}
        return cls({BEFORE: before, AFTER: after}, tuple(named), tuple(named.values()))

    def add(self, frame: LabelledFrame) -> None:
        """Look at one frame with both."""
        reference = self._labels_of(frame)
        answers, depths = {}, {}
        content = find_content_area([Frame(frame.image)])
        for which, model in self.models.items():
            asked = self._asked[which]
            names = [self.structures[place] for place in asked]
            prediction = model.predict(Frame(frame.image), None, names, content, with_scores=False)
            depths[which] = prediction.depth.depth
            answer = np.zeros(reference.shape, np.uint8)
            if prediction.labels is not None:
                answer = np.array([0, *(place + 1 for place in asked)], np.uint8)[prediction.labels.labels]
            answers[which] = answer
            self.evaluations[which].add(answer, reference)
        self._depth_ratios.append(_difference(depths[BEFORE], depths[AFTER]))
        if len(self._rows) < _SHOWN:
            panels = [image_panel(frame.image).image]
            panels.append(label_panels(frame.image, reference, answers[BEFORE], self.colors)[0].image)
            panels += [label_panels(frame.image, reference, answers[which], self.colors)[1].image for which in answers]
            self._rows.append(np.concatenate(panels, axis=1))

    def figures(self) -> dict[str, dict[str, float | None]]:
        """{name: {"before", "after"}}; None where a figure has no meaning. The mean over structures comes first."""
        dice = {which: evaluation.mean_image_dice()[1:] for which, evaluation in self.evaluations.items()}
        rows = {"Dice, mean of structures": {which: _number(np.nanmean(values)) for which, values in dice.items()}}
        for place, name in enumerate(self.structures):
            rows[f"Dice, {name}"] = {
                which: _number(values[place]) if place in self._asked[which] else None for which, values in dice.items()
            }
        rows["Depth, median difference to before"] = {BEFORE: 0.0, AFTER: _number(float(np.mean(self._depth_ratios)))}
        return rows

    def picture(self) -> np.ndarray:
        """(H, W, 3) uint8 RGB: a row a frame (six at most): frame, marked by hand, before, after."""
        width = self._rows[0].shape[1] // len(_TITLES)
        title = np.full((_TITLE_HEIGHT, self._rows[0].shape[1], 3), 30, np.uint8)
        for place, text in enumerate(_TITLES):
            at = (place * width + 8, _TITLE_HEIGHT - 8)
            cv2.putText(title, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.55, (235, 235, 235), 1, cv2.LINE_AA)
        return np.concatenate([title, *self._rows])

    def _labels_of(self, frame: LabelledFrame) -> np.ndarray:
        table = np.zeros(256, np.uint8)
        for number, name in enumerate(frame.segments.names, start=1):
            table[number] = _VOID if term_key(name) == VOID_NAME else 1 + self.structures.index(name)
        return table[frame.segments.labels]


def compare_weights(
    before: EndoDepthModel,
    after: EndoDepthModel,
    frames: Sequence[LabelledFrame],
    folder: Path,
    step: Callable[[], None] = lambda: None,
) -> WeightsComparison:
    """Compare on annotated frames; writes comparison.json and comparison.png into `folder`. Raises OutputError."""
    comparison = WeightsComparison.of_frames(before, after, frames)
    for frame in frames:
        comparison.add(frame)
        step()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error
    picture = cv2.imencode(".png", np.ascontiguousarray(comparison.picture()[..., ::-1]))[1].tobytes()
    atomic_write(folder / PICTURE_FILE, picture)
    values = {
        "weights": {which: {"id": model.weights.id, "sha256": model.weights.sha256} for which, model in
                    comparison.models.items()},
        "frames": [frame.name for frame in frames],
        "figures": comparison.figures(),
    }  # fmt: skip
    atomic_write(folder / FIGURES_FILE, json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    return comparison


def comparison_text(comparison: WeightsComparison) -> str:
    """The figures as a table for people."""
    rows = comparison.figures()
    width = max(len(name) for name in rows)
    lines = [f"{'':<{width}}  {BEFORE:>7}  {AFTER:>7}"]
    for name, row in rows.items():
        cells = ("-" if row[which] is None else f"{row[which]:.3f}" for which in (BEFORE, AFTER))
        lines.append(f"{name:<{width}}  " + "  ".join(f"{cell:>7}" for cell in cells))
    return "\n".join(lines)


def _difference(one: np.ndarray, other: np.ndarray) -> float:
    """Median relative difference of two depths (H, W) after the second is scaled to the first's median."""
    both = np.isfinite(one) & np.isfinite(other)
    if not both.any():
        return float("nan")
    scaled = other[both] * (np.median(one[both]) / np.median(other[both]))
    return float(np.median(np.abs(scaled / one[both] - 1.0)))


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
