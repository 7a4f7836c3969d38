"""A slider over floating point numbers. CTK: Libs/Widgets/ctkDoubleSlider.h."""

from __future__ import annotations

from PySide6.QtCore import Property, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget


class ctkDoubleSlider(QWidget):
    valueChanged = Signal(float)
    valueIsChanging = Signal(float)
    sliderPressed = Signal()
    sliderReleased = Signal()

    def __init__(
        self,
        orientation: Qt.Orientation | QWidget = Qt.Orientation.Horizontal,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(orientation if isinstance(orientation, QWidget) else parent)
        way = Qt.Orientation.Horizontal if isinstance(orientation, QWidget) else orientation
        self._minimum, self._maximum, self._value, self._step = 0.0, 99.0, 0.0, 1.0
        self._slider = QSlider(way, self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider)
        self._slider.valueChanged.connect(self._on_moved)
        self._slider.sliderPressed.connect(self.sliderPressed)
        self._slider.sliderReleased.connect(self.sliderReleased)
        self._show()

    def setValue(self, value: float) -> None:
        inside = min(max(float(value), self._minimum), self._maximum)
        if inside != self._value:
            self._value = inside
            self._show()
            self.valueIsChanging.emit(inside)
            self.valueChanged.emit(inside)

    def _set_limits(self, minimum: float, maximum: float) -> None:
        self._minimum, self._maximum = float(minimum), max(float(minimum), float(maximum))
        self.setValue(self._value)
        self._show()

    def _set_step(self, step: float) -> None:
        self._step = float(step) or 1.0
        self._show()

    def _show(self) -> None:
        with QSignalBlocker(self._slider):
            self._slider.setRange(0, round((self._maximum - self._minimum) / self._step))
            self._slider.setValue(round((self._value - self._minimum) / self._step))

    def _on_moved(self, place: int) -> None:
        self.setValue(self._minimum + place * self._step)

    def _set_minimum(self, value: float) -> None:
        self._set_limits(value, self._maximum)

    def _set_maximum(self, value: float) -> None:
        self._set_limits(min(self._minimum, float(value)), value)

    value = Property(float, lambda self: self._value, setValue)
    minimum = Property(float, lambda self: self._minimum, _set_minimum)
    maximum = Property(float, lambda self: self._maximum, _set_maximum)
    singleStep = Property(float, lambda self: self._step, _set_step)
