"""The curves of a run as a picture: losses by name, and the figures of every validation."""

from __future__ import annotations

import importlib.util
import logging
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

CURVES_FILE = "curves.png"
_COLUMNS = 3
_LOG = logging.getLogger(__name__)


def draw_curves(losses: Mapping[str, np.ndarray], figures: Mapping[str, np.ndarray], file: Path) -> None:
    """A PNG with one small graph per column of two tables that have a column "step"; losses in blue, figures of the
    validation in orange. Without matplotlib nothing is drawn, and said."""
    if importlib.util.find_spec("matplotlib") is None:
        _LOG.warning("no curves: the package 'matplotlib' is not installed")
        return
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    graphs = [(name, losses["step"], losses[name], "tab:blue") for name in losses if name != "step"]
    graphs += [(name, figures["step"], figures[name], "tab:orange") for name in figures if name != "step"]
    rows = max(1, math.ceil(len(graphs) / _COLUMNS))
    page = Figure(figsize=(4 * _COLUMNS, 2.6 * rows), dpi=80)
    page.subplots_adjust(0.06, 0.5 / (2.6 * rows), 0.985, 1 - 0.35 / (2.6 * rows), 0.22, 0.55)
    canvas = FigureCanvasAgg(page)
    for index, (name, steps, values, color) in enumerate(graphs):
        axes = page.add_subplot(rows, _COLUMNS, index + 1)
        axes.plot(steps, values, color=color, linewidth=1.2, marker="o" if color != "tab:blue" else None, markersize=3)
        axes.set_title(name, fontsize=10)
        axes.tick_params(labelsize=8)
        axes.set_xlabel("step", fontsize=8)
        axes.grid(alpha=0.3)
    canvas.print_png(str(file))
