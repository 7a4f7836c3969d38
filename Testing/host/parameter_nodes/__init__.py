"""`slicer.parameterNodeWrapper` of the host: typed settings on a real vtkMRMLScriptedModuleNode.

Confirmed by Slicer's Base/Python/slicer/parameterNodeWrapper (wrapper.py, serializers.py, validators.py, default.py,
guiConnectors.py, parameterPack.py). Values are stored under Slicer's own names, so that a scene saved here opens in
Slicer with its settings, and what Slicer refuses (a type or a widget that it has no rule for) is refused here.
"""

from host.parameter_nodes.annotations import (
    Choice,
    Decimals,
    Default,
    Exclude,
    IsInstance,
    Maximum,
    Minimum,
    NotNone,
    SingleStep,
    Validator,
    WithinRange,
)
from host.parameter_nodes.packs import isParameterPack, parameterPack
from host.parameter_nodes.wrapper import (
    SlicerParameterNamePropertyName,
    isParameterNodeWrapper,
    parameterNodeWrapper,
)

__all__ = [
    "Choice",
    "Decimals",
    "Default",
    "Exclude",
    "IsInstance",
    "Maximum",
    "Minimum",
    "NotNone",
    "SingleStep",
    "SlicerParameterNamePropertyName",
    "Validator",
    "WithinRange",
    "isParameterNodeWrapper",
    "isParameterPack",
    "parameterNodeWrapper",
    "parameterPack",
]
