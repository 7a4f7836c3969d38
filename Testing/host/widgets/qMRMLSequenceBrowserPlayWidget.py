"""First, previous, play, next, last, rate and loop of a sequence browser. Slicer: Modules/Loadable/Sequences/Widgets.

Playing is done as in Slicer: the node says that playback is active, and the Sequences module's timer (here a part of
the host, see slicer_modules/sequences.py) steps every browser that plays.
"""

from __future__ import annotations

from typing import Any

import vtk
from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QPushButton, QStyle, QWidget

from host.widgets.observed_node import ObservedNode
from host.widgets.qMRMLWidget import qMRMLWidget


class qMRMLSequenceBrowserPlayWidget(qMRMLWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        icon = QStyle.StandardPixmap
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        self._browser = ObservedNode(vtk.vtkCommand.ModifiedEvent, self._update)
        for name, picture, tip, slot in (
            ("pushButton_VcrFirst", icon.SP_MediaSkipBackward, "First item", self.onVcrFirst),
            ("pushButton_VcrPrevious", icon.SP_MediaSeekBackward, "Previous item", self.onVcrPrevious),
            ("pushButton_VcrPlayPause", icon.SP_MediaPlay, "Play or pause", self.onVcrPlayPause),
            ("pushButton_VcrNext", icon.SP_MediaSeekForward, "Next item", self.onVcrNext),
            ("pushButton_VcrLast", icon.SP_MediaSkipForward, "Last item", self.onVcrLast),
        ):
            button = QPushButton(self)
            button.setObjectName(name)
            button.setToolTip(tip)
            button.setIcon(self.style().standardIcon(picture))
            button.setMaximumWidth(32)
            button.clicked.connect(lambda _checked=False, slot=slot: slot())
            layout.addWidget(button)
        self._loop = QPushButton(self)
        self._loop.setObjectName("pushButton_VcrLoop")
        self._loop.setToolTip("Begin again at the end")
        self._loop.setIcon(self.style().standardIcon(icon.SP_BrowserReload))
        self._loop.setCheckable(True)
        self._loop.setMaximumWidth(32)
        self._loop.toggled.connect(self.setPlaybackLoopEnabled)
        layout.addWidget(self._loop)
        self._rate = QDoubleSpinBox(self)
        self._rate.setObjectName("doubleSpinBox_VcrPlaybackRate")
        self._rate.setDecimals(1)
        self._rate.setRange(0.1, 300.0)
        self._rate.setSuffix(" fps")
        self._rate.valueChanged.connect(self.setPlaybackRateFps)
        layout.addWidget(self._rate)
        self._update()

    def setMRMLSequenceBrowserNode(self, browser: Any) -> None:
        self._browser.set(browser)
        self._update()

    def setPlaybackEnabled(self, play: bool) -> None:
        if self._browser.node is not None:
            self._browser.node.SetPlaybackActive(play)

    def setPlaybackRateFps(self, rate: float) -> None:
        if self._browser.node is not None:
            self._browser.node.SetPlaybackRateFps(rate)

    def setPlaybackLoopEnabled(self, loop: bool) -> None:
        if self._browser.node is not None:
            self._browser.node.SetPlaybackLooped(loop)

    def onVcrFirst(self) -> None:
        if self._browser.node is not None:
            self._browser.node.SelectFirstItem()

    def onVcrPrevious(self) -> None:
        if self._browser.node is not None:
            self._browser.node.SelectNextItem(-1)

    def onVcrNext(self) -> None:
        if self._browser.node is not None:
            self._browser.node.SelectNextItem(1)

    def onVcrLast(self) -> None:
        if self._browser.node is not None:
            self._browser.node.SelectLastItem()

    def onVcrPlayPause(self) -> None:
        if self._browser.node is not None:
            self.setPlaybackEnabled(not self._browser.node.GetPlaybackActive())

    def _update(self) -> None:
        browser = self._browser.node
        self.setEnabled(browser is not None and browser.GetNumberOfItems() > 0)
        if browser is None:
            return
        with QSignalBlocker(self._rate), QSignalBlocker(self._loop):
            self._rate.setValue(browser.GetPlaybackRateFps())
            self._loop.setChecked(bool(browser.GetPlaybackLooped()))
        icon = QStyle.StandardPixmap
        play = self.findChild(QPushButton, "pushButton_VcrPlayPause")
        shown = icon.SP_MediaPause if browser.GetPlaybackActive() else icon.SP_MediaPlay
        play.setIcon(self.style().standardIcon(shown))
