"""What `endodepth train segmentation` and `endodepth labels propose` are told alike, and how they end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from EndoDepthCLI.options import option, positive_number, repeated, share, switch, whole_number
from EndoDepthCLI.telling import current_teller

if TYPE_CHECKING:
    from EndoDepthTrainingLib.recipes.few_labels import FewLabelsSettings


DATA_HELP = (
    "a folder of frames with NAME.seg.nrrd of Segment Editor beside NAME.png, or NAME=FOLDER or NAME:SPLIT=FOLDER of a "
    "data set that 'endodepth dataset list' names"
)


@dataclass(frozen=True)
class LabelOptions:
    """Which labels are learned, and from where the network starts."""

    prompts: tuple[str, ...] = repeated(
        "a structure to learn, as its segments are named; several times for several (default: all that is marked)",
        flag="--prompt",
        metavar="TEXT",
    )
    weights: str = option(
        "what to start from: an identifier from 'endodepth models', a .safetensors file, or 'imagenet', whose depth is "
        "untrained (default: the shipped weights)",
        default="default",
        metavar="ID|FILE",
    )
    minutes: float | None = option(
        "train for about so long, instead of --steps", parse=positive_number("a time in minutes"), metavar="MIN"
    )
    learning_rate: float | None = option(
        "of the decoders; the encoder learns at a tenth (default 0.001)",
        parse=positive_number("a learning rate"),
        metavar="RATE",
    )
    held_out: float = option(
        "share of the frames that is assessed and not learned from (default 0.2)",
        default=0.2,
        parse=share,
        metavar="SHARE",
    )
    pixels: int = option(
        "about how many pixels frames are learned from with (default 65536)",
        default=65536,
        parse=whole_number(32 * 32, "a number of pixels"),
        metavar="N",
    )
    skip_damaged: bool = switch("leave out frames and segmentations that cannot be read, and say which")


def settings_of(
    sources: Sequence[str], labels: LabelOptions, network: str, training: Mapping[str, object]
) -> FewLabelsSettings:
    """The training library's settings; `training`: the other fields of FewLabelsSettings that were given."""
    from EndoDepthTrainingLib.recipes.few_labels import FewLabelsSettings

    values = {
        "prompts": labels.prompts,
        "start": labels.weights,
        "minutes": labels.minutes,
        "learning_rate": labels.learning_rate,
        "held_out": labels.held_out,
        "skip_damaged": labels.skip_damaged,
        "pixels": labels.pixels,
        **training,
    }
    return FewLabelsSettings(tuple(sources), network=network, **values)  # type: ignore[arg-type]  # checked by name


def warn_of_skipped(skipped: Sequence[str]) -> None:
    """Say which frames were left out."""
    for reason in skipped:
        current_teller().warn(f"left out: {reason}")


def figures_text(figures: Mapping[str, float]) -> str:
    """Figures on one line; "" without any."""
    return ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
