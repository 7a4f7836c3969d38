"""The EndoDepth Training module of 3D Slicer: weights of one's own, from a few annotated frames or from video alone."""

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

_PACKAGES = ("EndoDepthTrainingLib", "EndoDepthTrainingWidgets")


class EndoDepthTraining(ScriptedLoadableModule):
    """What Slicer lists: title, place in the menu, help."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("EndoDepth Training")
        self.parent.categories = ["IGT." + translate("qSlicerAbstractCoreModule", "Endoscopy")]
        self.parent.dependencies = ["EndoDepth", "Segmentations", "SegmentEditor", "Sequences", "Plots", "Tables"]
        self.parent.contributors = ["The EndoDepth contributors"]
        self.parent.helpText = _("""
Weights of your own for EndoDepth: mark structures in a few frames of your recordings, train, compare, use.
Depth can be adapted to one video without any labels. Everything is computed on this computer.
For research only; not a medical device. See the <a href="{url}">guide</a>.
""").format(url="https://github.com/SlicerEndoDepth/SlicerEndoDepth/blob/main/Resources/docs/training-your-own.md")
        self.parent.acknowledgementText = _("""
Text-guided segmentation and self-supervised depth after Z. Yang, J. Pan, J. Dai, Z. Sun, Y. Xiao,
Biomedical Signal Processing and Control 95 (2024) 106410. The implementation is EndoDepth's own.
""")
        slicer.app.startupCompleted.connect(self._on_startup)

    def _on_startup(self) -> None:
        from EndoDepthTrainingWidgets.panel.views import register_layout

        register_layout()


class EndoDepthTrainingWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Hands Slicer's calls to the panel."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: Any = None
        self.panel: Any = None

    def setup(self) -> None:
        """Make the panel when the module is first opened."""
        ScriptedLoadableModuleWidget.setup(self)
        from EndoDepthTrainingWidgets.panel.panel import TrainingPanel
        from EndoDepthTrainingWidgets.running.starting import start_process
        from EndoDepthWidgets.dependencies import ensure_installed

        widget = slicer.util.loadUI(self.resourcePath("UI/EndoDepthTraining.ui"))
        self.layout.addWidget(widget)
        self.ui = slicer.util.childWidgetVariables(widget)
        widget.setMRMLScene(slicer.mrmlScene)
        self.logic = EndoDepthTrainingLogic()
        self.panel = TrainingPanel(self.ui, slicer.mrmlScene, start_process, ensure_installed)
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


class EndoDepthTrainingLogic(ScriptedLoadableModuleLogic):
    """What works without the panel."""

    def getParameterNode(self) -> Any:
        """The settings in the scene, made when there are none."""
        from EndoDepthTrainingWidgets.panel.parameter_node import EndoDepthTrainingParameterNode

        return EndoDepthTrainingParameterNode(super().getParameterNode())


class EndoDepthTrainingTest(ScriptedLoadableModuleTest):
    """Reload and Test."""

    def runTest(self) -> None:
        """From a rendered clip through labels and a short training to weights in use."""
        from EndoDepthTrainingWidgets.self_test import run_self_test

        run_self_test(self)
