"""Opens Slicer's Segment Editor on the frames: its parameter node says which segmentation, over which volume."""

from __future__ import annotations

from typing import Any

import slicer

_TAG = "SegmentEditor"


def open_segment_editor(scene: Any, segmentation: Any, volume: Any) -> None:
    """Go to the module with these nodes chosen. Without a main window only the nodes are chosen."""
    node = scene.GetSingletonNode(_TAG, "vtkMRMLSegmentEditorNode")
    if node is None:
        node = slicer.vtkMRMLSegmentEditorNode()
        node.SetSingletonTag(_TAG)
        node = scene.AddNode(node)
    node.SetAndObserveSegmentationNode(segmentation)
    node.SetAndObserveSourceVolumeNode(volume)
    if slicer.app.layoutManager() is not None:
        slicer.util.selectModule("SegmentEditor")
