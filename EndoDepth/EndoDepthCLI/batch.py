"""`endodepth batch`: many videos, on one or many machines, whatever happens to some of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import DEFAULT_MAX_FRAMES, CameraOptions, PromptOptions, WeightOptions
from EndoDepthCLI.options import group, option, path, positional, positive_number, required, switch, whole_number

KINDS = ("reconstruct", "depth")
DEFAULT_ATTEMPTS = 3
DEFAULT_CASE_TIMEOUT_S = 4 * 3600.0
DEFAULT_TAKEOVER_AFTER_S = 300.0


@dataclass(frozen=True)
class BatchOptions:
    """What `endodepth batch` is told; options about the picture are for the rows that do not say."""

    manifest: Path = positional(
        "CSV table, a case a row: input, and where wanted name, kind, prompts (between semicolons), camera, fov, "
        "undistort, every, start, stop, hide, max_frames",
        parse=path,
        metavar="MANIFEST",
    )
    output: Path = required(
        "folder for all results; seen by every machine that takes part, each given the same command",
        parse=path,
        metavar="DIR",
    )
    prompting: PromptOptions = group("structures", PromptOptions)
    lens: CameraOptions = group("camera", CameraOptions)
    weights: WeightOptions = group("weights", WeightOptions)
    kind: str = option("what is made of a case (default reconstruct)", default="reconstruct", choices=KINDS)
    results_only: bool = switch("write no scene.mrb, preview.mp4 or contact_sheet.png (needs no slicer-core)")
    max_frames: int = option(
        f"refuse a case that would keep more frames than this (default {DEFAULT_MAX_FRAMES}; depth has no limit)",
        default=DEFAULT_MAX_FRAMES,
        parse=whole_number(1, "a number of frames"),
        metavar="N",
    )
    workers: int = option(
        "cases at a time in this program (default 1)", default=1, parse=whole_number(1, "a number"), metavar="N"
    )
    attempts: int = option(
        f"give a case up that fails so often without getting any further (default {DEFAULT_ATTEMPTS})",
        default=DEFAULT_ATTEMPTS,
        parse=whole_number(1, "a number of attempts"),
        metavar="N",
    )
    case_timeout: float = option(
        f"end an attempt that takes longer than so many seconds (default {DEFAULT_CASE_TIMEOUT_S:.0f})",
        default=DEFAULT_CASE_TIMEOUT_S,
        parse=positive_number("a number of seconds"),
        metavar="S",
    )
    case_memory: float | None = option(
        "end an attempt whose process takes more than so many gigabytes (Linux)",
        parse=positive_number("a number of gigabytes"),
        metavar="GB",
    )
    takeover_after: float = option(
        "take over the case of a program that has given no sign of life for so many seconds "
        f"(default {DEFAULT_TAKEOVER_AFTER_S:.0f})",
        default=DEFAULT_TAKEOVER_AFTER_S,
        parse=positive_number("a number of seconds"),
        metavar="S",
    )
    retry_failed: bool = switch("try again what was given up by an earlier run")


def run(options: BatchOptions) -> None:
    """Do all cases, and say what came of them."""
    from EndoDepthCLI.job.batch.running import run_batch

    print(run_batch(options))


COMMAND = Command(
    "batch",
    "many videos from a table, on one or many machines; what is done stays done",
    BatchOptions,
    run,
    goes_on=True,
)
