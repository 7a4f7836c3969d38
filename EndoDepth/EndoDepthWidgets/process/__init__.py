"""Long work in a child process of our own command line: started, listened to, and ended whole. No qt, no slicer."""

from EndoDepthWidgets.process.child import ChildProcess
from EndoDepthWidgets.process.protocol import (
    Answered,
    Failed,
    Finished,
    FrameReady,
    JobEvent,
    JobProcess,
    Logged,
    Progress,
    Warned,
)

__all__ = [
    "Answered",
    "ChildProcess",
    "Failed",
    "Finished",
    "FrameReady",
    "JobEvent",
    "JobProcess",
    "Logged",
    "Progress",
    "Warned",
]
