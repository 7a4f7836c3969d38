"""The module Segment Editor as far as others call it: it shows what its parameter node names, and the segments of it.

Slicer: Modules/Scripted/SegmentEditor/SegmentEditor.py. The parameter node is the singleton "SegmentEditor"; entering
the module takes up what is set on it. Painting is done by `paint`, through the same logic as the effects use.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
import vtk
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QFormLayout, QLabel, QTreeWidget, QTreeWidgetItem
from vtk.util.numpy_support import numpy_to_vtk

from host.widgets.qSlicerWidget import qSlicerWidget

TAG = "SegmentEditor"


class SegmentEditorModule:
    """`slicer.modules.segmenteditor`."""

    hidden = False
    name, title, path = "SegmentEditor", "Segment Editor", ""
    helpText = "Edit segments: the effects are not here, only what they do to the nodes."
    acknowledgementText = ""
    icon = QIcon()

    def __init__(self, logic: Any) -> None:
        self._logic = logic
        self._widget: SegmentEditorWidget | None = None

    def logic(self) -> Any:
        return self._logic

    def widgetRepresentation(self) -> SegmentEditorWidget:
        if self._widget is None:
            self._widget = SegmentEditorWidget(self._logic)
        return self._widget

    def close(self) -> None:
        if self._widget is not None:
            self._widget.setParent(None)
            self._widget.deleteLater()
        self._widget = self._logic = None


class SegmentEditorWidget(qSlicerWidget):
    """The panel: which segmentation, over which volume, and its segments."""

    def __init__(self, logic: Any) -> None:
        super().__init__()
        self._logic = logic
        self._segmentation_name, self._volume_name, self.segments = QLabel(), QLabel(), QTreeWidget()
        self.segments.setHeaderLabels(["Color", "Name"])
        layout = QFormLayout(self)
        layout.addRow("Segmentation:", self._segmentation_name)
        layout.addRow("Source volume:", self._volume_name)
        layout.addRow(self.segments)

    def self(self) -> SegmentEditorWidget:
        return self

    @property
    def parameter_node(self) -> Any:
        node = slicer.mrmlScene.GetSingletonNode(TAG, "vtkMRMLSegmentEditorNode")
        if node is None:
            node = slicer.vtkMRMLSegmentEditorNode()
            node.SetSingletonTag(TAG)
            node = slicer.mrmlScene.AddNode(node)
        return node

    def enter(self) -> None:
        node = self.parameter_node
        segmentation, volume = node.GetSegmentationNode(), node.GetSourceVolumeNode()
        self._segmentation_name.setText(segmentation.GetName() if segmentation is not None else "None")
        self._volume_name.setText(volume.GetName() if volume is not None else "None")
        self._list()

    def exit(self) -> None:
        return

    def paint(self, name: str, mask: np.ndarray) -> None:
        """Mark pixels (slices, rows, columns) bool of the source volume as this segment and no other; added if new."""
        node = self.parameter_node
        segmentation, volume = node.GetSegmentationNode(), node.GetSourceVolumeNode()
        content = segmentation.GetSegmentation()
        segment_id = content.GetSegmentIdBySegmentName(name) or content.AddEmptySegment("", name)
        image, matrix = slicer.vtkOrientedImageData(), vtk.vtkMatrix4x4()
        volume.GetIJKToRASMatrix(matrix)
        image.SetDimensions(*mask.shape[::-1])
        image.SetImageToWorldMatrix(matrix)
        scalars = numpy_to_vtk(np.ascontiguousarray(mask, np.uint8).ravel(), deep=True)
        image.GetPointData().SetScalars(scalars)
        self._logic.SetBinaryLabelmapToSegment(image, segmentation, segment_id, self._logic.MODE_REPLACE)
        self._list()

    def _list(self) -> None:
        self.segments.clear()
        segmentation = self.parameter_node.GetSegmentationNode()
        content = segmentation.GetSegmentation() if segmentation is not None else None
        for number in range(content.GetNumberOfSegments() if content is not None else 0):
            segment = content.GetNthSegment(number)
            item = QTreeWidgetItem(self.segments, ["", segment.GetName()])
            pixmap = QPixmap(14, 14)
            pixmap.fill(QColor.fromRgbF(*segment.GetColor()))
            item.setIcon(0, QIcon(pixmap))
