"""How the nodes of a case look when they are first shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import slicer

from EndoDepthScene.kinds import CONFIDENCE, DEPTH, FRAME, STRUCTURES, SURFACE
from EndoDepthScene.models import show_colors

DEPTH_COLORS = "vtkMRMLColorTableNodeRainbow"  # near is warm, far is cold, as in the contact sheet
CONFIDENCE_COLORS = "vtkMRMLColorTableNodeGrey"


def show_case(proxies: Mapping[str, Any], depth_range: tuple[float, float], surface_color: str) -> None:
    """Set how the nodes of the selected frame look: frame as decoded, near depth warm, surface in these colours.

    depth_range: the nearest and farthest depth that colours tell apart.
    """
    near, far = depth_range
    show_window(proxies[FRAME], 255.0, 127.5)
    show_window(proxies[DEPTH], far - near, (near + far) / 2, DEPTH_COLORS)
    # Invalid pixels hold 0 and shall let the frame below shine through.
    display = proxies[DEPTH].GetDisplayNode()
    display.SetApplyThreshold(True)
    display.SetAutoThreshold(False)
    display.SetLowerThreshold(1e-6 * far)
    show_window(proxies[CONFIDENCE], 100.0, 50.0, CONFIDENCE_COLORS)
    if STRUCTURES in proxies:
        proxies[STRUCTURES].CreateDefaultDisplayNodes()
        shown = proxies[STRUCTURES].GetDisplayNode()
        shown.SetVisibility3D(False)
        shown.SetOpacity2DFill(0.35)
        shown.SetOpacity2DOutline(1.0)
    if SURFACE in proxies:
        show_colors(proxies[SURFACE], surface_color)


def show_frame_in_slice(slice_logic: Any, frame: Any, depth: Any | None = None) -> None:
    """Show a frame volume in a slice view (vtkMRMLSliceLogic): axial, fitted, at the frame's own position."""
    composite = slice_logic.GetSliceCompositeNode()
    composite.SetBackgroundVolumeID(frame.GetID())
    composite.SetForegroundVolumeID(depth.GetID() if depth is not None else None)
    composite.SetForegroundOpacity(0.0)
    node = slice_logic.GetSliceNode()
    node.SetOrientation("Axial")
    slice_logic.FitSliceToAll()
    bounds = [0.0] * 6
    frame.GetRASBounds(bounds)
    node.JumpSliceByCentering(*(0.5 * (bounds[2 * axis] + bounds[2 * axis + 1]) for axis in range(3)))


def show_window(node: Any, window: float, level: float, colors: str | None = None) -> None:
    """Give a volume node in a scene its window, level and (scalar volumes) colour table."""
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(window, level)
    if colors is not None and isinstance(display, slicer.vtkMRMLScalarVolumeDisplayNode):
        display.SetAndObserveColorNodeID(colors)
