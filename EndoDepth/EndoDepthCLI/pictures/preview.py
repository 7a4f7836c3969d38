"""preview.mp4: frame | depth | structures of every kept frame, with a legend below."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from EndoDepthCLI.pictures.depth_colors import DepthColors
from EndoDepthCLI.pictures.h264 import H264Encoder
from EndoDepthCLI.pictures.legend import INK, QUIET_INK, legend_entries, legend_strip, legend_width
from EndoDepthCLI.pictures.panels import BACKGROUND, GAP_PX, panel_row
from EndoDepthCLI.pictures.text import draw_text, shorten, text_width
from EndoDepthLib.results import ResultsFolder, atomic_path
from EndoDepthLib.values import Frame, Scale

_PANEL_WIDTH = 480
_HEADER_PX = 30
_TEXT_PX = 18
_RATE_RANGE = (1.0, 60.0)
_RATE_OF_IMAGES = 5.0


def write_preview(results: ResultsFolder, path: Path, on_frame: Callable[[], None] = lambda: None) -> None:
    """Write the preview video at the pace of the source; equal results give equal bytes.

    `on_frame` is called after each frame. Raises OutputError when the disk cannot take the file.
    """
    scale = depth_colors_of(results)
    entries = legend_entries(results.request.segments)
    is_metric = results.request.scale is Scale.METRIC_MM
    least_width = legend_width(scale, is_metric, entries, _TEXT_PX)
    colors = [e.color for e in entries]
    legend: np.ndarray | None = None
    with atomic_path(path) as aside, aside.open("wb") as file:
        video = H264Encoder(file, preview_rate(results))
        for position in range(len(results)):
            frame, labels = results.frame(position), results.labels(position)
            row = panel_row(frame, results.depth(position), labels, scale, colors, _PANEL_WIDTH, least_width)
            if legend is None:
                legend = legend_strip(scale, is_metric, entries, row.shape[1], _TEXT_PX)
            header = _header(row.shape[1], frame_title(results, frame), is_metric, bool(entries))
            video.add(np.vstack([header, row, legend]))
            on_frame()
        video.finish()


def depth_colors_of(results: ResultsFolder, samples: int = 24) -> DepthColors:
    """One colour scale for all frames, from at most `samples` of them spread evenly."""
    positions = np.unique(np.linspace(0, len(results) - 1, min(samples, len(results))).round().astype(int))
    return DepthColors.spanning(results.depth(int(p)).depth[::4, ::4] for p in positions)


def frame_title(results: ResultsFolder, frame: Frame) -> str:
    """The frame's number in the source, and its time where the source has times (images have none)."""
    number = f"frame {frame.index}"
    return f"{number}   {frame.time_s:.2f} s" if results.request.input.frame_rate else number


def preview_rate(results: ResultsFolder) -> Fraction:
    """Frames per second that show the kept frames at the speed of the source, at least 1 and at most 60."""
    source = results.request.input
    rate = source.frame_rate / source.every if source.frame_rate else _RATE_OF_IMAGES
    return Fraction(min(max(rate, _RATE_RANGE[0]), _RATE_RANGE[1])).limit_denominator(1001)


def _header(width: int, title: str, is_metric: bool, has_labels: bool) -> np.ndarray:
    image = np.full((_HEADER_PX, width, 3), BACKGROUND, np.uint8)
    count = 3 if has_labels else 2
    panel = (width - GAP_PX * (count - 1)) // count
    titles = [title, "depth in mm" if is_metric else "depth, up to scale", "structures"][:count]
    for number, text in enumerate(titles):
        shown = shorten(text, _TEXT_PX, panel - 16)
        left = number * (panel + GAP_PX) + (panel - text_width(shown, _TEXT_PX)) // 2
        draw_text(image, shown, left, _HEADER_PX - 10, _TEXT_PX, QUIET_INK if number else INK)
    return image
