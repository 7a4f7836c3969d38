"""A small scripted module for the tests of the host: it uses what scripted modules use, and remembers its calls."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Optional

import slicer
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import Default, Minimum, WithinRange, parameterNodeWrapper, parameterPack
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin


class Size(Enum):
    SMALL = "s"
    LARGE = "l"

    def label(self) -> str:
        return {Size.SMALL: _("Small one"), Size.LARGE: _("Large one")}[self]


@parameterPack
class Point:
    x: float
    y: Annotated[float, WithinRange(0, 10), Default(2.5)]


@parameterNodeWrapper
class HostSampleParameterNode:
    text: str = "begin"
    count: Annotated[int, WithinRange(0, 9), Default(3)]
    ratio: Annotated[float, WithinRange(0, 1)] = 0.5
    isOn: bool = False
    size: Size = Size.SMALL
    folder: Path = Path("start")
    inputVolume: slicer.vtkMRMLScalarVolumeNode
    spare: Optional[slicer.vtkMRMLModelNode]  # noqa: UP045 - Slicer knows this spelling only
    names: list[str]
    corner: Point
    least: Annotated[int, Minimum(1)] = 1


class HostSample(ScriptedLoadableModule):
    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("Host Sample")
        parent.categories = ["Examples"]


class HostSampleWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.calls: list[str] = []

    def setup(self) -> None:
        ScriptedLoadableModuleWidget.setup(self)
        self.calls.append("setup")
        widget = slicer.util.loadUI(self.resourcePath("UI/HostSample.ui"))
        self.layout.addWidget(widget)
        self.ui = slicer.util.childWidgetVariables(widget)
        widget.setMRMLScene(slicer.mrmlScene)
        self.logic = HostSampleLogic()
        self.ui.applyButton.clicked.connect(self.onApply)
        self.addObserver(slicer.mrmlScene, slicer.vtkMRMLScene.StartCloseEvent, self.onStartClose)
        self.addObserver(slicer.mrmlScene, slicer.vtkMRMLScene.EndCloseEvent, self.onEndClose)
        self.parameters: Any = None
        self.guiTag: Any = None

    def cleanup(self) -> None:
        self.calls.append("cleanup")
        self.removeObservers()

    def enter(self) -> None:
        self.calls.append("enter")
        self.parameters = self.logic.getParameterNode()
        self.parameters.connectGui(self.ui)

    def exit(self) -> None:
        self.calls.append("exit")

    def onStartClose(self, *_arguments: Any) -> None:
        self.calls.append("start close")

    def onEndClose(self, *_arguments: Any) -> None:
        self.calls.append("end close")

    def onApply(self, *_arguments: Any) -> None:
        with slicer.util.tryWithErrorDisplay(_("It failed.")):
            raise ValueError("three is no answer")


class HostSampleLogic(ScriptedLoadableModuleLogic):
    def getParameterNode(self) -> Any:
        return HostSampleParameterNode(super().getParameterNode())


class HostSampleTest(ScriptedLoadableModuleTest):
    def runTest(self) -> None:
        self.delayDisplay("tested")
