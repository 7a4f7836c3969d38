"""What a run leaves to look at: log.csv, validation.csv, TensorBoard events, curves as PNG, picture sheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from EndoDepthLib.results.atomic import atomic_path, atomic_write, write_error
from EndoDepthTrainingLib.stages.curves import CURVES_FILE, draw_curves
from EndoDepthTrainingLib.stages.events import EventFile

LOG_FILE = "log.csv"
VALIDATION_FILE = "validation.csv"
SHEETS_FOLDER = "sheets"


class Record:
    """The record in `folder` of a run that has done `first` steps; what a killed run wrote after them is forgotten.

    All methods raise OutputError when the disk takes no more.
    """

    def __init__(self, folder: Path, first: int) -> None:
        self._folder = folder
        self._losses = _Table(folder / LOG_FILE, first)
        self._figures = _Table(folder / VALIDATION_FILE, first)
        self._events = EventFile(folder / "tensorboard", first)

    def losses(self, step: int, figures: Mapping[str, float], seconds_per_step: float) -> None:
        """A line of log.csv: what the steps since the line before had on average. Times go to TensorBoard only, so
        that two runs that did the same have the same log."""
        self._losses.add(step, figures)
        self._events.scalars(step, {f"train/{name}": value for name, value in figures.items()})
        self._events.scalars(step, {"seconds_per_step": seconds_per_step})

    def validation(self, step: int, figures: Mapping[str, float]) -> None:
        """A line of validation.csv: figures of the averaged network; none when there are none."""
        if not figures:
            return
        self._figures.add(step, figures)
        self._events.scalars(step, {f"validation/{name}": value for name, value in figures.items()})

    def sheet(self, step: int, picture: np.ndarray) -> None:
        """sheets/STEP.png of a picture (H, W, 3) uint8 RGB."""
        file = self._folder / SHEETS_FOLDER / f"{step:06d}.png"
        content = cv2.imencode(".png", picture[..., ::-1])[1].tobytes()
        _make_folder(file.parent)
        atomic_write(file, content)
        self._events.picture(step, "sheet", picture.shape[:2], content)

    def curves(self) -> None:
        """curves.png of everything logged so far."""
        with atomic_path(self._folder / CURVES_FILE) as aside:
            draw_curves(read_table(self._losses.file), read_table(self._figures.file), aside)

    def close(self) -> None:
        """End the event file."""
        self._events.close()


def read_table(file: Path) -> dict[str, np.ndarray]:
    """Columns of log.csv or validation.csv, (N,) float64 each, NaN where a line has none; empty without the file.

    A last line that is still being written is left out, so that a running training can be watched.
    """
    if not file.exists():
        return {}
    text = file.read_text(encoding="utf-8")
    header, *rows = list(csv.reader(io.StringIO(text[: text.rfind("\n") + 1]))) or [[]]
    return {
        name: np.array([float(row[index]) if index < len(row) and row[index] else np.nan for row in rows])
        for index, name in enumerate(header)
    }


class _Table:
    """A CSV file whose first column is the step; a figure that comes up later gets a column then."""

    def __init__(self, file: Path, first: int) -> None:
        self.file = file
        self._header: list[str] = []
        if file.exists():
            columns = read_table(file)
            self._header = list(columns)
            if self._header:
                lines = file.read_text(encoding="utf-8").splitlines()[1:]
                kept = [line for line, step in zip(lines, columns["step"], strict=False) if step <= first]
                atomic_write(file, "\n".join([",".join(self._header), *kept]) + "\n")

    def add(self, step: int, figures: Mapping[str, float]) -> None:
        values = {"step": str(step), **{name: f"{value:.8g}" for name, value in figures.items()}}
        new = [name for name in values if name not in self._header]
        try:
            if new:
                rows = self.file.read_text(encoding="utf-8").splitlines()[1:] if self._header else []
                self._header += new
                rows = [row + "," * len(new) for row in rows]
                atomic_write(self.file, "\n".join([",".join(self._header), *rows]) + "\n")
            with self.file.open("a", newline="", encoding="utf-8") as stream:
                stream.write(",".join(values.get(name, "") for name in self._header) + "\n")
        except OSError as error:
            raise write_error(self.file, error) from error


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(folder, error) from error
