"""`endodepth reconstruct`: a video becomes a results folder and a 3D Slicer scene."""

from __future__ import annotations

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import ReconstructionOptions


def run(options: ReconstructionOptions) -> None:
    """Do the whole job and say where its results are."""
    from EndoDepthCLI.job.reconstruction_job import describe_results, reconstruct

    print(describe_results(reconstruct(options)))


COMMAND = Command(
    "reconstruct",
    "video to a 3D Slicer scene: frames, depth, structures, coloured surfaces",
    ReconstructionOptions,
    run,
)
