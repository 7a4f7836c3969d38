"""`endodepth labels import`: what a reviewer kept of proposals becomes frames to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.job.training import training_library
from EndoDepthCLI.options import path, positional, required


@dataclass(frozen=True)
class ImportOptions:
    """What `endodepth labels import` is told."""

    proposals: Path = positional(
        "folder that 'endodepth labels propose' made, with the verdicts in its review.json", parse=path, metavar="DIR"
    )
    output: Path = required("folder of labelled frames; what is in it stays", parse=path, metavar="DIR")


def run(options: ImportOptions) -> None:
    """Copy what was kept and say how much it is."""
    with training_library():
        from EndoDepthTrainingLib.labels.review import import_reviewed

        counts = import_reviewed(options.proposals, options.output)
    print(
        f"{counts.kept} kept, {counts.corrected} corrected frames in {options.output}; {counts.dropped} dropped, "
        f"{counts.open} still open"
    )
    print(f"learn from them as well: endodepth train segmentation DATA {options.output} --output DIR")


COMMAND = Command("import", "reviewed proposals as labelled frames", ImportOptions, run)
