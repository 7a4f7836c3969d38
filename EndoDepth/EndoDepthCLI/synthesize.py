"""`endodepth synthesize`: a rendered endoscopic scene with exact depth, labels and poses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.options import option, path, positional, required, share, whole_number
from EndoDepthLib.phantoms.labels import SCENES

SMALLEST_SIDE_PX = 32


@dataclass(frozen=True)
class SynthesizeOptions:
    """What `endodepth synthesize` is told."""

    scene: str = positional(f"one of {', '.join(SCENES)}", choices=SCENES, metavar="SCENE")
    output: Path = required("folder for the clip; new or empty", parse=path, metavar="DIR")
    frames: int = option(
        "number of frames (default 60)", default=60, parse=whole_number(1, "a number of frames"), metavar="N"
    )
    seed: int = option(
        "which of the endless scenes of this kind (default 0)", default=0, parse=whole_number(0), metavar="S"
    )
    width: int = option(
        "width in pixels (default 320)", default=320, parse=whole_number(SMALLEST_SIDE_PX, "a width"), metavar="PX"
    )
    height: int = option(
        "height in pixels (default 256)", default=256, parse=whole_number(SMALLEST_SIDE_PX, "a height"), metavar="PX"
    )
    frame_step: int = option(
        "camera motion between two frames, in thirtieths of a second (default 1)",
        default=1,
        parse=whole_number(1, "a step"),
        metavar="N",
    )
    optics_strength: float = option(
        "noise, blur and compression, from 0 (clean) to 1 (as wild as in training; default)",
        default=1.0,
        parse=share,
        metavar="X",
    )
    device: str = option("where to render (default cpu)", default="cpu", choices=("cpu", "cuda"))


def run(options: SynthesizeOptions) -> None:
    """Render the clip and say what is where."""
    from EndoDepthCLI.job.clip import render_clip

    render_clip(
        options.scene,
        options.frames,
        options.seed,
        options.width,
        options.height,
        options.output,
        options.device,
        options.optics_strength,
        options.frame_step,
    )
    print(
        f"{options.frames} frames in {options.output}: frames/ (pictures), depth/ (float32 millimetres), labels/, "
        "camera.json, poses.json, labels.json, clip.mp4"
    )


COMMAND = Command("synthesize", "render an endoscopic scene with exact depth, labels and poses", SynthesizeOptions, run)
