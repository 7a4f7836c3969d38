"""What has been compared so far, image by image and pooled, and the files that keep it across a kill."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.evaluation import (
    ConfidenceCalibration,
    DepthEvaluation,
    DepthProtocol,
    SegmentationEvaluation,
    Sparsification,
)
from EndoDepthLib.results.atomic import atomic_write, write_error
from EndoDepthTrainingLib.evaluation.image_rows import ImageRow, Outcome, RowFormat

IMAGES_FILE = "images.csv"
POOLED_FILE = "pooled.npz"
"""Counts over all images of IMAGES_FILE: what a run that was ended needs to go on."""


@dataclass
class Tally:
    """Figures over the images so far; rows: one an image, in order."""

    depth: DepthEvaluation
    masks: SegmentationEvaluation
    rows: list[ImageRow] = field(default_factory=list)

    @classmethod
    def begun(cls, protocol: DepthProtocol, classes: Sequence[str]) -> Tally:
        """Nothing compared yet."""
        return cls(DepthEvaluation(protocol, "mm"), SegmentationEvaluation(tuple(classes)))

    def of(self, outcome: Outcome) -> list[ImageRow]:
        """The rows with this outcome."""
        return [row for row in self.rows if row.outcome is outcome]

    def arrays(self) -> dict[str, np.ndarray]:
        """The pooled counts, by name."""
        return {
            "images": np.array(len(self.rows)),
            "confusion": self.masks.matrix.counts,
            **{f"calibration.{name}": value for name, value in self.depth.calibration.arrays().items()},
            **{f"sparsification.{name}": value for name, value in self.depth.sparsification.arrays().items()},
        }

    def restore(self, rows: Sequence[ImageRow], arrays: dict[str, np.ndarray]) -> None:
        """Take what an earlier run counted."""
        self.rows = list(rows)
        self.depth.images = {row.name: row.depth for row in rows if row.depth}
        self.depth.calibration = ConfidenceCalibration.restored(_part(arrays, "calibration."))
        self.depth.sparsification = Sparsification.restored(_part(arrays, "sparsification."))
        self.masks.matrix.counts += arrays["confusion"]
        self.masks.image_dice = [row.dice for row in rows if row.dice is not None]


class TallyFiles:
    """The two files of a tally in the output folder: a line an image, and the pooled counts, written after each."""

    def __init__(self, folder: Path, tally: Tally) -> None:
        self._folder = folder
        self._tally = tally
        self._format = RowFormat(tally.masks.classes)

    def begin(self) -> None:
        """Start both files. Raises OutputError."""
        atomic_write(self._folder / IMAGES_FILE, self._format.header)

    def go_on(self) -> None:
        """Take up what an earlier run left, if it left something. Raises InputError when it is damaged."""
        path = self._folder / POOLED_FILE
        if not path.is_file():
            self.begin()
            return
        try:
            with np.load(path, allow_pickle=False) as stored:
                arrays = dict(stored)
            text = (self._folder / IMAGES_FILE).read_text(encoding="utf-8")
            rows = self._format.read(text, int(arrays["images"]))
            self._tally.restore(rows, arrays)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(
                f"'{self._folder}' cannot be continued ({type(error).__name__}: {error}); choose a new folder"
            ) from error
        # What was written after the counts is computed again.
        atomic_write(self._folder / IMAGES_FILE, self._format.header + "".join(map(self._format.line, rows)))

    def add(self, row: ImageRow) -> None:
        """Keep an image, after the tally has counted it. Raises OutputError."""
        self._tally.rows.append(row)
        path = self._folder / IMAGES_FILE
        try:
            with path.open("a", encoding="utf-8", newline="") as file:
                file.write(self._format.line(row))
        except OSError as error:
            raise write_error(path, error) from error
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **self._tally.arrays())  # type: ignore[arg-type]  # numpy's stubs take names for flags
        atomic_write(self._folder / POOLED_FILE, buffer.getvalue())


def _part(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}
