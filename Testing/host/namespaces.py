"""Puts into the package `slicer` what slicer-core leaves out and a running Slicer has.

Slicer: Base/Python/slicer/__init__.py, slicerqt.py. Everything is put there once in a process; `slicer.mrmlScene` and
`slicer.modules` are those of the host that runs.
"""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import slicer

from host import (
    packaging_calls,
    parameter_nodes,
    pytorch_utils,
    qt_namespace,
    sample_data,
    scripted_module,
    slicer_util,
    translation,
    widgets,
)
from host.module_manager import qSlicerScriptedLoadableModule, qSlicerScriptedLoadableModuleWidget

_REPLACED: dict[str, ModuleType] = {
    "slicer.ScriptedLoadableModule": scripted_module,
    "slicer.parameterNodeWrapper": parameter_nodes,
    "slicer.i18n": translation,
    "slicer.packaging": packaging_calls,
}


def install() -> None:
    """Make qt, ctk and the missing parts of slicer importable."""
    qt_namespace.install()
    for name, module in _REPLACED.items():
        sys.modules[name] = module
        setattr(slicer, name.partition(".")[2], module)
    for kind in widgets.QMRML:
        setattr(slicer, kind.__name__, kind)
    slicer.qSlicerScriptedLoadableModule = qSlicerScriptedLoadableModule
    slicer.qSlicerScriptedLoadableModuleWidget = qSlicerScriptedLoadableModuleWidget
    sys.modules["SampleData"] = sample_data
    sys.modules["PyTorchUtils"] = pytorch_utils
    slicer.modules = SimpleNamespace(sampleDataSources={})
    slicer.selfTests = {}
    slicer_util.install()
