"""The EndoDepth module of 3D Slicer: depth, named structures and surfaces from endoscopy video."""

from __future__ import annotations

import sys
from typing import Any

import slicer
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

_PACKAGES = ("EndoDepthLib", "EndoDepthScene", "EndoDepthWidgets")


class EndoDepth(ScriptedLoadableModule):
    """What Slicer lists: title, place in the menu, help."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("EndoDepth")
        self.parent.categories = ["IGT." + translate("qSlicerAbstractCoreModule", "Endoscopy")]
        self.parent.dependencies = ["Sequences", "Segmentations", "Markups", "Cameras", "SubjectHierarchy"]
        self.parent.contributors = ["The EndoDepth contributors"]
        self.parent.helpText = _("""
Depth, structures that you name in words, and a coloured surface for every frame of an endoscopy video.
Choose a video, name structures, press Apply, play the result. Everything is computed on this computer.
For research only; not a medical device. See the <a href="{url}">tutorial</a>.
""").format(url="https://github.com/SlicerEndoDepth/SlicerEndoDepth/blob/main/Resources/docs/tutorial.md")
        self.parent.acknowledgementText = _("""
The method shares one encoder between depth and text-guided segmentation: Z. Yang, J. Pan, J. Dai, Z. Sun, Y. Xiao,
Biomedical Signal Processing and Control 95 (2024) 106410. The implementation is EndoDepth's own.
""")
        slicer.app.startupCompleted.connect(self._on_startup)

    def _on_startup(self) -> None:
        from EndoDepthWidgets.panel.views import register_layout
        from EndoDepthWidgets.sample_data import register_sample_data

        register_layout()
        register_sample_data()


class EndoDepthWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Hands Slicer's calls to the panel."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: Any = None
        self.panel: Any = None

    def setup(self) -> None:
        """Make the panel when the module is first opened."""
        ScriptedLoadableModuleWidget.setup(self)
        from EndoDepthWidgets.dependencies import ensure_installed
        from EndoDepthWidgets.panel.panel import Panel
        from EndoDepthWidgets.process import ChildProcess

        widget = slicer.util.loadUI(self.resourcePath("UI/EndoDepth.ui"))
        self.layout.addWidget(widget)
        self.ui = slicer.util.childWidgetVariables(widget)
        widget.setMRMLScene(slicer.mrmlScene)
        self.logic = EndoDepthLogic()
        self.panel = Panel(self.ui, slicer.mrmlScene, ChildProcess.start, ensure_installed)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onSceneEndClose)
        self.panel.use(ScriptedLoadableModuleLogic.getParameterNode(self.logic))

    def cleanup(self) -> None:
        """End what runs; the module is closed or reloaded."""
        self.removeObservers()
        if self.panel is not None:
            self.panel.close()

    def enter(self) -> None:
        """Show the settings of the scene when the module is opened."""
        self.panel.use(ScriptedLoadableModuleLogic.getParameterNode(self.logic))

    def onSceneStartClose(self, _caller: Any, _event: Any) -> None:
        """End what runs before the scene goes."""
        self.panel.abandon()

    def onSceneEndClose(self, _caller: Any, _event: Any) -> None:
        """Show the settings of the new scene when the module is on the screen."""
        if self.parent.isEntered:
            self.enter()

    def onReload(self) -> None:
        """Take the packages anew too, which Slicer's reload would leave as they are."""
        for name in [each for each in sys.modules if each.startswith(_PACKAGES)]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)


class EndoDepthLogic(ScriptedLoadableModuleLogic):
    """What works without the panel."""

    def getParameterNode(self) -> Any:
        """The settings in the scene, made when there are none."""
        from EndoDepthWidgets.panel.parameter_node import EndoDepthParameterNode

        return EndoDepthParameterNode(super().getParameterNode())


class EndoDepthTest(ScriptedLoadableModuleTest):
    """Reload and Test."""

    def runTest(self) -> None:
        """From a rendered clip through the panel to a case that plays."""
        from EndoDepthWidgets.self_test import run_self_test

        run_self_test(self)
