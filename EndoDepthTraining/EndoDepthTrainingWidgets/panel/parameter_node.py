"""Everything the panel is set to, kept in the scene: a saved scene reopens with its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import slicer
from slicer.parameterNodeWrapper import Default, WithinRange, parameterNodeWrapper

from EndoDepthTrainingWidgets.panel.choices import SourceKind, Stage
from EndoDepthWidgets.panel.choices import Device


@parameterNodeWrapper
class EndoDepthTrainingParameterNode:
    """The settings of the panel.

    Paths: "" = none. frames: the stack that is annotated. minutes: how long stage 1 trains, 0 = so many `steps`.
    steps: 0 = what the stage was made for. dataset, protocol: names of `endodepth dataset list`, "" = not chosen.
    """

    sourceKind: SourceKind = SourceKind.VIDEO
    sourcePath: str = ""
    sourceSequence: slicer.vtkMRMLSequenceNode
    frameCount: Annotated[int, WithinRange(2, 500), Default(10)]
    folderPath: str = ""
    frames: slicer.vtkMRMLVectorVolumeNode
    stage: Stage = Stage.SEGMENTATION
    videoPath: str = ""
    startPath: str = ""
    runPath: str = ""
    minutes: Annotated[int, WithinRange(0, 10000), Default(10)]
    steps: Annotated[int, WithinRange(0, 10000000), Default(0)]
    device: Device = Device.AUTO
    dataset: str = ""
    protocol: str = ""
    datasetPath: str = ""

    if TYPE_CHECKING:  # what the decorator adds
        parameterNode: Any

        def __init__(self, parameterNode: Any) -> None: ...

        def connectParametersToGui(self, mapping: dict[str, Any]) -> int:
            """Keep these widgets and the settings of these names alike; returns a tag."""

        def disconnectGui(self, guiTag: Any) -> None:
            """Undo connectParametersToGui."""

        def AddObserver(self, event: Any, callback: Any, priority: float = 0.0) -> int:
            """Of the node in the scene; returns a tag."""

        def RemoveObserver(self, tag: Any) -> None:
            """Undo AddObserver."""
