"""What the views show: the frames while they are annotated; sheet and curves while something is trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer

from EndoDepthScene.display import show_frame_in_slice, show_window
from EndoDepthScene.frame_stack import slice_number, slice_position
from EndoDepthScene.hierarchy import remove_node
from EndoDepthScene.kinds import KIND
from EndoDepthScene.placement import RAS_FROM_CAMERA, FramePlacement
from EndoDepthScene.volumes import rgb_volume

LAYOUT_ID = 7402
"""Slicer's own layouts have numbers below 1000; EndoDepth's is 7401."""

FRAMES_VIEW, PICTURE_VIEW = "Red", "EndoDepthTrainingPicture"
PLOT_VIEWS = ("PlotView1", "PlotView2")
PICTURE = "TrainingPicture"

_AWAY = -1000.0
"""Where the picture lies along the axis: so far from the frames that their segments are not drawn over it."""

_LAYOUT = f"""
<layout type="horizontal" split="true">
 <item splitSize="550">
  <view class="vtkMRMLSliceNode" singletontag="{PICTURE_VIEW}">
   <property name="orientation" action="default">Axial</property>
   <property name="viewlabel" action="default">T</property>
   <property name="viewcolor" action="default">#4A7FB5</property>
  </view>
 </item>
 <item splitSize="450">
  <layout type="vertical" split="true">
   <item splitSize="500">
    <view class="vtkMRMLPlotViewNode" singletontag="{PLOT_VIEWS[0]}">
     <property name="viewlabel" action="default">1</property>
    </view>
   </item>
   <item splitSize="500">
    <view class="vtkMRMLPlotViewNode" singletontag="{PLOT_VIEWS[1]}">
     <property name="viewlabel" action="default">2</property>
    </view>
   </item>
  </layout>
 </item>
</layout>
"""


def register_layout() -> None:
    """Make the layout "picture beside curves" known, so that a saved scene finds it too."""
    manager = slicer.app.layoutManager()
    if manager is None:  # Slicer runs without its main window
        return
    node = manager.layoutLogic().GetLayoutNode()
    if not node.IsLayoutDescription(LAYOUT_ID):
        node.AddLayoutDescription(LAYOUT_ID, _LAYOUT)


def show_frames(volume: Any, number: int | None = None) -> None:
    """Show the stack alone in the red view, fitted, at a frame (None: the one it is at)."""
    manager = slicer.app.layoutManager()
    if manager is None:
        return
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    logic = manager.sliceWidget(FRAMES_VIEW).sliceLogic()
    shown = shown_frame(volume) if number is None else number
    if logic.GetSliceCompositeNode().GetBackgroundVolumeID() != volume.GetID():
        show_frame_in_slice(logic, volume)
    logic.SetSliceOffset(slice_position(volume, shown))


def shown_frame(volume: Any) -> int:
    """The frame of the stack at which the red view stands, 0 without views."""
    manager = slicer.app.layoutManager()
    if manager is None:
        return 0
    logic = manager.sliceWidget(FRAMES_VIEW).sliceLogic()
    if logic.GetSliceCompositeNode().GetBackgroundVolumeID() != volume.GetID():
        return 0
    return slice_number(volume, logic.GetSliceOffset())


def show_training() -> None:
    """Lay out the picture beside the curves."""
    manager = slicer.app.layoutManager()
    if manager is not None:
        register_layout()
        manager.setLayout(LAYOUT_ID)


def show_chart(place: int, chart: Any) -> None:
    """Put a chart into the plot view at this place (0 above, 1 below)."""
    node = slicer.mrmlScene.GetSingletonNode(PLOT_VIEWS[place], "vtkMRMLPlotViewNode")
    if node is not None and chart is not None and node.GetPlotChartNodeID() != chart.GetID():
        node.SetPlotChartNodeID(chart.GetID())


class PictureView:
    """Shows pictures, (H, W, 3) uint8 RGB, in the picture's view, as a volume that is not saved."""

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self.node: Any = None

    def show(self, pixels: np.ndarray, name: str) -> None:
        """Show this picture in place of the one before, fitted."""
        height, width = pixels.shape[:2]
        origin = ((width - 1) / 2, (height - 1) / 2, _AWAY)
        placement = FramePlacement((1.0, 1.0, 1.0), origin, RAS_FROM_CAMERA)
        node = rgb_volume(pixels, placement)
        if self.node is not None and self.node.GetScene() is not None:
            is_larger = self.node.GetImageData().GetDimensions() != node.GetImageData().GetDimensions()
            self.node.SetAndObserveImageData(node.GetImageData())
            self.node.SetOrigin(placement.origin)
            self.node.SetName(name)
            if not is_larger:
                return
        else:
            node.SetName(name)
            node.SetAttribute(KIND, PICTURE)
            node.SetSaveWithScene(False)
            node.SetHideFromEditors(True)
            self.node = self._scene.AddNode(node)
            show_window(self.node, 255.0, 127.5)
        manager = slicer.app.layoutManager()
        widget = manager.sliceWidget(PICTURE_VIEW) if manager is not None else None
        if widget is not None:
            show_frame_in_slice(widget.sliceLogic(), self.node)

    def remove(self) -> None:
        """Take the picture out of the scene."""
        if self.node is not None and self.node.GetScene() is not None:
            remove_node(self._scene, self.node)
        self.node = None
