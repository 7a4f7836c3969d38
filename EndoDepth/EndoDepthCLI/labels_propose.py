"""`endodepth labels propose`: labels for frames nobody labelled, for a person to review."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.job.few_labels import DATA_HELP, LabelOptions, figures_text, settings_of, warn_of_skipped
from EndoDepthCLI.job.progress import Progress
from EndoDepthCLI.job.training import TrainingProgress, training_library
from EndoDepthCLI.option_groups import TrainingOptions
from EndoDepthCLI.options import group, option, path, several

NETWORKS = ("unet", "guided", "none")


@dataclass(frozen=True)
class ProposeOptions:
    """What `endodepth labels propose` is told."""

    data: tuple[str, ...] = several(DATA_HELP, metavar="DATA", least=0)
    training: TrainingOptions = group("training and proposals", TrainingOptions)
    labels: LabelOptions = group("labels", LabelOptions)
    frames: Path | None = option(
        "folder of the frames to propose for (default: those in DATA without labels)", parse=path, metavar="DIR"
    )
    network: str = option(
        "what learns the labels and proposes: a U-Net (default), the text-guided network, or none: --weights propose "
        "as they are, and need no DATA",
        default="unet",
        choices=NETWORKS,
    )


def run(options: ProposeOptions) -> None:
    """Write the proposals and say how many they are."""
    training, folder, skipped = options.training, options.training.output, list[str]()
    left_out = skipped if options.labels.skip_damaged else None
    figures: dict[str, float] = {}
    with training_library(), TrainingProgress() as progress:
        from EndoDepthTrainingLib.labels.proposals import ModelProposer, propose
        from EndoDepthTrainingLib.recipes.proposing import frames_to_propose, propose_by_training

        pictures = frames_to_propose(options.data, options.frames)
        if options.network == "none":
            from EndoDepthLib.inference import EndoDepthModel

            model = EndoDepthModel.load(options.labels.weights, training.device)
            with Progress("proposals", len(pictures)) as proposals:
                names = propose(
                    ModelProposer(model, options.labels.prompts), pictures, folder, proposals.step, left_out
                )
        else:
            start = options.labels.weights
            given = {
                "steps": training.steps,
                "seed": training.seed,
                "precision": training.precision,
                "device": training.device,
                "start": "imagenet" if options.network == "unet" and start == "default" else start,
            }
            settings = settings_of(options.data, options.labels, options.network, given)
            names, figures = propose_by_training(settings, pictures, folder, progress.stage, skipped=left_out)
    warn_of_skipped(skipped)
    print(f"{len(names)} new proposals in {folder}, the least certain first in proposals.json")
    if figures:
        print(f"the network that proposes: {figures_text(figures)}")
    print(f"correct NAME.seg.nrrd in Segment Editor; say kept, corrected or dropped in {folder / 'review.json'};")
    print(f"then: endodepth labels import {folder} --output FOLDER")


COMMAND = Command(
    "propose", "labels for the other frames, to be reviewed (a U-Net learns yours)", ProposeOptions, run, goes_on=True
)
