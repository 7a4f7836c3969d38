"""What one unit of length is in each frame of a case: kept on the items of the frame, so that playing shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from EndoDepthLib.values import Scale
from EndoDepthScene.provenance import PREFIX, unit_of

SCALE, SCALE_SOURCE, SCALE_FACTOR = PREFIX + "Scale", PREFIX + "ScaleSource", PREFIX + "ScaleFactor"


@dataclass(frozen=True)
class FrameScale:
    """The scale of one frame, where it comes from, and by what its first numbers were multiplied to get there."""

    scale: Scale
    source: str
    factor: float = 1.0

    @property
    def unit(self) -> str:
        """The unit of length in words."""
        return unit_of(self.scale)


def case_scale(browser: Any) -> FrameScale:
    """The scale that the job gave all frames of a case."""
    scale = browser.GetAttribute(SCALE)
    return FrameScale(
        Scale(scale) if scale else Scale.UP_TO_SCALE,
        browser.GetAttribute(SCALE_SOURCE) or "unknown",
    )


def item_scale(item: Any, browser: Any) -> FrameScale:
    """The scale of the frame that a depth or surface item belongs to."""
    own = item.GetAttribute(SCALE)
    if own is None:
        return case_scale(browser)
    return FrameScale(
        Scale(own),
        item.GetAttribute(SCALE_SOURCE) or "unknown",
        float(item.GetAttribute(SCALE_FACTOR) or 1.0),
    )
