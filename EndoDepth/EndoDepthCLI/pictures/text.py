"""Text drawn into images."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np

Color = tuple[int, int, int]

_HERSHEY_HEIGHT_PX = 22.0  # height of a capital at font scale 1
_SEMIBOLD = 550


@cache
def _font() -> Any:
    """OpenCV 5's own scalable font, or None before OpenCV 5."""
    return cv2.FontFace("sans") if hasattr(cv2, "FontFace") else None


def text_width(text: str, size_px: int) -> int:
    """Width in pixels that draw_text needs for this text."""
    if _font() is None:
        return int(cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, size_px / 1.4 / _HERSHEY_HEIGHT_PX, 1)[0][0])
    (_, _, width, _) = cv2.getTextSize((4096, 4096), text, (0, 0), _font(), size_px, _SEMIBOLD)
    return int(width)


def draw_text(image: np.ndarray, text: str, left: int, baseline: int, size_px: int, color: Color) -> None:
    """Draw one line of text into the (H, W, 3) uint8 RGB `image` in place; size_px is the font's height."""
    if _font() is None:
        scale = size_px / 1.4 / _HERSHEY_HEIGHT_PX
        cv2.putText(image, text, (left, baseline), cv2.FONT_HERSHEY_SIMPLEX, scale, color, 1, cv2.LINE_AA)
    else:
        cv2.putText(image, text, (left, baseline), color, _font(), size_px, _SEMIBOLD)


def shorten(text: str, size_px: int, width: int) -> str:
    """The text, or as much of its beginning as fits into `width` pixels with an ellipsis."""
    if text_width(text, size_px) <= width:
        return text
    while text and text_width(text + "...", size_px) > width:
        text = text[:-1]
    return text + "..."
