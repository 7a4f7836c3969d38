"""`endodepth evaluate dataset`: weights on a public data set, by a named protocol, as tables and one HTML report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import OutputOptions, WeightOptions
from EndoDepthCLI.options import group, option, path, positional, switch, whole_number
from EndoDepthLib.errors import SettingsError


@dataclass(frozen=True)
class EvaluateDatasetOptions:
    """What `endodepth evaluate dataset` is told."""

    name: str = positional("name of the data set, such as scared or phantoms", metavar="NAME")
    folder: Path = positional("folder of the data set", parse=path, metavar="DIR")
    weights: WeightOptions = group("weights", WeightOptions)
    output: OutputOptions = group("output", OutputOptions)
    protocol: str | None = option(
        "how figures are made comparable: depth limits, crop, splits (default: the set's first)", metavar="P"
    )
    split: str = option("part of the set (default: all frames there are)", default="all", metavar="S")
    classes: str | None = option(
        "compare these structures only, names between commas (default: all that the set labels and the weights know)",
        metavar="NAMES",
    )
    poses: Path | None = option(
        "predicted camera poses: lines 'frame tx ty tz qx qy qz qw' or poses.json; for several sequences a folder with "
        "SEQUENCE.txt each",
        parse=path,
        metavar="FILE|DIR",
    )
    every: int = option("every N-th frame (default 1)", default=1, parse=whole_number(1, "a number"), metavar="N")
    limit: int | None = option(
        "at most N frames, spread evenly over the split", parse=whole_number(1, "a number of frames"), metavar="N"
    )
    skip_broken: bool = switch("leave out frames that cannot be read, and list them; otherwise the first one ends it")


def run(options: EvaluateDatasetOptions) -> None:
    """Print the tables and say where the report is."""
    from EndoDepthCLI.job.messages import Messages
    from EndoDepthCLI.job.output import check_output, discard_on_failure
    from EndoDepthCLI.job.progress import Progress
    from EndoDepthCLI.job.weights import load_model
    from EndoDepthCLI.telling import current_teller

    try:
        from EndoDepthTrainingLib.evaluation import (
            DatasetEvaluation,
            count_of_shown,
            evaluate_poses,
            select,
            summary_text,
            write_report,
        )
        from EndoDepthTrainingLib.evaluation.tally import POOLED_FILE
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"evaluation of data sets needs the package '{error.name}', which is not installed; "
            "install the extra: pip install 'endodepth[train]'"
        ) from error
    folder = options.output.output
    check_output(options.output)
    current_teller().prepare()
    selection = select(options.name, options.folder, options.protocol, options.split, options.every, options.limit)
    poses = None if options.poses is None else evaluate_poses(selection.split_frames, options.poses)
    model = load_model(options.weights, Messages())
    wanted = tuple(name.strip() for name in options.classes.split(",")) if options.classes else ()
    evaluation = DatasetEvaluation(selection, model, wanted, poses, options.skip_broken)
    with discard_on_failure(folder, folder / POOLED_FILE):
        with Progress("evaluating", len(evaluation.frames)) as progress:
            evaluation.run(folder, options.output.resume, progress.step)
        with Progress("drawing the report", count_of_shown(evaluation)) as progress:
            write_report(evaluation, folder, progress.step)
    print(summary_text(evaluation))
    print(f"\nreport.html, figures.json and images.csv (image by image) in {folder}")


COMMAND = Command(
    "dataset", "weights on a data set by a named protocol: tables, HTML report", EvaluateDatasetOptions, run
)
