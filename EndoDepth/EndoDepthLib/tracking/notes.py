"""What tracking notes on its way, for the report and the user."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from EndoDepthLib.values import Scale

Progress = Callable[[str, int, int], None]
"""Told the stage, how many of its steps are done, and how many there are."""


@dataclass
class Notes:
    """Figures (JSON values) and warnings, and the scale that the poses turned out to have."""

    figures: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    scale: Scale = Scale.UP_TO_SCALE
    scale_source: str = "unknown"
