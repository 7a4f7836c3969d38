"""The results folder: plain files that a job writes one frame at a time and from which scenes are built."""

from EndoDepthLib.results.atomic import atomic_path, atomic_write, make_folder, remove_partial_files
from EndoDepthLib.results.frames_folder import FramesFolder
from EndoDepthLib.results.frames_manifest import FramesManifest, FramesRequest
from EndoDepthLib.results.frames_writer import FramesWriter
from EndoDepthLib.results.manifest import (
    ResultsFrame,
    ResultsInput,
    ResultsManifest,
    ResultsRequest,
    ResultsSegment,
)
from EndoDepthLib.results.reader import ResultsFolder
from EndoDepthLib.results.writer import ResultsWriter

__all__ = [
    "FramesFolder",
    "FramesManifest",
    "FramesRequest",
    "FramesWriter",
    "ResultsFolder",
    "ResultsFrame",
    "ResultsInput",
    "ResultsManifest",
    "ResultsRequest",
    "ResultsSegment",
    "ResultsWriter",
    "atomic_path",
    "atomic_write",
    "make_folder",
    "remove_partial_files",
]
