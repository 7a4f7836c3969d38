"""What the views show after a job: the frame beside the surface, fitted, with its browser in the toolbar."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer

from EndoDepthScene.case_view import CaseView
from EndoDepthScene.display import show_frame_in_slice
from EndoDepthScene.follow import camera_node_of_view
from EndoDepthScene.kinds import DEPTH, FRAME

LAYOUT_ID = 7401
"""Slicer's own layouts have numbers below 1000."""

_BEHIND, _ASIDE = 0.5, 0.35
"""Where the 3D view stands at first, in parts of the distance from the endoscope to the middle of the surface."""

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
    slicer.modules.sequences.showSequenceBrowser(view.browser)
    manager = slicer.app.layoutManager()
    if manager is None:
        return
    register_layout()
    manager.setLayout(LAYOUT_ID)
    show_frame_in_slice(manager.sliceWidget("Red").sliceLogic(), view.proxy(FRAME), view.proxy(DEPTH))
    three_d = manager.threeDWidget(0)
    # Directions are the camera's here: letters of anatomical ones would mislead.
    three_d.mrmlViewNode().SetAxisLabelsVisible(False)
    three_d.mrmlViewNode().SetBoxVisible(False)
    camera = camera_node_of_view(three_d.mrmlViewNode())
    if camera is None or view.camera_node is None:
        three_d.threeDView().resetFocalPoint()
    else:
        _look_from_behind(camera, view.camera_node)


def _look_from_behind(camera: Any, endoscope: Any) -> None:
    """Stand behind the endoscope and a little aside: the surface stands as in the frame, and its relief shows."""
    position, focus, up = (
        np.array(get()) for get in (endoscope.GetPosition, endoscope.GetFocalPoint, endoscope.GetViewUp)
    )
    forward = focus - position
    aside = np.cross(forward, up)
    place = position - _BEHIND * forward + _ASIDE * (aside + up * np.linalg.norm(forward))
    modified = camera.StartModify()
    camera.SetPosition(*place.tolist())
    camera.SetFocalPoint(*focus.tolist())
    camera.SetViewUp(*up.tolist())
    camera.SetViewAngle(endoscope.GetViewAngle())
    camera.ResetClippingRange()
    camera.EndModify(modified)


def show_frames_in_views(browser: Any) -> None:
    """Show imported frames in the slice view, fitted, with their browser in the toolbar."""
    slicer.modules.sequences.showSequenceBrowser(browser)
    manager = slicer.app.layoutManager()
    if manager is not None:
        register_layout()
        manager.setLayout(LAYOUT_ID)
        frame = browser.GetProxyNode(browser.GetMasterSequenceNode())
        show_frame_in_slice(manager.sliceWidget("Red").sliceLogic(), frame)
