"""The main window: modules in a panel on the left, views on the right, toolbars above.

Slicer: Base/QTApp/qSlicerMainWindow.h, Base/QTGUI/qSlicerModulePanel.h, qSlicerModuleSelectorToolBar.h and the Sequence
Browser toolbar of Modules/Loadable/Sequences.
"""

from __future__ import annotations

from typing import Any

import slicer
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDockWidget,
    QLabel,
    QMainWindow,
    QScrollArea,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from host.widgets.ctkCollapsibleButton import ctkCollapsibleButton
from host.widgets.qMRMLSequenceBrowserPlayWidget import qMRMLSequenceBrowserPlayWidget
from host.widgets.qMRMLSequenceBrowserSeekWidget import qMRMLSequenceBrowserSeekWidget

_PANEL_WIDTH = 480


class ModuleSelector(QToolBar):
    """Chooses the module on the screen."""

    moduleSelected = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("Module Selection", parent)
        self.setObjectName("ModuleSelectorToolBar")
        self.addWidget(QLabel("Modules: "))
        self._box = QComboBox(self)
        self._box.setMinimumWidth(220)
        self.addWidget(self._box)
        self._name = ""
        self._box.activated.connect(lambda place: self.selectModule(self._box.itemData(place)))

    @property
    def selectedModule(self) -> str:
        return self._name

    def selectModule(self, name: str) -> None:
        module = slicer.app.moduleManager().module(name)
        if module is None:
            raise RuntimeError(f"there is no module '{name}'")
        self._name = name
        with QSignalBlocker(self._box):
            if self._box.findData(name) < 0:
                self._box.addItem(module.icon, module.title or name, name)
            self._box.setCurrentIndex(self._box.findData(name))
        self.moduleSelected.emit(name)


class MainWindow(QMainWindow):
    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self.setWindowTitle("3D Slicer (test host)")
        self._selector = ModuleSelector(self)
        self._selector.moduleSelected.connect(self._on_selected)
        self.addToolBar(self._selector)
        self._add_sequence_tool_bar()
        self.viewport = QWidget(self)
        self.viewport.setObjectName("CentralWidget")
        self.setCentralWidget(self.viewport)
        self._entered: Any = None
        self._add_panel()
        self.statusBar()

    def moduleSelector(self) -> ModuleSelector:
        return self._selector

    def use_browser(self, browser: Any) -> None:
        """The browser that the toolbar plays."""
        for widget in self.browser_widgets:
            widget.setMRMLSequenceBrowserNode(browser)
        self._browser_name.setText(browser.GetName() if browser is not None else "")

    def show_sequence_tool_bar(self, visible: bool) -> None:
        """Show or hide the Sequence Browser toolbar."""
        self._sequences.setVisible(visible)

    def is_sequence_tool_bar_shown(self) -> bool:
        """Whether the Sequence Browser toolbar is on the screen."""
        return self._sequences.isVisible()

    def leave(self) -> None:
        """Leave the module that is on the screen."""
        if self._entered is not None:
            self._entered.exit()
            self._scroll.takeWidget()
        self._entered = None

    def _add_panel(self) -> None:
        dock = QDockWidget("", self)
        dock.setObjectName("PanelDockWidget")
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        panel = QWidget()
        panel.setObjectName("ModulePanel")
        column = QVBoxLayout(panel)
        column.setContentsMargins(4, 4, 4, 4)
        logo = QLabel("<b style='font-size:15pt'>3D</b><span style='font-size:15pt'>Slicer</span>")
        logo.setObjectName("LogoLabel")
        column.addWidget(logo)
        self._help = ctkCollapsibleButton("Help && Acknowledgement")
        self._help.setCollapsed(True)
        self._help_text = QLabel()
        self._help_text.setWordWrap(True)
        QVBoxLayout(self._help).addWidget(self._help_text)
        column.addWidget(self._help)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column.addWidget(self._scroll, 1)
        dock.setWidget(panel)
        dock.setMinimumWidth(_PANEL_WIDTH)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
        self.resizeDocks([dock], [_PANEL_WIDTH], Qt.Orientation.Horizontal)

    def _add_sequence_tool_bar(self) -> None:
        self._sequences = QToolBar("Sequence Browser", self)
        self._sequences.setObjectName("SequenceBrowserToolBar")
        play, seek = qMRMLSequenceBrowserPlayWidget(), qMRMLSequenceBrowserSeekWidget()
        seek.setMinimumWidth(120)
        self._browser_name = QLabel()
        self.browser_widgets = (play, seek)
        for widget in (play, seek, self._browser_name):
            self._sequences.addWidget(widget)
        self.addToolBar(self._sequences)
        self._sequences.hide()

    def _on_selected(self, name: str) -> None:
        module = slicer.app.moduleManager().module(name)
        widget = module.widgetRepresentation()
        if self._entered is widget:
            return
        self.leave()
        self._help_text.setText(module.helpText + module.acknowledgementText)
        self._scroll.setWidget(widget)
        widget.show()
        self._entered = widget
        widget.enter()
