"""Watches the folder of a training: curves into charts of the scene, the newest picture sheet into a slice view."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import qt

from EndoDepthLib.errors import InputError
from EndoDepthScene.curve_chart import CurveChart
from EndoDepthScene.png_files import read_png
from EndoDepthTrainingWidgets.watching.growing_table import LOG_FILE, STEP, VALIDATION_FILE, GrowingTable

SHEETS_FOLDER = "sheets"
_NO_CURVE = "learning_rate"
_EVERY_MS = 1000


class RunWatch:
    """Looks into a run folder every second, from `begin` to `end`; `grown` is called when it found something new.

    losses, figures: the charts, None before there is a line. sheet: (H, W, 3) uint8 of the newest picture sheet.
    """

    def __init__(self, scene: Any, grown: Callable[[], None]) -> None:
        self._scene = scene
        self._grown = grown
        self._tables: dict[str, GrowingTable] = {}
        self._charts: dict[str, CurveChart] = {}
        self._folder: Path | None = None
        self.sheet: np.ndarray | None = None
        self.sheet_file: Path | None = None
        self._timer = qt.QTimer()
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.look)

    @property
    def losses(self) -> Any:
        """The chart node of the losses, None before the first line of log.csv."""
        return self._charts[LOG_FILE].node if LOG_FILE in self._charts else None

    @property
    def figures(self) -> Any:
        """The chart node of the figures on held-out frames, None before the first line of validation.csv."""
        return self._charts[VALIDATION_FILE].node if VALIDATION_FILE in self._charts else None

    def last_figures(self) -> dict[str, float]:
        """The figures of the last validation by name; empty before the first."""
        columns = self._tables[VALIDATION_FILE].columns if VALIDATION_FILE in self._tables else {}
        return {name: float(values[-1]) for name, values in columns.items() if name != STEP and len(values)}

    def begin(self, folder: Path) -> None:
        """Watch this folder, which may not be there yet."""
        if folder != self._folder:
            self.clear()
            self._folder = folder
        self._timer.start()
        self.look()

    def end(self) -> None:
        """Look once more and watch no longer; what is shown stays."""
        self._timer.stop()
        self.look()

    def clear(self) -> None:
        """Watch nothing, and take the charts out of the scene."""
        self._timer.stop()
        for chart in self._charts.values():
            chart.remove()
        self._tables, self._charts, self._folder = {}, {}, None
        self.sheet = self.sheet_file = None

    def forget(self) -> None:
        """Watch nothing; the scene is being closed, and takes the charts with it."""
        self._charts = {}
        self.clear()

    def look(self) -> None:
        """Look for what is new now."""
        if self._folder is None:
            return
        is_new = False
        for name in (LOG_FILE, VALIDATION_FILE):
            file = self._newest(name)
            if file is None:
                continue
            if name not in self._tables or self._tables[name].file != file:
                self._tables[name] = GrowingTable(file)
            if self._tables[name].refresh() and STEP in self._tables[name].columns:
                self._draw(name)
                is_new = True
        sheet = self._newest(f"{SHEETS_FOLDER}/*.png")
        if sheet is not None and sheet != self.sheet_file:
            is_new = self._read_sheet(sheet) or is_new
        if is_new:
            self._grown()

    def _newest(self, pattern: str) -> Path | None:
        """The newest file of a name in the folder of the run, or of one of its stages."""
        assert self._folder is not None
        try:
            found = [*self._folder.glob(pattern), *self._folder.glob(f"*/{pattern}")]
            found = [file for file in found if not file.name.startswith(".")]
            return max(found, key=lambda file: file.stat().st_mtime_ns, default=None)
        except OSError:  # a file went while it was looked at
            return None

    def _draw(self, name: str) -> None:
        assert self._folder is not None
        if name not in self._charts:
            title = f"{self._folder.name}: {'losses' if name == LOG_FILE else 'on held-out frames'}"
            self._charts[name] = CurveChart(self._scene, title, STEP)
        columns = self._tables[name].columns
        self._charts[name].show({each: columns[each] for each in columns if not each.startswith(_NO_CURVE)})

    def _read_sheet(self, file: Path) -> bool:
        try:
            pixels = read_png(file)
        except InputError:  # still being written, or removed
            return False
        self.sheet = np.ascontiguousarray(pixels[..., :3]) if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, 2)
        self.sheet_file = file
        return True
