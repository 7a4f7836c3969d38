"""How a case looks: what the surface is coloured by, what shines through, what is hidden, from where it is seen."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from EndoDepthScene.appearance import (
    BY_CONFIDENCE,
    BY_DEPTH,
    BY_STRUCTURES,
    BY_TISSUE,
    opacity_of,
    set_opacity,
    show_surface_as,
    surface_coloring,
    surface_colorings,
)
from EndoDepthScene.case_view import CaseView
from EndoDepthScene.follow import EndoscopeView, camera_node_of_view
from EndoDepthScene.kinds import BROWSER, DEPTH, KIND, STRUCTURES, SURFACE
from EndoDepthScene.low_confidence import LowConfidence
from EndoDepthWidgets.panel.context import PanelContext, set_quietly

_RESIZE_CHECK_MS = 300


class DisplaySection:
    """The look of the shown case. It is kept in the case's own nodes, so a saved scene reopens with it."""

    def __init__(self, context: PanelContext) -> None:
        self._context = context
        self._browser: Any = None
        self._hiding: LowConfidence | None = None
        self._endoscope: EndoscopeView | None = None
        self._aspect = 0.0
        self._resize_timer = qt.QTimer()
        self._resize_timer.setInterval(_RESIZE_CHECK_MS)
        self._resize_timer.timeout.connect(self._fit_view)
        ui = context.ui
        self._labels = {
            BY_TISSUE: _("tissue, as in the video"),
            BY_DEPTH: _("depth"),
            BY_CONFIDENCE: _("confidence"),
            BY_STRUCTURES: _("structures"),
        }
        self._sliders = {
            SURFACE: ui.surfaceOpacitySlider,
            DEPTH: ui.depthOpacitySlider,
            STRUCTURES: ui.structuresOpacitySlider,
        }
        ui.shownCaseSelector.addAttribute("vtkMRMLSequenceBrowserNode", KIND, BROWSER)
        ui.surfaceColorComboBox.currentIndexChanged.connect(self._on_coloring)
        for kind, slider in self._sliders.items():
            slider.valueChanged.connect(lambda *_value, kind=kind: self._on_opacity(kind))
        ui.confidenceSlider.valueChanged.connect(self._on_least_confidence)

    def refresh(self) -> None:
        """Show how the case of the settings looks."""
        view = self._context.view
        browser = view.browser if view is not None else None
        if browser is not self._browser:
            self._take(view)
        ui = self._context.ui
        controls = (ui.surfaceColorComboBox, *self._sliders.values(), ui.confidenceSlider, ui.followCheckBox)
        for control in controls:
            control.setEnabled(view is not None)
        if view is None:
            return
        coloring = surface_coloring(view)
        set_quietly(ui.surfaceColorComboBox, "currentIndex", ui.surfaceColorComboBox.findData(coloring))
        for kind, slider in self._sliders.items():
            slider.setEnabled(view.proxy(kind) is not None)
            set_quietly(slider, "value", round(100.0 * opacity_of(view, kind)))
        if self._hiding is not None:
            set_quietly(ui.confidenceSlider, "value", round(100.0 * self._hiding.share))
        self._follow(view)

    def close(self) -> None:
        """Let go of the case; nothing of it is changed but what was only cut away for showing."""
        if self._hiding is not None:
            self._hiding.close()
        self._resize_timer.stop()
        self._aspect = 0.0
        if self._endoscope is not None:
            self._endoscope.turn_off()
        self._hiding = self._endoscope = self._browser = None

    def _take(self, view: CaseView | None) -> None:
        self.close()
        ui = self._context.ui
        self._browser = view.browser if view is not None else None
        ui.playWidget.setMRMLSequenceBrowserNode(self._browser)
        ui.seekWidget.setMRMLSequenceBrowserNode(self._browser)
        was_blocked = ui.surfaceColorComboBox.blockSignals(True)
        ui.surfaceColorComboBox.clear()
        for coloring in surface_colorings(view) if view is not None else ():
            ui.surfaceColorComboBox.addItem(self._labels[coloring], coloring)
        ui.surfaceColorComboBox.blockSignals(was_blocked)
        if view is not None:
            self._hiding = LowConfidence(view)

    def _follow(self, view: CaseView) -> None:
        wanted = bool(self._context.parameters is not None and self._context.parameters.followEndoscope)
        if wanted and self._endoscope is None:
            manager = slicer.app.layoutManager()
            widget = manager.threeDWidget(0) if manager is not None else None
            camera = camera_node_of_view(widget.mrmlViewNode()) if widget is not None else None
            if camera is None:
                return
            self._endoscope = EndoscopeView(view, camera)
            self._fit_view()
            self._resize_timer.start()
        elif not wanted and self._endoscope is not None:
            self._resize_timer.stop()
            self._endoscope.turn_off()
            self._endoscope, self._aspect = None, 0.0

    def _fit_view(self) -> None:
        """Fit the whole frame into the 3D view; again when the view became wider or narrower."""
        three_d = slicer.app.layoutManager().threeDWidget(0).threeDView()
        aspect = three_d.property("width") / max(1, three_d.property("height"))
        if self._endoscope is not None and aspect != self._aspect and aspect > 0:
            self._aspect = aspect
            self._endoscope.turn_on(aspect)

    def _on_coloring(self, *_index: Any) -> None:
        view, box = self._context.view, self._context.ui.surfaceColorComboBox
        if view is not None and box.property("currentIndex") >= 0:
            show_surface_as(view, str(box.itemData(box.property("currentIndex"))))

    def _on_opacity(self, kind: str) -> None:
        view = self._context.view
        if view is not None and view.proxy(kind) is not None:
            set_opacity(view, kind, float(self._sliders[kind].property("value")) / 100.0)

    def _on_least_confidence(self, *_value: Any) -> None:
        if self._hiding is not None:
            self._hiding.hide_below(float(self._context.ui.confidenceSlider.property("value")) / 100.0)
