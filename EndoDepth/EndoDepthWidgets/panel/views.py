"""What the views show after a job: the frame beside the surface, fitted, with its browser in the toolbar."""

from __future__ import annotations

from typing import Any

import slicer

from EndoDepthScene.case_view import CaseView
from EndoDepthScene.display import show_frame_in_slice
from EndoDepthScene.kinds import DEPTH, FRAME

LAYOUT_ID = 7401
"""Slicer's own layouts have numbers below 1000."""

_LAYOUT = """
<layout type="horizontal" split="true">
 <item splitSize="500">
  <view class="vtkMRMLSliceNode" singletontag="Red">
   <property name="orientation" action="default">Axial</property>
   <property name="viewlabel" action="default">R</property>
   <property name="viewcolor" action="default">#F34A33</property>
  </view>
 </item>
 <item splitSize="500">
  <view class="vtkMRMLViewNode" singletontag="1">
   <property name="viewlabel" action="default">1</property>
  </view>
 </item>
</layout>
"""


def register_layout() -> None:
    """Make the layout "frame beside surface" known, so that a saved scene finds it too."""
    manager = slicer.app.layoutManager()
    if manager is None:  # Slicer runs without its main window
        return
    node = manager.layoutLogic().GetLayoutNode()
    if not node.IsLayoutDescription(LAYOUT_ID):
        node.AddLayoutDescription(LAYOUT_ID, _LAYOUT)


def show_case_in_views(view: CaseView) -> None:
    """Lay out a slice and a 3D view, fit the frame, centre the surface, and put the browser into the toolbar."""
    slicer.modules.sequences.setToolBarActiveBrowserNode(view.browser)
    manager = slicer.app.layoutManager()
    if manager is None:
        return
    register_layout()
    manager.setLayout(LAYOUT_ID)
    show_frame_in_slice(manager.sliceWidget("Red").sliceLogic(), view.proxy(FRAME), view.proxy(DEPTH))
    manager.threeDWidget(0).threeDView().resetFocalPoint()


def show_frames_in_views(browser: Any) -> None:
    """Show imported frames in the slice view, fitted, with their browser in the toolbar."""
    slicer.modules.sequences.setToolBarActiveBrowserNode(browser)
    manager = slicer.app.layoutManager()
    if manager is not None:
        register_layout()
        manager.setLayout(LAYOUT_ID)
        frame = browser.GetProxyNode(browser.GetMasterSequenceNode())
        show_frame_in_slice(manager.sliceWidget("Red").sliceLogic(), frame)
