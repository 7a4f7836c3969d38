"""What can be chosen in the panel; a saved scene keeps the names, the panel shows the labels."""

from __future__ import annotations

from enum import Enum

from slicer.i18n import tr as _


class InputKind(Enum):
    """What is read."""

    VIDEO = "video"
    FOLDER = "folder"
    DICOM = "dicom"
    SEQUENCE = "sequence"
    VOLUME = "volume"

    def label(self) -> str:
        """The words that the panel shows."""
        return {
            InputKind.VIDEO: _("Video file"),
            InputKind.FOLDER: _("Folder of images"),
            InputKind.DICOM: _("DICOM file"),
            InputKind.SEQUENCE: _("Sequence in the scene"),
            InputKind.VOLUME: _("Volume in the scene"),
        }[self]

    @property
    def is_on_disk(self) -> bool:
        """Whether it is a file or folder, and not a node."""
        return self in (InputKind.VIDEO, InputKind.FOLDER, InputKind.DICOM)


class CameraKind(Enum):
    """Where the camera comes from."""

    GUESSED = "guessed"
    FIELD_OF_VIEW = "field of view"
    FILE = "file"
    NODE = "node"

    def label(self) -> str:
        """The words that the panel shows."""
        return {
            CameraKind.GUESSED: _("Not known (typical endoscope)"),
            CameraKind.FIELD_OF_VIEW: _("Field of view"),
            CameraKind.FILE: _("Camera file (calibrated)"),
            CameraKind.NODE: _("Camera in the scene (calibrated)"),
        }[self]


class Scope(Enum):
    """How much of the input a job works on."""

    WHOLE = "whole"
    CURRENT = "current"

    def label(self) -> str:
        """The words that the panel shows."""
        return {Scope.WHOLE: _("Whole sequence"), Scope.CURRENT: _("Current frame")}[self]


class Device(Enum):
    """Where the network runs; the values are those of the command line."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"

    def label(self) -> str:
        """The words that the panel shows."""
        return {
            Device.AUTO: _("Automatic"),
            Device.CPU: _("Processor (CPU)"),
            Device.CUDA: _("NVIDIA graphics card (CUDA)"),
            Device.MPS: _("Apple graphics processor (MPS)"),
        }[self]
