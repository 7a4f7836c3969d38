"""Places in a video: frame numbers and times."""

from __future__ import annotations

import math
import re

from EndoDepthLib.errors import SettingsError

Position = int | float
"""A frame number (int, from 0) or a time from the start in seconds (float)."""

_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:\.\d*)?)")


def parse_position(text: str) -> Position:
    """A frame number from "120"; seconds from "12.5s", "12.5", "1:05" or "1:02:03.5".

    Raises SettingsError for anything else, and for what lies before the start.
    """
    cleaned = text.strip().lower()
    clock = _CLOCK.fullmatch(cleaned)
    if clock:
        hours, minutes, seconds = clock.groups()
        return int(hours or 0) * 3600.0 + int(minutes) * 60.0 + float(seconds)
    try:
        if re.fullmatch(r"[+-]?\d+", cleaned):
            return checked_position(int(cleaned))
        return checked_position(float(cleaned.removesuffix("s")))
    except ValueError:
        raise SettingsError(f"position {text!r} is neither a frame number (120) nor a time (12.5s, 1:05)") from None


def checked_position(position: Position) -> Position:
    """The same position. Raises SettingsError for one that is negative or not finite."""
    if not math.isfinite(position) or position < 0:
        raise SettingsError(f"position {position!r} is before the start; expected a frame number or time from 0 on")
    return position
