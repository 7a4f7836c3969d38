"""The CSV files that a training writes line by line, read while they grow. Needs neither torch nor OpenCV."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

LOG_FILE, VALIDATION_FILE = "log.csv", "validation.csv"
STEP = "step"
"""What a training writes, and the column that all others are drawn over."""


class GrowingTable:
    """A CSV file of numbers with a header; `refresh` looks whether there is more of it.

    columns: (N,) float64 each, NaN where a line has no value. A last line still being written waits.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.columns: dict[str, np.ndarray] = {}
        self._seen: tuple[int, int] = (0, 0)

    def refresh(self) -> bool:
        """Read the file again if it changed; whether it did. A file that is not there has no columns."""
        try:
            state = self.file.stat()
            seen = (state.st_mtime_ns, state.st_size)
            if seen == self._seen:
                return False
            text = self.file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):  # gone, or in the middle of being replaced: looked at again next time
            return False
        self._seen = seen
        rows = list(csv.reader(text[: text.rfind("\n") + 1].splitlines()))
        if not rows:
            self.columns = {}
            return True
        header, *body = rows
        self.columns = {
            name: np.array([_number(row[place]) if place < len(row) else np.nan for row in body], np.float64)
            for place, name in enumerate(header)
        }
        return True


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
