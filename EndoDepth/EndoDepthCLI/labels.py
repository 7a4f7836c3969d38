"""`endodepth labels`: from a recording to labels that a person made or reviewed."""

from __future__ import annotations

from EndoDepthCLI.command import Command
from EndoDepthCLI.labels_import import COMMAND as IMPORT
from EndoDepthCLI.labels_pick import COMMAND as PICK
from EndoDepthCLI.labels_propose import COMMAND as PROPOSE

COMMAND = Command(
    "labels",
    "frames to annotate, proposals for the others, and what was kept",
    subcommands=(PICK, PROPOSE, IMPORT),
)
