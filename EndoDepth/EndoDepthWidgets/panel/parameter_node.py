"""Everything the panel is set to, kept in the scene: a saved scene reopens with its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import slicer
from slicer.parameterNodeWrapper import Default, WithinRange, parameterNodeWrapper

from EndoDepthWidgets.panel.choices import CameraKind, Device, InputKind, Scope


@parameterNodeWrapper
class EndoDepthParameterNode:
    """The settings of the panel.

    inputPath, cameraPath, weightsPath, resultsPath: "" = none. start, stop: as typed ("120", "12.5s", "" = open).
    weightsId: an id of the catalogue, "" = the default one, "file" = weightsPath. surfaceStep: pixels, 0 = automatic.
    replacedCase: the browser of a case that the next one takes the place of. shownCase: that of Display and Measure.
    ctStructure: the key of the structure in the CT that the surface belongs to (CTStructure), "" = none chosen.
    How a case looks is kept in its display nodes.
    """

    inputKind: InputKind = InputKind.VIDEO
    inputPath: str = ""
    inputSequence: slicer.vtkMRMLSequenceNode
    inputVolume: slicer.vtkMRMLScalarVolumeNode
    start: str = ""
    stop: str = ""
    every: Annotated[int, WithinRange(1, 100000), Default(1)]
    cameraKind: CameraKind = CameraKind.GUESSED
    fieldOfViewDeg: Annotated[float, WithinRange(10, 179), Default(90.0)]
    cameraPath: str = ""
    cameraNode: slicer.vtkMRMLCameraNode
    undistort: bool = False
    weightsId: str = ""
    weightsPath: str = ""
    prompts: list[str]
    caseName: str = ""
    replacedCase: slicer.vtkMRMLSequenceBrowserNode
    resultsPath: str = ""
    mostFrames: Annotated[int, WithinRange(1, 100000), Default(200)]
    surfaceStep: Annotated[int, WithinRange(0, 64), Default(0)]
    scope: Scope = Scope.WHOLE
    device: Device = Device.AUTO
    shownCase: slicer.vtkMRMLSequenceBrowserNode
    followEndoscope: bool = False
    ctStructure: str = ""
    withoutLandmarks: bool = False
    knownDistanceMm: Annotated[float, WithinRange(0.01, 1000), Default(10.0)]

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
