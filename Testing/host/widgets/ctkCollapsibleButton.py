"""A button with a triangle that shows and hides what lies in it. CTK: Libs/Widgets/ctkCollapsibleButton.h.

Its contents are its own children, below the button's line; `checked` is "not collapsed".
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Property, QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QStyle, QStyleOptionButton, QWidget

_INDICATOR_PX = 10


class ctkCollapsibleButton(QAbstractButton):
    contentsCollapsed = Signal(bool)

    def __init__(self, text: str | QWidget | None = None, parent: QWidget | None = None) -> None:
        super().__init__(text if isinstance(text, QWidget) else parent)
        self._hidden_by_us: list[QWidget] = []
        self._open_height = self.maximumHeight()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setCheckable(True)
        self.setChecked(True)
        self._set_margins()
        self.toggled.connect(self._on_toggled)
        if isinstance(text, str):
            self.setText(text)

    def _is_collapsed(self) -> bool:
        return not self.isChecked()

    def setCollapsed(self, collapsed: bool) -> None:
        self.setChecked(not collapsed)

    collapsed = Property(bool, _is_collapsed, setCollapsed)

    def _line_height(self) -> int:
        return self.fontMetrics().height() + 10

    def _set_margins(self) -> None:
        self.setContentsMargins(0, self._line_height(), 0, 0)

    def _on_toggled(self, is_open: bool) -> None:
        if is_open:
            for child in self._hidden_by_us:
                child.setVisible(True)
            self._hidden_by_us = []
            self.setMaximumHeight(self._open_height)
        else:
            self._hide_contents()
            self._open_height = self.maximumHeight()
            self.setMaximumHeight(self._line_height())
        self.updateGeometry()
        self.contentsCollapsed.emit(not is_open)

    def _hide_contents(self) -> None:
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        for child in self.findChildren(QWidget, options=direct):
            if not child.isHidden() and not child.isWindow():
                child.setVisible(False)
                self._hidden_by_us.append(child)

    def event(self, event: QEvent) -> bool:
        # Contents made later (a .ui sets `collapsed` before it has laid them out) are hidden once they are there.
        if event.type() in (QEvent.Type.Polish, QEvent.Type.Show) and not self.isChecked():
            self._hide_contents()
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._set_margins()
        return bool(super().event(event))

    def hitButton(self, position: QPoint) -> bool:
        return QRect(0, 0, self.width(), self._line_height()).contains(position)

    def sizeHint(self) -> QSize:
        line = QSize(self.fontMetrics().horizontalAdvance(self.text()) + 3 * _INDICATOR_PX, self._line_height())
        if not self.isChecked() or self.layout() is None:
            return line
        return self.layout().totalSizeHint().expandedTo(line)

    def minimumSizeHint(self) -> QSize:
        if not self.isChecked() or self.layout() is None:
            return self.sizeHint()
        return self.layout().totalMinimumSize()

    def paintEvent(self, _event: Any) -> None:
        painter = QPainter(self)
        line = QRect(0, 1, self.width(), self._line_height() - 2)
        option = QStyleOptionButton()
        option.initFrom(self)
        option.rect = line
        option.state |= QStyle.StateFlag.State_Raised
        if self.isDown():
            option.state |= QStyle.StateFlag.State_Sunken
        self.style().drawControl(QStyle.ControlElement.CE_PushButtonBevel, option, painter, self)
        arrow = QStyleOptionButton()
        arrow.initFrom(self)
        arrow.rect = QRect(8, line.center().y() - _INDICATOR_PX // 2, _INDICATOR_PX, _INDICATOR_PX)
        primitive = QStyle.PrimitiveElement
        shape = primitive.PE_IndicatorArrowDown if self.isChecked() else primitive.PE_IndicatorArrowRight
        self.style().drawPrimitive(shape, arrow, painter, self)
        text = line.adjusted(14 + _INDICATOR_PX, 0, -4, 0)
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextShowMnemonic
        painter.setPen(self.palette().buttonText().color())
        painter.drawText(text, int(align), self.text())
