"""Points of a markups list that are placed by clicking in a view."""

from __future__ import annotations

from typing import Any

import slicer


def begin_placing(node: Any) -> None:
    """From now on every click in a view adds a point to this vtkMRMLMarkupsNode."""
    selection, interaction = _selection_node(), _interaction_node()
    selection.SetReferenceActivePlaceNodeClassName(node.GetClassName())
    selection.SetActivePlaceNodeID(node.GetID())
    interaction.SetPlaceModePersistence(1)
    interaction.SetCurrentInteractionMode(interaction.Place)


def is_placing(node: Any) -> bool:
    """Whether the next click in a view adds a point to this node; False for None."""
    interaction = _interaction_node()
    return bool(
        node is not None
        and interaction.GetCurrentInteractionMode() == interaction.Place
        and _selection_node().GetActivePlaceNodeID() == node.GetID()
    )


def stop_placing(node: Any) -> None:
    """Clicks add no more points to this node."""
    if is_placing(node):
        interaction = _interaction_node()
        interaction.SetPlaceModePersistence(0)
        interaction.SetCurrentInteractionMode(interaction.ViewTransform)


def _selection_node() -> Any:
    return slicer.app.applicationLogic().GetSelectionNode()


def _interaction_node() -> Any:
    return slicer.app.applicationLogic().GetInteractionNode()
