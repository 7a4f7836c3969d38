"""The legend: what the depth colours and the structure colours mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from EndoDepthCLI.pictures.depth_colors import DepthColors
from EndoDepthCLI.pictures.panels import BACKGROUND
from EndoDepthCLI.pictures.text import Color, draw_text, text_width
from EndoDepthCLI.teaching import PHANTOMS_ONLY
from EndoDepthLib.results import ResultsSegment

INK: Color = (235, 235, 235)
QUIET_INK: Color = (170, 170, 175)
_BAR_WIDTH = 220
_MARGIN = 14
_NOTE = "* taught by rendered phantoms only: never shown a real image of it"


@dataclass(frozen=True)
class LegendEntry:
    """One structure: its name as shown, its colour, and whether only phantoms taught it."""

    name: str
    color: Color
    phantoms_only: bool = False


def legend_entries(segments: Sequence[ResultsSegment]) -> list[LegendEntry]:
    """The legend of a request's segments, in the order of their labels."""
    return [LegendEntry(s.name, s.color, s.taught_by == PHANTOMS_ONLY) for s in segments]


def legend_width(scale: DepthColors, is_metric: bool, entries: Sequence[LegendEntry], size_px: int = 18) -> int:
    """The width in pixels below which `legend_strip` would cut its widest item."""
    widths = [width for width, _ in _items(scale, is_metric, entries, size_px)]
    if any(e.phantoms_only for e in entries):
        widths.append(text_width(_NOTE, size_px - 2))
    return max(widths) + 2 * _MARGIN


def legend_strip(
    scale: DepthColors, is_metric: bool, entries: Sequence[LegendEntry], width: int, size_px: int = 18
) -> np.ndarray:
    """(h, width, 3) uint8 RGB: the depth bar with its unit, then the structures, on as many lines as they need.

    `width` is at least `legend_width`.
    """
    line = size_px + 14
    units = _units(is_metric)
    items = _items(scale, is_metric, entries, size_px)
    places: list[tuple[int, int]] = []
    x, row = _MARGIN, 0
    for item_width, _ in items:
        if x > _MARGIN and x + item_width > width - _MARGIN:
            x, row = _MARGIN, row + 1
        places.append((x, row))
        x += item_width + 2 * _MARGIN
    has_note = any(e.phantoms_only for e in entries)
    image = np.full(((row + 1 + has_note) * line + 8, width, 3), BACKGROUND, np.uint8)
    for (x, row), (_, entry) in zip(places, items, strict=True):
        baseline = row * line + line - 10
        if entry is None:
            _draw_bar(image, scale, units, x, baseline, size_px)
        else:
            image[baseline - size_px + 3 : baseline + 3, x : x + size_px] = entry.color
            draw_text(image, _shown(entry), x + size_px + 8, baseline, size_px, INK)
    if has_note:
        draw_text(image, _NOTE, _MARGIN, image.shape[0] - 16, size_px - 2, QUIET_INK)
    return image


def _shown(entry: LegendEntry) -> str:
    return entry.name + (" *" if entry.phantoms_only else "")


def _units(is_metric: bool) -> str:
    return "mm" if is_metric else "up to scale, not millimetres"


def _items(
    scale: DepthColors, is_metric: bool, entries: Sequence[LegendEntry], size_px: int
) -> list[tuple[int, LegendEntry | None]]:
    """What stands in the legend with its width in pixels: the depth bar (None), then the structures."""
    bar = (_bar_item_width(scale, _units(is_metric), size_px), None)
    return [bar, *((size_px + 8 + text_width(_shown(e), size_px), e) for e in entries)]


def _ends(scale: DepthColors) -> tuple[str, str]:
    return f"near {scale.near:.3g}", f"{scale.far:.3g} far"


def _bar_item_width(scale: DepthColors, units: str, size_px: int) -> int:
    near, far = _ends(scale)
    return _BAR_WIDTH + 24 + sum(text_width(text, size_px) for text in ("Depth: ", near, far, f" ({units})"))


def _draw_bar(image: np.ndarray, scale: DepthColors, units: str, x: int, baseline: int, size_px: int) -> None:
    near, far = _ends(scale)
    draw_text(image, f"Depth: {near}", x, baseline, size_px, INK)
    x += text_width("Depth: ", size_px) + text_width(near, size_px) + 10
    image[baseline - size_px + 3 : baseline + 3, x : x + _BAR_WIDTH] = scale.bar(_BAR_WIDTH, size_px)
    draw_text(image, f"{far} ({units})", x + _BAR_WIDTH + 8, baseline, size_px, INK)
