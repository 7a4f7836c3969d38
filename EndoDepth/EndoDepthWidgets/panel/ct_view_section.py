"""What an aligned case tells with the CT: its structures drawn over the frame, and how far away they are."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from EndoDepthLib.anatomy import OrganSurface
from EndoDepthLib.errors import EndoDepthError
from EndoDepthScene.case_alignment import CaseAlignment
from EndoDepthScene.case_view import CaseView
from EndoDepthScene.ct_overlay import measure_distances, remove_overlay, show_overlay
from EndoDepthScene.ct_structures import ct_structures
from EndoDepthScene.kinds import FRAME
from EndoDepthWidgets.panel.context import PanelContext, Tone, sentence, set_quietly, write


class CTViewSection:
    """The augmented view and the distances of the frame that was registered."""

    def __init__(self, context: PanelContext) -> None:
        self._context = context
        self._view: CaseView | None = None
        self._said: tuple[str, Tone] | None = None
        context.ui.overlayCheckBox.toggled.connect(self._on_overlay)
        context.ui.distancesButton.clicked.connect(self._on_distances)

    def refresh(self) -> None:
        """Offer what the selected frame allows; another frame than the registered one is shown as it is."""
        ui, view = self._context.ui, self._context.view
        is_possible = view is not None and CaseAlignment(view).frame_index == view.frame_index
        if self._view is not None and not is_possible:
            self._take_away()
        if not is_possible:
            self._said = None
        ui.overlayCheckBox.setEnabled(is_possible)
        ui.distancesButton.setEnabled(is_possible)
        set_quietly(ui.overlayCheckBox, "checked", self._view is not None)
        write(ui.distancesLabel, *(self._said or ("", Tone.HINT)))

    def close(self) -> None:
        """Let go of the scene; what is drawn stays in it."""
        self._view = self._said = None

    def _structures(self) -> list[OrganSurface]:
        return [each.surface() for each in ct_structures(self._context.scene)]

    def _on_overlay(self, *_checked: Any) -> None:
        view = self._context.view
        self._said = None
        if view is not None and self._context.ui.overlayCheckBox.property("checked"):
            try:
                _show_in_slice(show_overlay(view, self._structures()))
                self._view = view
            except EndoDepthError as error:
                self._said = (sentence(error), Tone.ERROR)
        elif self._view is not None:
            self._take_away()
        self.refresh()

    def _on_distances(self, *_args: Any) -> None:
        view = self._context.view
        if view is None:
            return
        try:
            table = measure_distances(view, self._structures())
            text = _("Table '{name}'; the surface can be coloured by distance.").format(name=table.GetName())
            self._said = (text, Tone.GOOD)
        except EndoDepthError as error:
            self._said = (sentence(error), Tone.ERROR)
        self.refresh()

    def _take_away(self) -> None:
        view, self._view = self._view, None
        if view is not None and view.browser.GetScene() is not None:
            remove_overlay(view)
            _show_in_slice(view.proxy(FRAME))


def _show_in_slice(volume: Any) -> None:
    manager = slicer.app.layoutManager()
    if manager is not None and volume is not None:
        manager.sliceWidget("Red").sliceLogic().GetSliceCompositeNode().SetBackgroundVolumeID(volume.GetID())
