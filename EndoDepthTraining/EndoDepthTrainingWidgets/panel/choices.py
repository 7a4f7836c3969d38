"""What can be chosen in the panel; a saved scene keeps the names, the panel shows the labels."""

from __future__ import annotations

from enum import Enum

from slicer.i18n import tr as _


class SourceKind(Enum):
    """Where frames are picked from."""

    VIDEO = "video"
    FOLDER = "folder"
    SEQUENCE = "sequence"

    def label(self) -> str:
        """The words that the panel shows."""
        return {
            SourceKind.VIDEO: _("Video file"),
            SourceKind.FOLDER: _("Folder of images"),
            SourceKind.SEQUENCE: _("Sequence in the scene"),
        }[self]


class Stage(Enum):
    """What is trained."""

    SEGMENTATION = "segmentation"
    DEPTH = "depth"
    ADAPTATION = "adaptation"

    def label(self) -> str:
        """The words that the panel shows."""
        return {
            Stage.SEGMENTATION: _("Structures, from the labelled frames (stage 1)"),
            Stage.DEPTH: _("Depth, from videos alone (stage 2)"),
            Stage.ADAPTATION: _("Adapt depth to one video"),
        }[self]

    @property
    def needs_video(self) -> bool:
        """Whether it learns from a video instead of labels."""
        return self is not Stage.SEGMENTATION

    @property
    def has_minutes(self) -> bool:
        """Whether it can be told how long it may take, instead of how many steps."""
        return self is not Stage.DEPTH
