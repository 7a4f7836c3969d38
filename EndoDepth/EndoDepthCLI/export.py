"""`endodepth export`: the weights as one ONNX file for other programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import WeightOptions
from EndoDepthCLI.options import group, option, path, required


@dataclass(frozen=True)
class ExportOptions:
    """What `endodepth export` is told."""

    output: Path = required("the file to write; must not be there yet", parse=path, metavar="MODEL.onnx")
    weights: WeightOptions = group("weights", WeightOptions)
    size: str = option("frame size in pixels (default 1280x720)", default="1280x720", metavar="WIDTHxHEIGHT")


def run(options: ExportOptions) -> None:
    """Write the file and say what it takes and gives."""
    from EndoDepthCLI.job.exporting import export

    print(export(options.output, options.weights, options.size))


COMMAND = Command("export", "weights as one ONNX file, pixels in, depth and labels out", ExportOptions, run)
