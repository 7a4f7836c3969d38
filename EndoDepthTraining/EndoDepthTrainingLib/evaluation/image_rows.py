"""The figures of single images as lines of images.csv, from which a run that was ended goes on."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from enum import Enum

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.evaluation import DepthMetrics, trivial_depths
from EndoDepthLib.evaluation.depth_evaluation import PREDICTION

METHODS = (PREDICTION, *trivial_depths(np.zeros((2, 2, 3), np.uint8), 2, 2))
"""What is compared on each image: the prediction and the trivial answers."""

_METRICS = tuple(each.name for each in fields(DepthMetrics))
_HEAD = ("image", "sequence", "index", "outcome", "reason")
_CONFIDENCE = ("confidence fall at 20 percent", "confidence AUSE")


class Outcome(Enum):
    """What became of an image."""

    COMPARED = "compared"
    BROKEN = "broken"
    WITHOUT_TRUTH = "without truth"


@dataclass(frozen=True)
class ImageRow:
    """One image: its figures, or why it has none.

    depth: per method, empty where the image has no known depth. confidence: the fall of AbsRel without the least
    certain 20 % and AUSE, NaN where there are none. dice: per class after "none of them", NaN for classes that are
    neither there nor predicted; None without labels.
    """

    name: str
    sequence: str
    index: int
    outcome: Outcome = Outcome.COMPARED
    reason: str = ""
    depth: dict[str, DepthMetrics] = field(default_factory=dict)
    confidence: tuple[float, float] = (math.nan, math.nan)
    dice: np.ndarray | None = None


class RowFormat:
    """Lines of images.csv for these classes; figures come back exactly as they were."""

    def __init__(self, classes: Sequence[str]) -> None:
        self._classes = tuple(classes)
        depth = tuple(f"{method}: {metric}" for method in METHODS for metric in _METRICS)
        dice = tuple(f"Dice: {name}" for name in ("none of them", *classes)) if classes else ()
        self._columns = (*_HEAD, *depth, *_CONFIDENCE, *dice)

    @property
    def header(self) -> str:
        """The first line."""
        return _line(self._columns)

    def line(self, row: ImageRow) -> str:
        """A row as a line."""
        values = [row.name, row.sequence, str(row.index), row.outcome.value, row.reason]
        for method in METHODS:
            metrics = row.depth.get(method)
            values += [_text(math.nan if metrics is None else getattr(metrics, name)) for name in _METRICS]
        values += map(_text, row.confidence)
        if self._classes:
            dice = np.full(len(self._classes) + 1, math.nan) if row.dice is None else row.dice
            values += map(_text, dice.tolist())
        return _line(values)

    def read(self, text: str, count: int) -> list[ImageRow]:
        """The first `count` rows of a file. Raises InputError when it is not what `header` and `line` gave."""
        lines = list(csv.reader(io.StringIO(text)))
        if not lines or tuple(lines[0]) != self._columns or len(lines) <= count:
            raise InputError("images.csv is not that of this evaluation; choose a new folder with --output")
        return [self._row(dict(zip(self._columns, values, strict=True))) for values in lines[1 : count + 1]]

    def _row(self, values: dict[str, str]) -> ImageRow:
        depth = {
            method: DepthMetrics(**{name: _number(values[f"{method}: {name}"]) for name in _METRICS})
            for method in METHODS
            if values[f"{method}: {_METRICS[0]}"]
        }
        dice = np.array([_number(values[name]) for name in self._columns if name.startswith("Dice: ")])
        fall, ause = (_number(values[name]) for name in _CONFIDENCE)
        return ImageRow(
            values["image"],
            values["sequence"],
            int(values["index"]),
            Outcome(values["outcome"]),
            values["reason"],
            depth,
            (fall, ause),
            dice if np.isfinite(dice).any() else None,
        )


def _line(values: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue()


def _text(value: float) -> str:
    return "" if math.isnan(value) else repr(float(value))


def _number(text: str) -> float:
    return float(text) if text else math.nan
