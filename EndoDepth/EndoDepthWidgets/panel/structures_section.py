"""The structures to mark: one a line, completed from the vocabulary, with colour; unknown ones are marked at once.

A name that is no known term may still be understood: the text model of the weights reads it, in a child process.
"""

from __future__ import annotations

import html
from functools import cached_property
from typing import Any

import qt
from slicer.i18n import tr as _

from EndoDepthLib.prompts.resolver import MAX_PROMPT_LENGTH, nearest_terms
from EndoDepthLib.prompts.vocabulary import Vocabulary, load_vocabulary
from EndoDepthWidgets.job.query import Query
from EndoDepthWidgets.panel.context import PanelContext, Tone, write

_TYPING_PAUSE_MS = 300
_PHANTOMS_ONLY = "phantoms only"
_SWATCH_PX = 14


class StructuresSection:
    """What is marked, in words."""

    def __init__(self, context: PanelContext) -> None:
        self._context = context
        self._is_filling = False
        self._shown: list[str] | None = None
        self._query = Query(context.start_process, _TYPING_PAUSE_MS)
        self._read: dict[str, str | None] = {}
        self._read_by = ""
        ui = context.ui
        ui.structuresTreeWidget.itemChanged.connect(self._on_edited)
        ui.structureLineEdit.returnPressed.connect(self._on_add)
        ui.addStructureButton.clicked.connect(self._on_add)
        ui.removeStructureButton.clicked.connect(self._on_remove)
        ui.structuresNoteLabel.linkActivated.connect(self._on_link)
        self._delete_key = qt.QShortcut(qt.QKeySequence("Delete"), ui.structuresTreeWidget)
        self._delete_key.setContext(qt.Qt.WidgetShortcut)
        self._delete_key.activated.connect(self._on_remove)
        self._add_completion()
        self._add_menu()

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The structures that the shipped weights were taught."""
        return load_vocabulary()

    @property
    def unknown(self) -> list[str]:
        """The names that no class and no synonym matches, and that the text model has not been found to understand."""
        parameters = self._context.parameters
        prompts = parameters.prompts if parameters is not None else []
        return [prompt for prompt in prompts if self._class_of(prompt) is None]

    def problem(self) -> str | None:
        """What keeps these names from being used: one that the text model refused."""
        for prompt in self.unknown:
            if prompt in self._read:
                nearest = ", ".join(nearest_terms(prompt, self.vocabulary))
                text = _("'{prompt}' names nothing that the model was taught; nearest known: {nearest}.")
                return text.format(prompt=prompt, nearest=nearest)
        return None

    def refresh(self) -> None:
        """Show the names of the settings, each with the class it stands for."""
        parameters = self._context.parameters
        prompts = list(parameters.prompts) if parameters is not None else []
        if self._context.own_weights != self._read_by:
            self._read, self._read_by, self._shown = {}, self._context.own_weights, None
        if prompts != self._shown:
            self._shown = prompts
            self._fill(prompts)
            self._note()
            unread = [prompt for prompt in self.unknown if prompt not in self._read]
            if unread and self._context.has_packages:
                question = [part for prompt in unread for part in ("--prompt", prompt)]
                question += ["--weights", self._read_by] if self._read_by else []
                self._query.ask(("prompts", *question), self._on_read, self._on_not_read)

    def ask_again(self) -> None:
        """Let the text model read what it could not read before."""
        self._shown = None

    def close(self) -> None:
        """End a question that waits for its answer."""
        self._query.close()
        self._shown = None

    def add(self, text: str) -> None:
        """Add the names in a text (several are parted by commas or semicolons) that are not there yet."""
        parameters = self._context.parameters
        if parameters is None:
            return
        names = [" ".join(part.split())[:MAX_PROMPT_LENGTH] for part in text.replace(";", ",").split(",")]
        prompts = list(parameters.prompts)
        prompts += [name for name in dict.fromkeys(names) if name and name not in prompts]
        parameters.prompts = prompts

    def _fill(self, prompts: list[str]) -> None:
        tree = self._context.ui.structuresTreeWidget
        self._is_filling = True
        try:
            tree.clear()
            for prompt in prompts:
                item = qt.QTreeWidgetItem(tree)
                item.setText(0, prompt)
                item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable | qt.Qt.ItemIsEditable)
                self._describe(item, prompt)
            tree.resizeColumnToContents(0)
        finally:
            self._is_filling = False

    def _describe(self, item: Any, prompt: str) -> None:
        name = self._class_of(prompt)
        if name is None:
            if self._read_by and prompt not in self._read:
                item.setText(1, _("being looked up in your weights …"))
                return
            nearest = ", ".join(nearest_terms(prompt, self.vocabulary))
            text = _("refused; nearest: {terms}") if prompt in self._read else _("not known; nearest: {terms}")
            item.setText(1, text.format(terms=nearest))
            tone = Tone.ERROR if prompt in self._read else Tone.WARNING
            item.setForeground(1, qt.QBrush(qt.QColor(tone.value)))
            item.setToolTip(1, _("No structure that these weights were taught has this name. Nearest: ") + nearest)
            return
        index = self.vocabulary.index_of(name)
        if index is None or self._read_by:
            item.setText(1, _("{name}, known to your weights").format(name=name))
            return
        pixmap = qt.QPixmap(_SWATCH_PX, _SWATCH_PX)
        pixmap.fill(qt.QColor(*self.vocabulary.colors[index]))
        item.setIcon(0, qt.QIcon(pixmap))
        teacher = self.vocabulary.taught_by[index]
        item.setText(1, _("{name}, taught by {teacher}").format(name=name, teacher=teacher))
        if teacher == _PHANTOMS_ONLY:
            item.setToolTip(1, _("Never shown a real image of it: check what is marked by eye"))

    def _class_of(self, prompt: str) -> str | None:
        """The class of the weights that a name stands for, None when it is not known to stand for one."""
        known = None if self._read_by else self.vocabulary.index_of(prompt)
        return self._read.get(prompt) if known is None else self.vocabulary.classes[known]

    def _note(self) -> None:
        label = self._context.ui.structuresNoteLabel
        if self._read_by and any(prompt not in self._read for prompt in self.unknown):
            write(label, "")
        elif self.unknown:
            prompt = self.unknown[0]
            links = " · ".join(f'<a href="{term}">{term}</a>' for term in nearest_terms(prompt, self.vocabulary))
            if prompt in self._read:
                text, tone = _("'{prompt}' names nothing the model was taught. Did you mean {links}?"), Tone.ERROR
            else:
                text, tone = _("'{prompt}' is no known term. Did you mean {links}?"), Tone.WARNING
            write(label, text.format(prompt=html.escape(prompt), links=links), tone)
        elif not self._shown:
            write(label, _("None: only depth and surfaces are found."), Tone.HINT)
        else:
            write(label, "")

    def _on_read(self, answer: dict[str, Any]) -> None:
        for entry in answer["prompts"]:
            name = entry["class"]
            self._read[str(entry["text"])] = str(name) if name is not None else None
        self._shown = None
        self._context.refresh()

    def _on_not_read(self, _message: str) -> None:
        # The text model cannot be asked yet (packages are missing): the job will say what it makes of the name.
        return

    def _add_completion(self) -> None:
        vocabulary = self.vocabulary
        terms = sorted({term for index in range(len(vocabulary)) for term in vocabulary.terms(index)})
        completer = qt.QCompleter(terms, self._context.ui.structureLineEdit)
        completer.setCaseSensitivity(qt.Qt.CaseInsensitive)
        completer.setFilterMode(qt.Qt.MatchContains)
        self._context.ui.structureLineEdit.setCompleter(completer)
        self._completer = completer

    def _add_menu(self) -> None:
        vocabulary = self.vocabulary
        button = self._context.ui.knownStructuresButton
        menu = qt.QMenu(button)
        self._menus = [menu]
        for procedure in dict.fromkeys(name for names in vocabulary.procedures for name in names):
            inner = menu.addMenu(procedure)
            self._menus.append(inner)
            for name, procedures in zip(vocabulary.classes, vocabulary.procedures, strict=True):
                if procedure in procedures:
                    action = inner.addAction(name)
                    action.triggered.connect(lambda *_checked, name=name: self.add(name))
        button.setMenu(menu)

    def _on_add(self, *_args: Any) -> None:
        edit = self._context.ui.structureLineEdit
        self.add(str(edit.property("text")))
        edit.clear()

    def _on_remove(self, *_args: Any) -> None:
        tree, parameters = self._context.ui.structuresTreeWidget, self._context.parameters
        item = tree.currentItem()
        if item is not None and parameters is not None:
            place = tree.indexOfTopLevelItem(item)
            parameters.prompts = [prompt for number, prompt in enumerate(parameters.prompts) if number != place]

    def _on_edited(self, item: Any, column: int) -> None:
        parameters = self._context.parameters
        if self._is_filling or column != 0 or parameters is None:
            return
        place = self._context.ui.structuresTreeWidget.indexOfTopLevelItem(item)
        prompts = list(parameters.prompts)
        prompts[place] = " ".join(str(item.text(0)).split())[:MAX_PROMPT_LENGTH]
        # Later: the item is still being edited, and filling the list anew would take it away.
        qt.QTimer.singleShot(0, lambda: self._set([prompt for prompt in prompts if prompt]))

    def _on_link(self, term: str) -> None:
        parameters, unknown = self._context.parameters, self.unknown
        if parameters is not None and unknown:
            replaced = [term if prompt == unknown[0] else prompt for prompt in parameters.prompts]
            self._set(list(dict.fromkeys(replaced)))

    def _set(self, prompts: list[str]) -> None:
        if self._context.parameters is not None:
            self._shown = None
            self._context.parameters.prompts = prompts
            self._context.refresh()
