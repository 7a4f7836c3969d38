"""`endodepth demo`: renders a clip and does the whole job on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import (
    DEVICES,
    CameraOptions,
    OutputOptions,
    PromptOptions,
    ReadingOptions,
    ReconstructionOptions,
    WeightOptions,
)
from EndoDepthCLI.options import option, path, whole_number

PROMPTS_OF_SCENE = {
    "laparoscopy": ("liver", "bowel", "fat", "abdominal wall", "surgical instrument"),
    "colon": ("polyp", "colon wall"),
}


DEMO_SEED = 950_035
"""Recipes draw from smaller seeds, so that no training saw this scene: liver, bowel, fat and an instrument."""

_FRAME_STEP = 3
_OPTICS_STRENGTH = 0.3  # training has wilder noise and blur than a demonstration needs


_NO_MEASURE = (
    "This clip was chosen to look good and its optics are mild: its figures are no measure of quality.\n"
    "Testing/Benchmarks and the model cards have figures that are."
)


@dataclass(frozen=True)
class DemoOptions:
    """What `endodepth demo` is told."""

    output: Path = option(
        "folder for the clip and the results; new or empty (default endodepth-demo)",
        default=Path("endodepth-demo"),
        parse=path,
        metavar="DIR",
    )
    scene: str = option("what to render (default laparoscopy)", default="laparoscopy", choices=tuple(PROMPTS_OF_SCENE))
    frames: int = option(
        "number of frames (default 40)", default=40, parse=whole_number(2, "a number of frames"), metavar="N"
    )
    seed: int = option(
        f"which of the endless scenes of this kind (default {DEMO_SEED})",
        default=DEMO_SEED,
        parse=whole_number(0),
        metavar="S",
    )
    weights: str = option(
        "identifier from 'endodepth models' or a .safetensors file", default="default", metavar="ID|FILE"
    )
    device: str = option("where to predict (default auto)", default="auto", choices=DEVICES)


def run(options: DemoOptions) -> None:
    """Render, reconstruct, and compare the depth with the truth that a rendered clip has."""
    from EndoDepthCLI.job.clip import render_clip
    from EndoDepthCLI.job.messages import Messages
    from EndoDepthCLI.job.output import check_output
    from EndoDepthCLI.job.reconstruction_job import describe_results, reconstruct
    from EndoDepthCLI.job.weights import load_model
    from EndoDepthLib.evaluation import evaluate_depth

    weights = WeightOptions(weights=options.weights, device=options.device)
    check_output(OutputOptions(output=options.output), can_resume=False)
    load_model(weights, Messages())  # rendering takes a minute: what is wrong with the weights is said before
    clip, results_folder = options.output / "clip", options.output / "results"
    render_clip(
        options.scene,
        options.frames,
        options.seed,
        480,
        384,
        clip,
        optics_strength=_OPTICS_STRENGTH,
        frame_step=_FRAME_STEP,
    )
    results = reconstruct(
        ReconstructionOptions(
            reading=ReadingOptions(input=clip / "clip.mp4"),
            output=OutputOptions(output=results_folder),
            prompting=PromptOptions(PROMPTS_OF_SCENE[options.scene]),
            lens=CameraOptions(camera=clip / "camera.json"),
            weights=weights,
            tint=True,
        )
    )
    print("\nDepth against the rendered truth, each frame scaled to the truth's median:")
    print(evaluate_depth(results_folder, clip, clip / "frames").table())
    print(_NO_MEASURE)
    print(f"\n{describe_results(results)}")


COMMAND = Command("demo", "render a clip and do the whole job on it", DemoOptions, run)
