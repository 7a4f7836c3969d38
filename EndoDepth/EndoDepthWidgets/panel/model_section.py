"""The weights: from the catalogue with their licence, or a file; consent where they are for research only."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import qt
from slicer.i18n import tr as _

from EndoDepthLib.errors import WeightsError
from EndoDepthLib.inference.catalogue import Catalogue, CatalogueEntry, Use, load_catalogue
from EndoDepthWidgets.panel.context import PanelContext, Tone, set_quietly, show_row, write
from EndoDepthWidgets.panel.path_field import Found, PathField, look_at

FROM_FILE = "file"


class ModelSection:
    """Which weights predict.

    Consent to a licence is one person's: it is kept in this computer's settings, never in a scene, and is asked again
    when the terms change.
    """

    def __init__(self, context: PanelContext) -> None:
        self._context = context
        ui = context.ui
        for entry in self.catalogue.entries if self.catalogue is not None else ():
            ui.modelComboBox.addItem(entry.title, entry.id)
        ui.modelComboBox.addItem(_("Weights from a file"), FROM_FILE)
        ui.modelComboBox.currentIndexChanged.connect(self._on_model)
        self.path = PathField(ui.weightsPathLineEdit, self._on_path)
        ui.consentCheckBox.toggled.connect(self._on_consent)

    @cached_property
    def catalogue(self) -> Catalogue | None:
        """The catalogue, None when it is damaged (`problem` says how)."""
        try:
            return load_catalogue()
        except WeightsError as error:
            self._catalogue_problem = str(error)
            return None

    @property
    def entry(self) -> CatalogueEntry | None:
        """The chosen entry, None for a file."""
        parameters = self._context.parameters
        if parameters is None or self.catalogue is None or parameters.weightsId == FROM_FILE:
            return None
        return self.catalogue.find(parameters.weightsId or "default")

    @property
    def argument(self) -> str:
        """The value of --weights."""
        parameters = self._context.parameters
        if self.entry is not None:
            return self.entry.id
        return parameters.weightsPath if parameters is not None else ""

    @property
    def is_agreed(self) -> bool:
        """Whether this user agreed to the terms of the chosen entry as they stand."""
        entry = self.entry
        return entry is not None and bool(entry.consent) and _agreed_terms(entry) == entry.consent

    def problem(self) -> str | None:
        """What keeps these weights from being used, in one sentence."""
        if self.catalogue is None:
            return self._catalogue_problem
        entry, parameters = self.entry, self._context.parameters
        if entry is None:
            text = parameters.weightsPath.strip() if parameters is not None else ""
            if not text:
                return _("Choose a weights file (.safetensors), or a model of the list.")
            missing = _("Weights '{path}' do not exist; choose another file.")
            return None if look_at(text) is Found.FILE else missing.format(path=text)
        path = self.catalogue.path(entry)
        if not path.is_file():
            return _("Weights '{path}' are missing; install the EndoDepth extension again.").format(path=path)
        if entry.consent and not self.is_agreed:
            return _("These weights are for research use only: agree to their terms, or choose another model.")
        return None

    def refresh(self) -> None:
        """Show licence and terms of the chosen weights."""
        ui, parameters = self._context.ui, self._context.parameters
        if parameters is None:
            return
        entry = self.entry
        self._context.own_weights = "" if entry is not None else parameters.weightsPath.strip()
        wanted = FROM_FILE if parameters.weightsId == FROM_FILE or entry is None else entry.id
        set_quietly(ui.modelComboBox, "currentIndex", ui.modelComboBox.findData(wanted))
        self.path.show(parameters.weightsPath)
        show_row(wanted == FROM_FILE, ui.weightsPathLabel, ui.weightsPathLineEdit)
        terms = entry.consent if entry is not None else ""
        write(ui.consentLabel, terms, Tone.WARNING)
        show_row(bool(terms), ui.consentCheckBox)
        set_quietly(ui.consentCheckBox, "checked", self.is_agreed)
        write(ui.licenceLabel, self._licence(entry))

    def close(self) -> None:
        """Nothing is held."""

    def _licence(self, entry: CatalogueEntry | None) -> str:
        if entry is None or self.catalogue is None:
            return ""
        use = _("any use") if entry.use is Use.DEFAULT else _("research use only")
        card = (self.catalogue.folder / entry.model_card).as_uri()
        return _('{licence} · {use} · <a href="{card}">model card</a>').format(
            licence=entry.licence.split(";")[0], use=use, card=card
        )

    def _on_model(self, *_index: Any) -> None:
        if self._context.parameters is not None:
            self._context.controller.cancel()
            box = self._context.ui.modelComboBox
            self._context.parameters.weightsId = str(box.itemData(box.property("currentIndex")))

    def _on_path(self, text: str) -> None:
        if self._context.parameters is not None:
            self._context.controller.cancel()
            self._context.parameters.weightsPath = text

    def _on_consent(self, *_checked: Any) -> None:
        entry = self.entry
        if entry is not None:
            is_checked = bool(self._context.ui.consentCheckBox.property("checked"))
            qt.QSettings().setValue(_consent_key(entry), entry.consent if is_checked else "")
            self._context.refresh()


def _consent_key(entry: CatalogueEntry) -> str:
    return f"EndoDepth/AgreedTerms/{entry.id}"


def _agreed_terms(entry: CatalogueEntry) -> str:
    return str(qt.QSettings().value(_consent_key(entry), "") or "")
