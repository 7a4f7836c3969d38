"""Colours of depth that follow the scale of the frame: a known distance changes all numbers, not how they look."""

from __future__ import annotations

import math
from typing import Any

from EndoDepthScene.case_view import CaseView
from EndoDepthScene.kinds import DEPTH, SURFACE
from EndoDepthScene.models import DEPTH as DEPTH_SCALARS
from EndoDepthScene.provenance import PREFIX
from EndoDepthScene.scales import SCALE_FACTOR

_SHOWN_FACTOR = PREFIX + "ShownFactor"
"""Attribute of a display node: the factor of a known distance that its window or range was multiplied by."""


def fit_depth_window(view: CaseView) -> None:
    """Bring window, level and scalar range of depth to the scale of the frame that is shown.

    Call it when a frame got another scale and when another frame is selected. What the user set by hand is multiplied.
    """
    item, proxy = view.item(DEPTH), view.proxy(DEPTH)
    if item is None or proxy is None:
        return
    factor = view.frame_scale.factor
    volume = proxy.GetDisplayNode()
    if volume is not None and not volume.GetAutoWindowLevel():
        ratio = _ratio(volume, factor)
        if ratio is not None:
            modified = volume.StartModify()
            volume.SetWindowLevel(volume.GetWindow() * ratio, volume.GetLevel() * ratio)
            volume.SetLowerThreshold(volume.GetLowerThreshold() * ratio)
            volume.SetAttribute(_SHOWN_FACTOR, repr(factor))
            volume.EndModify(modified)
    _fit_range(view.proxy(SURFACE), factor)
    chosen = view.chosen_surface
    if chosen is not None:
        _fit_range(chosen, float(chosen.GetAttribute(SCALE_FACTOR) or 1.0))


def range_taken_from(display: Any, volume_display: Any) -> None:
    """Remember that a surface's display node has just taken its scalar range from that of the depth volume."""
    display.SetAttribute(_SHOWN_FACTOR, volume_display.GetAttribute(_SHOWN_FACTOR))


def _fit_range(surface: Any, factor: float) -> None:
    display = None if surface is None else surface.GetDisplayNode()
    if display is None or display.GetActiveScalarName() != DEPTH_SCALARS:
        return
    ratio = _ratio(display, factor)
    if ratio is not None:
        modified = display.StartModify()
        display.SetScalarRange(*(limit * ratio for limit in display.GetScalarRange()))
        display.SetAttribute(_SHOWN_FACTOR, repr(factor))
        display.EndModify(modified)


def _ratio(display: Any, factor: float) -> float | None:
    """By what to multiply, None when it is as it should be."""
    ratio = factor / float(display.GetAttribute(_SHOWN_FACTOR) or 1.0)
    return None if math.isclose(ratio, 1.0, rel_tol=1e-9) else ratio
