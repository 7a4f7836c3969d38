"""Depth under the cursor, the distance of two points, and the scale that a known distance gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer
import vtk
from slicer.i18n import tr as _

from EndoDepthLib.errors import EndoDepthError
from EndoDepthLib.values import Scale
from EndoDepthScene.case_view import CaseView
from EndoDepthScene.depth_window import fit_depth_window
from EndoDepthScene.measuring import ON_FRAME, ON_SURFACE, depths_agree, distance, set_known_distance
from EndoDepthScene.probing import Probe, pixel_of, probe
from EndoDepthWidgets.panel.context import PanelContext, Tone, sentence, write
from EndoDepthWidgets.panel.point_pair import PointPair


class MeasureSection:
    """What can be read off the selected frame of the shown case."""

    def __init__(self, context: PanelContext) -> None:
        self._context = context
        self._points = PointPair(context.scene, self._on_points)
        self._observed: list[tuple[Any, int]] = []
        self._browser: Any = None
        self._error = ""
        ui = context.ui
        ui.placePointsButton.toggled.connect(self._on_place)
        ui.clearPointsButton.clicked.connect(self._on_clear)
        ui.setScaleButton.clicked.connect(self._on_set_scale)

    def refresh(self) -> None:
        """Show what is measured in the selected frame."""
        view = self._context.view
        browser = view.browser if view is not None else None
        if browser is not self._browser:
            self._observe(browser)
        ui = self._context.ui
        for widget in (ui.placePointsButton, ui.clearPointsButton, ui.knownDistanceSpinBox):
            widget.setEnabled(view is not None)
        points = self._points.positions if view is not None else []
        ui.setScaleButton.setEnabled(view is not None and len(points) == 2)
        was_blocked = ui.placePointsButton.blockSignals(True)
        ui.placePointsButton.setChecked(self._points.is_placing)
        ui.placePointsButton.blockSignals(was_blocked)
        if view is None:
            ui.probeLabel.setText(_("no case is shown"))
            write(ui.distanceLabel, "")
            write(ui.scaleNoteLabel, "")
            return
        self._say_distance(view, points)
        self._say_scale(view)

    def close(self) -> None:
        """Let go of cursor, browser and points."""
        self._points.close()
        for node, tag in self._observed:
            node.RemoveObserver(tag)
        self._observed, self._browser, self._error = [], None, ""

    def _observe(self, browser: Any) -> None:
        self.close()
        self._browser = browser
        if browser is None:
            return
        self._context.ui.probeLabel.setText(_("move the mouse over the frame"))
        crosshair = self._context.scene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
        if crosshair is not None:
            event = slicer.vtkMRMLCrosshairNode.CursorPositionModifiedEvent
            self._observed.append((crosshair, crosshair.AddObserver(event, self._on_cursor)))
        self._observed.append((browser, browser.AddObserver(vtk.vtkCommand.ModifiedEvent, self._on_frame)))

    def _say_distance(self, view: CaseView, points: Sequence[Sequence[float]]) -> None:
        label = self._context.ui.distanceLabel
        if self._error:
            write(label, self._error, Tone.ERROR)
        elif self._points.is_placing:
            text = _("Click point {number} of 2 on the frame or on the surface.").format(number=len(points) + 1)
            write(label, text, Tone.HINT)
        elif len(points) < 2:
            write(label, "")
        else:
            try:
                on = _place_of(view, points)
                length = distance(view, points[0], points[1], on)
            except EndoDepthError as error:
                write(label, sentence(error), Tone.ERROR)
                return
            if length.scale.scale is Scale.METRIC_MM:
                write(label, _("{value:.2f} mm").format(value=length.value), Tone.GOOD)
            else:
                text = _("{value:.2f} relative units. The scale is not known, so this is no length in millimetres.")
                write(label, text.format(value=length.value), Tone.WARNING)

    def _say_scale(self, view: CaseView) -> None:
        label, scale = self._context.ui.scaleNoteLabel, view.frame_scale
        if scale.scale is Scale.METRIC_MM:
            write(
                label,
                _("Frame {index}: millimetres, from {source}.").format(index=view.frame_index, source=scale.source),
            )
            return
        text = _(
            "Frame {index}: the scale is not known. Place two points whose distance you know, enter it, set the scale."
        ).format(index=view.frame_index)
        if not depths_agree(view):
            text += " " + _("Every frame has a scale of its own.")
        write(label, text, Tone.HINT)

    def _on_cursor(self, crosshair: Any, _event: Any) -> None:
        view = self._context.view
        ras = [0.0] * 3
        if view is not None and crosshair.GetCursorPositionRAS(ras):
            self._context.ui.probeLabel.setText(_probe_text(probe(view, ras)))

    def _on_frame(self, _caller: Any, _event: Any) -> None:
        self._error = ""
        if self._context.view is not None:
            fit_depth_window(self._context.view)
        self.refresh()

    def _on_points(self) -> None:
        self._error = ""
        self.refresh()

    def _on_place(self, *_checked: Any) -> None:
        self._error = ""
        if self._context.ui.placePointsButton.property("checked"):
            self._points.begin()
        else:
            self._points.stop()
        self.refresh()

    def _on_clear(self, *_args: Any) -> None:
        self._error = ""
        self._points.clear()
        self.refresh()

    def _on_set_scale(self, *_args: Any) -> None:
        view, points = self._context.view, self._points.positions
        if view is None or len(points) != 2:
            return
        length_mm = float(self._context.ui.knownDistanceSpinBox.property("value"))
        try:
            place, whole = _place_of(view, points), depths_agree(view)
            set_known_distance(view, points[0], points[1], length_mm, place, whole, markups=self._points.node)
            self._error = ""
        except EndoDepthError as error:
            self._error = sentence(error)
        self._context.refresh()


def _place_of(view: CaseView, points: Sequence[Sequence[float]]) -> str:
    return ON_FRAME if all(pixel_of(view, point) is not None for point in points) else ON_SURFACE


def _probe_text(found: Probe) -> str:
    if found.pixel is None:
        return _("outside the frame")
    if found.depth is None:
        return _("no depth here")
    if found.scale.scale is Scale.METRIC_MM:
        text = _("depth {depth:.1f} mm (scale: {source})").format(depth=found.depth, source=found.scale_source)
    else:
        text = _("depth {depth:.1f}, relative (scale not known)").format(depth=found.depth)
    if found.confidence is not None:
        text += _(", confidence {percent:.0f} %").format(percent=100 * found.confidence)
    return f"{text}, {found.structure}" if found.structure else text
