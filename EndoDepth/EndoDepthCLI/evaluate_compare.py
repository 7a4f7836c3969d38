"""`endodepth evaluate compare`: what weights of one's own gained, on annotated frames that they never saw."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import WeightOptions
from EndoDepthCLI.options import group, option, path, positional, required


@dataclass(frozen=True)
class CompareOptions:
    """What `endodepth evaluate compare` is told."""

    folder: Path = positional(
        "folder of frames with NAME.seg.nrrd of Segment Editor beside NAME.png, held out from training",
        parse=path,
        metavar="DIR",
    )
    weights: WeightOptions = group("weights", WeightOptions)
    output: Path = required("folder for comparison.json and comparison.png", parse=path, metavar="DIR")
    against: str = option(
        "the weights to compare with: an identifier or a file (default: the shipped weights)",
        default="default",
        metavar="ID|FILE",
    )


def run(options: CompareOptions) -> None:
    """Print the figures of both and say where the pictures are."""
    from dataclasses import replace

    from EndoDepthCLI.job.messages import Messages
    from EndoDepthCLI.job.progress import Progress
    from EndoDepthCLI.job.training import training_library
    from EndoDepthCLI.job.weights import load_model
    from EndoDepthCLI.telling import current_teller

    current_teller().prepare()
    with training_library():
        from EndoDepthTrainingLib.evaluation.comparison import compare_weights, comparison_text
        from EndoDepthTrainingLib.labels.annotated_folder import list_frames, read_labelled

        frames = read_labelled(list_frames(options.folder))
        messages = Messages()
        before = load_model(replace(options.weights, weights=options.against), messages)
        after = load_model(options.weights, messages)
        with Progress("comparing", len(frames)) as progress:
            comparison = compare_weights(before, after, frames, options.output, progress.step)
    print(f"{before.weights.id} (before) and {after.weights.id} (after) on {len(frames)} frames")
    print(comparison_text(comparison))
    print(f"pictures: {options.output / 'comparison.png'}")


COMMAND = Command("compare", "weights of your own beside others, on annotated frames", CompareOptions, run)
