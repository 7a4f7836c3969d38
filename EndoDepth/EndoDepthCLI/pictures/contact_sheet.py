"""contact_sheet.png: a dozen frames with depth and structures on one page, and what the page shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from EndoDepthCLI.pictures.legend import INK, QUIET_INK, legend_entries, legend_strip, legend_width
from EndoDepthCLI.pictures.panels import BACKGROUND, panel_row
from EndoDepthCLI.pictures.preview import depth_colors_of, frame_title
from EndoDepthCLI.pictures.text import draw_text, shorten
from EndoDepthLib.results import ResultsFolder, atomic_write
from EndoDepthLib.results.arrays import encode_image
from EndoDepthLib.values import Scale

_SAMPLES = 12
_MARGIN = 16
_CAPTION_PX = 24
_TITLE_PX = 26
_TEXT_PX = 18


def shown_positions(count: int) -> tuple[int, ...]:
    """Which of `count` frames the page shows: a dozen, evenly spread, the first and the last among them."""
    return tuple(map(int, np.unique(np.linspace(0, count - 1, min(_SAMPLES, count)).round())))


def write_contact_sheet(results: ResultsFolder, path: Path, on_frame: Callable[[], None] = lambda: None) -> None:
    """Write the page, two frames beside each other; equal results give equal bytes.

    `on_frame` is called after each frame shown. Raises OutputError when the disk cannot take the file.
    """
    positions = shown_positions(len(results))
    scale = depth_colors_of(results)
    entries = legend_entries(results.request.segments)
    columns = 1 if len(positions) <= 3 else 2
    panel_width = (440 if entries else 560) if columns == 1 else (320 if entries else 400)
    is_metric = results.request.scale is Scale.METRIC_MM
    least_width = -(-legend_width(scale, is_metric, entries, _TEXT_PX) // columns)
    colors = [e.color for e in entries]
    cells = []
    for position in positions:
        frame = results.frame(position)
        labels = results.labels(position)
        row = panel_row(frame, results.depth(position), labels, scale, colors, panel_width, least_width)
        caption = np.full((_CAPTION_PX, row.shape[1], 3), BACKGROUND, np.uint8)
        draw_text(caption, frame_title(results, frame), 2, _CAPTION_PX - 7, _TEXT_PX - 2, QUIET_INK)
        cells.append(np.vstack([caption, row]))
        on_frame()
    body = _grid(cells, columns)
    width = body.shape[1]
    parts = [_heading(results, width), body, legend_strip(scale, is_metric, entries, width, _TEXT_PX)]
    atomic_write(path, encode_image(np.vstack(parts)))


def _grid(cells: list[np.ndarray], columns: int) -> np.ndarray:
    height, width = cells[0].shape[:2]
    rows = -(-len(cells) // columns)
    canvas = np.full(
        (rows * (height + _MARGIN // 2) + _MARGIN // 2, columns * (width + _MARGIN) + _MARGIN, 3), BACKGROUND, np.uint8
    )
    for number, cell in enumerate(cells):
        # Down the left column first, so that time runs on as one reads a column.
        column, row = divmod(number, rows)
        top, left = row * (height + _MARGIN // 2), _MARGIN + column * (width + _MARGIN)
        canvas[top : top + height, left : left + width] = cell
    return canvas


def _heading(results: ResultsFolder, width: int) -> np.ndarray:
    request = results.request
    camera = {"file": "camera from a file", "fov": "camera from a field of view"}.get(
        request.camera_source, "camera guessed"
    )
    scale = "depth in millimetres" if request.scale is Scale.METRIC_MM else "depth up to scale (not millimetres)"
    details = f"{len(results)} frames   {scale}   {camera}   weights {request.weights_id}"
    image = np.full((_TITLE_PX + _TEXT_PX + 40, width, 3), BACKGROUND, np.uint8)
    room = width - 2 * _MARGIN
    draw_text(image, shorten(request.input.source, _TITLE_PX, room), _MARGIN, _TITLE_PX + 8, _TITLE_PX, INK)
    draw_text(image, shorten(details, _TEXT_PX, room), _MARGIN, _TITLE_PX + _TEXT_PX + 20, _TEXT_PX, QUIET_INK)
    return image
