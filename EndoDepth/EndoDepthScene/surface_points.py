"""Points that were placed on a surface and go with it when a known distance scales it."""

from __future__ import annotations

from typing import Any

from EndoDepthScene.case_view import CaseView
from EndoDepthScene.kinds import SURFACE


def move_with_surface(view: CaseView, markups: Any, factor: float) -> None:
    """Move the placed control points of a vtkMRMLMarkupsNode as a surface that is multiplied by `factor`.

    The endoscope stays where it is, also under a transform of the playing surface.
    """
    surface = view.proxy(SURFACE)
    modified = markups.StartModify()
    for number in range(markups.GetNumberOfControlPoints()):
        if markups.GetNthControlPointPositionStatus(number) != markups.PositionDefined:
            continue
        world, local = [0.0] * 3, [0.0] * 3
        markups.GetNthControlPointPositionWorld(number, world)
        surface.TransformPointFromWorld(world, local)
        surface.TransformPointToWorld([coordinate * factor for coordinate in local], world)
        markups.SetNthControlPointPositionWorld(number, *world)
    markups.EndModify(modified)
