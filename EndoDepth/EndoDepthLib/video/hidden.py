"""Parts of the picture that nobody may see: a name or a date burnt into it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.values import Frame

_GEOMETRY = re.compile(r"(\d{1,6})x(\d{1,6})\+(\d{1,6})\+(\d{1,6})", re.ASCII)


@dataclass(frozen=True)
class Rectangle:
    """Pixels x .. x + width - 1, y .. y + height - 1 of the decoded picture, counted from its upper left corner."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Rectangle:
        """From WIDTHxHEIGHT+X+Y, such as 300x40+0+680. Raises SettingsError for anything else."""
        found = _GEOMETRY.fullmatch(text.strip())
        if found is None:
            raise SettingsError(f"{text[:40]!r} is no rectangle; expected WIDTHxHEIGHT+X+Y in pixels, as 300x40+0+680")
        width, height, x, y = map(int, found.groups())
        if width < 1 or height < 1:
            raise SettingsError(f"the rectangle {text[:40]!r} is empty; expected at least 1x1 pixel")
        return cls(x, y, width, height)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}+{self.x}+{self.y}"


def shown_mask(rectangles: Sequence[Rectangle], width: int, height: int) -> np.ndarray:
    """(height, width) bool, False where a rectangle hides.

    Raises SettingsError for a rectangle that lies beside the picture, since what it was to hide would be seen, and when
    nothing is left to see.
    """
    shown = np.ones((height, width), dtype=bool)
    for each in rectangles:
        if each.x >= width or each.y >= height:
            raise SettingsError(f"the rectangle {each} lies outside the picture of {width}x{height} pixels; check it")
        shown[each.y : each.y + each.height, each.x : each.x + each.width] = False
    if not shown.any():
        raise SettingsError(f"the rectangles hide all of the picture of {width}x{height} pixels; make them smaller")
    return shown


def with_hidden(frame: Frame, rectangles: Sequence[Rectangle]) -> Frame:
    """The frame, black where a rectangle hides."""
    if not rectangles:
        return frame
    image = frame.image.copy()
    for each in rectangles:
        image[each.y : each.y + each.height, each.x : each.x + each.width] = 0
    return replace(frame, image=image)
