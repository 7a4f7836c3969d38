"""`endodepth evaluate`: predictions against references, beside what trivial answers would have scored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.evaluate_compare import COMMAND as COMPARE_COMMAND
from EndoDepthCLI.evaluate_dataset import COMMAND as DATASET_COMMAND
from EndoDepthCLI.options import option, path, positional

SCALINGS = ("median", "none")


def positive_number(what: str) -> Callable[[str], float]:
    """A parser of numbers above 0; `what` names the quantity in the message."""

    def parse(text: str) -> float:
        import argparse

        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 0.0 < value < float("inf"):
            raise argparse.ArgumentTypeError(f"{text[:40]!r} is not {what}; expected a number above 0")
        return value

    return parse


@dataclass(frozen=True)
class EvaluateDepthOptions:
    """What `endodepth evaluate depth` is told."""

    predictions: Path = positional(
        "folder of predicted depth (.npy, or 16-bit .png), or a results folder", parse=path, metavar="PREDICTIONS"
    )
    reference: Path = positional(
        "folder of reference depth (as 'synthesize' writes it, SimCol3D, .npy, 16-bit .png), or a .npz with depth_mm",
        parse=path,
        metavar="REFERENCE",
    )
    images: Path | None = option(
        "folder of pictures for the brightness baselines, where the reference brings none", parse=path, metavar="DIR"
    )
    min_depth: float = option(
        "ignore reference depth below this, in its unit", default=1e-3, parse=positive_number("a depth"), metavar="D"
    )
    max_depth: float | None = option(
        "ignore reference depth above this, in its unit (default: what is usual for the data set)",
        parse=positive_number("a depth"),
        metavar="D",
    )
    scaling: str = option(
        "'median' scales each prediction to the reference's median, 'none' compares units as they are (default median)",
        default="median",
        choices=SCALINGS,
    )
    json: Path | None = option("also write all figures, image by image, to this file", parse=path, metavar="FILE")


@dataclass(frozen=True)
class EvaluateSegmentationOptions:
    """What `endodepth evaluate segmentation` is told."""

    predictions: Path = positional(
        "folder of predicted label maps with labels.json, or a results folder", parse=path, metavar="PREDICTIONS"
    )
    reference: Path = positional("folder of reference label maps (.png)", parse=path, metavar="REFERENCE")
    names: str | None = option(
        "what the reference's values 0, 1, 2, ... mean where it has no labels.json: names between commas, 'void' for "
        "pixels that do not count; or 'larynx' or 'polyp' for those data sets",
        metavar="NAMES",
    )
    classes: str | None = option("compare these classes only, names between commas", metavar="NAMES")
    json: Path | None = option("also write all figures to this file", parse=path, metavar="FILE")


def run_depth(options: EvaluateDepthOptions) -> None:
    """Print the table of depth figures."""
    from EndoDepthLib.evaluation import evaluate_depth

    evaluation = evaluate_depth(
        options.predictions, options.reference, options.images, options.min_depth, options.max_depth, options.scaling
    )
    print(evaluation.table())
    _write_json(options.json, evaluation.to_dict)


def run_segmentation(options: EvaluateSegmentationOptions) -> None:
    """Print the table of overlap figures."""
    from EndoDepthLib.evaluation import KNOWN_LAYOUTS, evaluate_segmentation

    names = KNOWN_LAYOUTS.get(options.names or "") or _split(options.names)
    evaluation = evaluate_segmentation(options.predictions, options.reference, names, _split(options.classes))
    print(evaluation.table())
    _write_json(options.json, evaluation.to_dict)


def _split(names: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",")) if names else ()


def _write_json(file: Path | None, figures: Callable[[], dict[str, object]]) -> None:
    if file is not None:
        import json

        from EndoDepthLib.results import atomic_write

        atomic_write(file, json.dumps(figures(), indent=2, ensure_ascii=False) + "\n")


COMMAND = Command(
    "evaluate",
    "predictions against references, beside trivial baselines",
    subcommands=(
        Command("depth", "depth: AbsRel, RMSE, d<1.25, correlation and spread", EvaluateDepthOptions, run_depth),
        Command("segmentation", "label maps: IoU and Dice", EvaluateSegmentationOptions, run_segmentation),
        DATASET_COMMAND,
        COMPARE_COMMAND,
    ),
)
