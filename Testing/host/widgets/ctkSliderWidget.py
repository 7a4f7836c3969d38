"""A slider and a spin box that show the same number. CTK: Libs/Widgets/ctkSliderWidget.h."""

from __future__ import annotations

from PySide6.QtCore import Property, QSignalBlocker, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QWidget

from host.widgets.ctkDoubleSlider import ctkDoubleSlider


class ctkSliderWidget(QWidget):
    valueChanged = Signal(float)
    valueIsChanging = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slider = ctkDoubleSlider(parent=self)
        self._spin_box = QDoubleSpinBox(self)
        self._tracking = True
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider, 1)
        layout.addWidget(self._spin_box)
        self._slider.valueChanged.connect(self._on_slider)
        self._slider.sliderReleased.connect(self._on_released)
        self._spin_box.valueChanged.connect(self.setValue)
        self._pressed_value: float | None = None
        self._slider.sliderPressed.connect(self._on_pressed)

    def setValue(self, value: float) -> None:
        inside = min(max(float(value), self._slider.minimum), self._slider.maximum)
        changed = inside != self._slider.value
        with QSignalBlocker(self._slider), QSignalBlocker(self._spin_box):
            self._slider.setValue(inside)
            self._spin_box.setValue(inside)
        if changed:
            self.valueChanged.emit(inside)

    def reset(self) -> None:
        self.setValue(0.0)

    def setSpinBoxVisible(self, visible: bool) -> None:
        self._spin_box.setVisible(visible)

    def _on_pressed(self) -> None:
        self._pressed_value = self._slider.value

    def _on_released(self) -> None:
        before, self._pressed_value = self._pressed_value, None
        if not self._tracking and before != self._slider.value:
            self.valueChanged.emit(self._slider.value)

    def _on_slider(self, value: float) -> None:
        with QSignalBlocker(self._spin_box):
            self._spin_box.setValue(value)
        if self._tracking or self._pressed_value is None:
            self.valueChanged.emit(value)
        else:
            self.valueIsChanging.emit(value)

    def _set_minimum(self, value: float) -> None:
        self._set_limits(float(value), max(float(value), self._slider.maximum))

    def _set_maximum(self, value: float) -> None:
        self._set_limits(min(float(value), self._slider.minimum), float(value))

    def _set_limits(self, minimum: float, maximum: float) -> None:
        before = self._slider.value
        with QSignalBlocker(self._slider), QSignalBlocker(self._spin_box):
            self._spin_box.setRange(minimum, maximum)
            self._slider.minimum = minimum
            self._slider.maximum = maximum
            self._slider.minimum = minimum
            self._spin_box.setValue(self._slider.value)
        if self._slider.value != before:
            self.valueChanged.emit(self._slider.value)

    def _set_step(self, step: float) -> None:
        self._slider.singleStep = step
        self._spin_box.setSingleStep(step)

    def _set_tracking(self, tracking: bool) -> None:
        self._tracking = tracking

    value = Property(float, lambda self: self._slider.value, setValue)
    minimum = Property(float, lambda self: self._slider.minimum, _set_minimum)
    maximum = Property(float, lambda self: self._slider.maximum, _set_maximum)
    singleStep = Property(float, lambda self: self._slider.singleStep, _set_step)
    pageStep = Property(float, lambda self: 10 * self._slider.singleStep, lambda self, step: None)
    decimals = Property(int, lambda self: self._spin_box.decimals(), lambda self, n: self._spin_box.setDecimals(n))
    prefix = Property(str, lambda self: self._spin_box.prefix(), lambda self, text: self._spin_box.setPrefix(text))
    suffix = Property(str, lambda self: self._spin_box.suffix(), lambda self, text: self._spin_box.setSuffix(text))
    tracking = Property(bool, lambda self: self._tracking, _set_tracking)
    spinBoxVisible = Property(bool, lambda self: not self._spin_box.isHidden(), setSpinBoxVisible)
