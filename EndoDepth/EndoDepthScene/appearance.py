"""How a case is looked at: by what its surface is coloured, and how much shines through."""

from __future__ import annotations

from typing import Any

from EndoDepthLib.errors import SettingsError
from EndoDepthScene.case_view import CaseView
from EndoDepthScene.depth_window import fit_depth_window, range_taken_from
from EndoDepthScene.kinds import CONFIDENCE, DEPTH, FRAME, STRUCTURES, SURFACE
from EndoDepthScene.models import CONFIDENCE as CONFIDENCE_SCALARS
from EndoDepthScene.models import DEPTH as DEPTH_SCALARS
from EndoDepthScene.models import STRUCTURE_COLOR, TISSUE_COLOR, show_colors, show_values

BY_TISSUE, BY_DEPTH, BY_CONFIDENCE, BY_STRUCTURES = "tissue", "depth", "confidence", "structures"
SURFACE_COLORINGS = (BY_TISSUE, BY_DEPTH, BY_CONFIDENCE, BY_STRUCTURES)
_SCALARS = {
    BY_TISSUE: TISSUE_COLOR,
    BY_DEPTH: DEPTH_SCALARS,
    BY_CONFIDENCE: CONFIDENCE_SCALARS,
    BY_STRUCTURES: STRUCTURE_COLOR,
}
_VOLUME_OF = {BY_DEPTH: DEPTH, BY_CONFIDENCE: CONFIDENCE}


def show_surface_as(view: CaseView, coloring: str) -> None:
    """Colour the playing surface and the chosen one by "tissue", "depth", "confidence" or "structures".

    Depth and confidence take the colours and the window of their volumes, so that slice and surface agree. It is kept
    in display nodes: it holds for all frames, while playing, and in a saved scene. Raises SettingsError for another
    word, and when the case has no surfaces or no such values on them.
    """
    if coloring not in SURFACE_COLORINGS:
        raise SettingsError(f"surface colouring is '{coloring}'; expected one of {', '.join(SURFACE_COLORINGS)}")
    if view.proxy(SURFACE) is None:
        raise SettingsError(f"'{view.name}' has no surfaces to colour; reconstruct it with surfaces")
    if coloring not in surface_colorings(view):
        reason = "no structures were asked for" if coloring == BY_STRUCTURES else "an older version built it"
        raise SettingsError(f"the surfaces of '{view.name}' cannot be coloured by {coloring}: {reason}")
    for node in (view.proxy(SURFACE), view.chosen_surface):
        if node is None:
            continue
        volume = view.proxy(_VOLUME_OF[coloring]) if coloring in _VOLUME_OF else None
        if volume is None:
            show_colors(node, _SCALARS[coloring])
        else:
            show_values(node, _SCALARS[coloring], volume.GetDisplayNode())
            if coloring == BY_DEPTH:
                range_taken_from(node.GetDisplayNode(), volume.GetDisplayNode())
    if coloring == BY_DEPTH:
        fit_depth_window(view)


def surface_coloring(view: CaseView) -> str | None:
    """By what the playing surface is coloured now; None without surfaces or when the user chose something else."""
    proxy = view.proxy(SURFACE)
    display = None if proxy is None else proxy.GetDisplayNode()
    if display is None or not display.GetScalarVisibility():
        return None
    names = {scalars: coloring for coloring, scalars in _SCALARS.items()}
    return names.get(display.GetActiveScalarName())


def surface_colorings(view: CaseView) -> list[str]:
    """The colourings that the case's surfaces have values for."""
    item = view.item(SURFACE, 0)
    if item is None:
        return []
    values = item.GetPolyData().GetPointData()
    return [coloring for coloring in SURFACE_COLORINGS if values.HasArray(_SCALARS[coloring])]


def set_opacity(view: CaseView, kind: str, opacity: float) -> None:
    """Set how opaque (0..1) a kind is: depth or confidence over the frame in slice views, structures, the surface.

    The opacity of the frame itself is that over its depth. Raises SettingsError outside 0..1 and for a kind that the
    case has not.
    """
    if not 0 <= opacity <= 1:
        raise SettingsError(f"opacity is {opacity!r}; expected 0 to 1")
    if view.proxy(kind) is None:
        raise SettingsError(f"'{view.name}' has no {kind.lower()}; expected one of {', '.join(view.kinds).lower()}")
    if kind in (FRAME, DEPTH, CONFIDENCE):
        over, share = (DEPTH, 1 - opacity) if kind == FRAME else (kind, opacity)
        for composite in _slices_showing(view):
            composite.SetForegroundVolumeID(view.proxy(over).GetID())
            composite.SetForegroundOpacity(share)
        return
    nodes = [view.proxy(kind)] + ([view.chosen_surface] if kind == SURFACE else [])
    for node in nodes:
        if node is not None:
            node.CreateDefaultDisplayNodes()
            node.GetDisplayNode().SetOpacity(opacity)


def opacity_of(view: CaseView, kind: str) -> float:
    """The opacity of a kind as `set_opacity` sets it; 0 for a volume that no slice view shows or a missing kind."""
    proxy = view.proxy(kind)
    if proxy is None:
        return 0.0
    if kind in (STRUCTURES, SURFACE):
        display = proxy.GetDisplayNode()
        return 0.0 if display is None else float(display.GetOpacity())
    for composite in _slices_showing(view):
        over = composite.GetForegroundVolumeID()
        if kind == FRAME:
            return 1.0 - (composite.GetForegroundOpacity() if over else 0.0)
        return float(composite.GetForegroundOpacity()) if over == proxy.GetID() else 0.0
    return 0.0


def _slices_showing(view: CaseView) -> list[Any]:
    scene, frame = view.scene, view.proxy(FRAME)
    if frame is None:
        return []
    count = scene.GetNumberOfNodesByClass("vtkMRMLSliceCompositeNode")
    nodes = [scene.GetNthNodeByClass(number, "vtkMRMLSliceCompositeNode") for number in range(count)]
    return [node for node in nodes if node.GetBackgroundVolumeID() == frame.GetID()]
