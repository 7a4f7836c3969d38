"""Options several subcommands share: what to read, its camera, the weights, where to write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.options import (
    degrees_of_view,
    group,
    option,
    path,
    positional,
    repeated,
    required,
    switch,
    whole_number,
)
from EndoDepthLib.runtimes.names import AUTO, RUNTIMES

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("float32", "bfloat16", "float16")
DEFAULT_MAX_FRAMES = 200


@dataclass(frozen=True)
class ReadingOptions:
    """Which frames of the input are kept."""

    input: Path = positional("video (mp4 mov avi mkv), folder of images, or one image", parse=path, metavar="INPUT")
    start: str | None = option("first frame: a number, or a time like 12.5s", metavar="POSITION")
    stop: str | None = option("end before this frame: a number, or a time like 20s", metavar="POSITION")
    every: int = option(
        "keep every N-th frame (default 1)", default=1, parse=whole_number(1, "a number of frames"), metavar="N"
    )
    hide: tuple[str, ...] = repeated(
        "black out WIDTHxHEIGHT+X+Y pixels, such as a name burnt into the picture, before anything is written; "
        "may be given several times",
        flag="--hide",
        metavar="WxH+X+Y",
    )


@dataclass(frozen=True)
class CameraOptions:
    """The camera that took the input."""

    camera: Path | None = option(
        "camera JSON of OpenCV quantities: fx fy cx cy or camera_matrix, distortion, width, height",
        parse=path,
        metavar="FILE",
    )
    fov: float | None = option(
        "diagonal field of view in degrees, when there is no camera file; guessed otherwise",
        parse=degrees_of_view,
        metavar="DEG",
    )
    undistort: bool = switch("put everything on a pinhole grid; otherwise pixels stay where they were decoded")


@dataclass(frozen=True)
class WeightOptions:
    """The weights that predict."""

    weights: str = option(
        "identifier from 'endodepth models' or a .safetensors file (default: the shipped weights)",
        default="default",
        metavar="ID|FILE",
    )
    accept_research_use: bool = switch("agree to the licence of weights that are for research use only")
    device: str = option("where to compute (default auto)", default="auto", choices=DEVICES)
    runtime: str = option(
        "what computes; auto: the fastest here, measured once ('endodepth runtimes')",
        default=AUTO,
        choices=(AUTO, *RUNTIMES),
    )


@dataclass(frozen=True)
class PromptOptions:
    """The structures that are named."""

    prompts: tuple[str, ...] = repeated(
        "a structure to mark, in words; may be given several times", flag="--prompt", metavar="TEXT"
    )


@dataclass(frozen=True)
class OutputOptions:
    """Where the results go."""

    output: Path = required("folder for the results; new or empty, unless --resume", parse=path, metavar="DIR")
    resume: bool = switch("continue a run that was ended early with the same settings")


@dataclass(frozen=True)
class TrainingOptions:
    """How a training runs; None: what its stage was made for. A run that was ended early goes on by itself."""

    output: Path = required(
        "folder of the run: weights, log.csv, curves, sheets; a run that was ended early goes on there",
        parse=path,
        metavar="DIR",
    )
    steps: int | None = option("how many steps", parse=whole_number(1, "a number of steps"), metavar="N")
    seed: int = option("of every random choice (default 0)", default=0, parse=whole_number(0, "a seed"), metavar="N")
    precision: str = option(
        "of the passes through the networks; float16 needs CUDA (default float32)",
        default="float32",
        choices=PRECISIONS,
    )
    device: str = option("where to compute (default auto)", default="auto", choices=DEVICES)


@dataclass(frozen=True)
class ReconstructionOptions:
    """What `endodepth reconstruct` is told; `endodepth demo` fills it itself."""

    reading: ReadingOptions = group("input", ReadingOptions)
    output: OutputOptions = group("output", OutputOptions)
    prompting: PromptOptions = group("structures", PromptOptions)
    lens: CameraOptions = group("camera", CameraOptions)
    weights: WeightOptions = group("weights", WeightOptions)
    max_frames: int = option(
        f"refuse to keep more frames than this, since the scene must fit into memory (default {DEFAULT_MAX_FRAMES})",
        default=DEFAULT_MAX_FRAMES,
        parse=whole_number(1, "a number of frames"),
        metavar="N",
    )
    surface_step: int | None = option(
        "pixels between vertices of a surface (default: what keeps it near 80,000 vertices)",
        parse=whole_number(1, "a number of pixels"),
        metavar="N",
    )
    results_only: bool = switch(
        "write the results folder only: no scene.mrb, preview.mp4 or contact_sheet.png (needs no slicer-core)"
    )
    tint: bool = switch("show the surfaces tinted with the colours of the structures (the scene holds both colourings)")
