"""`endodepth train segmentation`: stage 1, text-guided segmentation, on one's own labelled frames."""

from __future__ import annotations

from dataclasses import dataclass

from EndoDepthCLI.command import Command
from EndoDepthCLI.job.few_labels import DATA_HELP, LabelOptions, figures_text, settings_of, warn_of_skipped
from EndoDepthCLI.job.training import TrainingProgress, training_library
from EndoDepthCLI.option_groups import TrainingOptions
from EndoDepthCLI.options import group, option, several, switch, whole_number


@dataclass(frozen=True)
class GuidanceOptions:
    """The text that guides: frozen tower, learned context."""

    text_tower: str = option(
        "EndoDepth's own, or an open_clip model with CLIP's text transformer, such as ViT-B-32 (default endodepth)",
        default="endodepth",
        metavar="NAME",
    )
    text_checkpoint: str | None = option("weights of that model: a local file", metavar="FILE")
    allow_download: bool = switch(
        "let open_clip fetch weights: --text-checkpoint names their tag, such as openai; nothing is fetched otherwise"
    )
    context_tokens: int = option(
        "learned tokens before the words of every prompt, 0 = none (default 8)",
        default=8,
        parse=whole_number(0, "a number of tokens"),
        metavar="N",
    )


@dataclass(frozen=True)
class TrainSegmentationOptions:
    """What `endodepth train segmentation` is told."""

    data: tuple[str, ...] = several(DATA_HELP, metavar="DATA")
    training: TrainingOptions = group("training", TrainingOptions)
    labels: LabelOptions = group("labels", LabelOptions)
    guidance: GuidanceOptions = group("text", GuidanceOptions)
    free_depth: bool = switch(
        "do not hold depth near the start weights': faster, and their depth gets worse as the encoder changes"
    )


def run(options: TrainSegmentationOptions) -> None:
    """Train and say what came out."""
    with training_library(), TrainingProgress() as progress:
        from EndoDepthTrainingLib.recipes.guided_weights import WEIGHTS_FILE, depth_note, train_guided_weights

        guidance, training = options.guidance, options.training
        settings = settings_of(
            options.data,
            options.labels,
            "guided",
            {
                "steps": training.steps,
                "seed": training.seed,
                "precision": training.precision,
                "device": training.device,
                "text_tower": guidance.text_tower,
                "text_checkpoint": guidance.text_checkpoint,
                "allow_download": guidance.allow_download,
                "context_tokens": guidance.context_tokens,
                "depth_kept": 0.0 if options.free_depth else None,
            },
        )
        learned = train_guided_weights(settings, training.output, progress.stage)
    warn_of_skipped(learned.data.skipped)
    print(f"learned {', '.join(learned.data.prompts)} from {len(learned.training)} frames in {learned.steps} steps")
    print(figures_text(learned.figures) or "no frame could be held out: nothing was measured")
    print(f"depth: {depth_note(settings, learned)}")
    print(f"weights: {training.output / WEIGHTS_FILE}; use them by --weights, or adopt them in the panel")


COMMAND = Command(
    "segmentation",
    "stage 1: structures of your own from a few labelled frames, guided by text",
    TrainSegmentationOptions,
    run,
    goes_on=True,
)
