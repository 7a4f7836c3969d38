"""A bar chart of measured times."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from EndoDepthCLI.pictures.text import draw_text, shorten
from EndoDepthLib.benchmarking import Timing
from EndoDepthLib.results.arrays import encode_image

_WIDTH, _ROW, _TEXT, _LEFT, _RIGHT = 1000, 34, 18, 300, 150
_INK, _FAINT = (40, 40, 40), (225, 225, 225)
_REFERENCE, _OWN, _STAGE = (150, 150, 150), (38, 120, 178), (140, 190, 220)


def write_speed_chart(timings: Mapping[str, Timing], reference: str, path: Path) -> None:
    """A PNG: one bar a timing, its median, its quartiles as a line, and how many times faster than the reference."""
    image = np.full((_ROW * (len(timings) + 2), _WIDTH, 3), 255, np.uint8)
    longest_ms = max(timing.quartiles_ms[1] for timing in timings.values())
    scale = (_WIDTH - _LEFT - _RIGHT) / longest_ms
    draw_text(image, "milliseconds, median and quartiles", _LEFT, _ROW - 10, _TEXT, _INK)
    for row, (name, timing) in enumerate(timings.items(), start=1):
        top, middle = row * _ROW + 5, row * _ROW + _ROW // 2
        color = _REFERENCE if name == reference else _STAGE if name.startswith("stage: ") else _OWN
        end = _LEFT + max(1, round(timing.median_ms * scale))
        cv2.rectangle(image, (_LEFT, top), (_WIDTH - _RIGHT, top + _ROW - 11), _FAINT, -1)
        cv2.rectangle(image, (_LEFT, top), (end, top + _ROW - 11), color, -1)
        low, high = (_LEFT + round(each * scale) for each in timing.quartiles_ms)
        cv2.line(image, (low, middle), (high, middle), _INK, 2)
        draw_text(image, shorten(name, _TEXT, _LEFT - 20), 10, middle + 6, _TEXT, _INK)
        ratio = "" if name == reference else f"  {timing.times_faster_than(timings[reference]):.1f}x"
        draw_text(image, f"{timing.median_ms:.1f}{ratio}", _WIDTH - _RIGHT + 10, middle + 6, _TEXT, _INK)
    path.write_bytes(encode_image(image))
