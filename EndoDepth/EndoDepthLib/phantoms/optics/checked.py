"""Numbers of a frozen settings class that carry their allowed range, checked when the settings are made."""

from __future__ import annotations

import math
from dataclasses import field, fields
from typing import Any

from EndoDepthLib.errors import SettingsError


def bounded(default: float, low: float, high: float) -> Any:
    """A dataclass field with its neutral value and its allowed range (both ends included)."""
    return field(default=default, metadata={"range": (low, high)})


class Checked:
    """Base of the settings: every `bounded` field is checked. Raises SettingsError naming the field and its range."""

    def __post_init__(self) -> None:
        for item in fields(self):  # type: ignore[arg-type]
            limits = item.metadata.get("range")
            if limits is None:
                continue
            value = getattr(self, item.name)
            low, high = limits
            if not (math.isfinite(value) and low <= value <= high):
                raise SettingsError(
                    f"{type(self).__name__}.{item.name} is {value!r}; expected a number from {low} to {high}"
                )
