"""`endodepth inspect`: what an input holds, before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import ReadingOptions
from EndoDepthCLI.options import group
from EndoDepthCLI.telling import current_teller


@dataclass(frozen=True)
class InspectOptions:
    """What `endodepth inspect` is told."""

    reading: ReadingOptions = group("input", ReadingOptions)


def run(options: InspectOptions) -> None:
    """Answer as JSON."""
    from EndoDepthCLI.job.inspection import inspect_input

    current_teller().answer(inspect_input(options.reading))


COMMAND = Command("inspect", "size, frames, rate and memory of an input, as JSON", InspectOptions, run)
