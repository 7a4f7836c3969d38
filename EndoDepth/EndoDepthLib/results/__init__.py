"""The results folder: plain files that a job writes one frame at a time and from which scenes are built."""

from EndoDepthLib.results.atomic import atomic_path, atomic_write, remove_partial_files
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
    "ResultsFolder",
    "ResultsFrame",
    "ResultsInput",
    "ResultsManifest",
    "ResultsRequest",
    "ResultsSegment",
    "ResultsWriter",
    "atomic_path",
    "atomic_write",
    "remove_partial_files",
]
