"""`endodepth dataset`: the public data sets there are readers for, and whether a folder holds one."""

from __future__ import annotations

import math
import textwrap
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from EndoDepthCLI.command import Command
from EndoDepthCLI.option_groups import OutputOptions
from EndoDepthCLI.options import group, option, path, positional, switch

if TYPE_CHECKING:
    from EndoDepthTrainingLib.datasets.public.check import Found
    from EndoDepthTrainingLib.datasets.public.description import DatasetDescription
    from EndoDepthTrainingLib.datasets.public.listing import Listing

_WIDTH = 110
SMALLEST_SIDE_PX = 32
_MOST_NAMED = 8
_TOGETHER = "\u00a0"
"""Between a name and its number, which a line break must not part; printed as a blank."""


def pixels(text: str) -> tuple[int, int]:
    """A size such as 640x512."""
    import argparse

    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit() and min(int(width), int(height)) >= SMALLEST_SIDE_PX):
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is not a size; expected width x height in pixels, such as 640x512, at least "
            f"{SMALLEST_SIDE_PX} each"
        )
    return int(width), int(height)


@dataclass(frozen=True)
class ListOptions:
    """What `endodepth dataset list` is told."""

    name: str | None = option("everything about this data set", metavar="NAME")
    json: bool = switch("print names, licences and protocols as JSON")


@dataclass(frozen=True)
class CheckOptions:
    """What `endodepth dataset check` is told."""

    name: str = positional("data set, one of 'endodepth dataset list'", metavar="NAME")
    folder: Path = positional("folder where it was unpacked", parse=path, metavar="DIR")
    protocol: str | None = option("protocol whose splits have to be complete (default: count all)", metavar="NAME")
    quick: bool = switch("look at the sizes of files only, instead of reading each")
    skip_broken: bool = switch("name what cannot be read and go on without it")
    json: bool = switch("print what was found as JSON")


@dataclass(frozen=True)
class UnpackOptions:
    """What `endodepth dataset unpack` is told."""

    name: str = positional("data set whose frames lie in archives: scared", metavar="NAME")
    folder: Path = positional("folder with its archives", parse=path, metavar="DIR")
    output: OutputOptions = group("output", OutputOptions)
    size: tuple[int, int] | None = option(
        "make pictures, depth and camera smaller, such as 640x512 (default: as they are)", parse=pixels, metavar="WxH"
    )


def run_list(options: ListOptions) -> None:
    """Print the data sets, or all about one."""
    from EndoDepthCLI.telling import current_teller
    from EndoDepthTrainingLib.datasets.public.registry import DATASETS, dataset

    if options.json:
        chosen = DATASETS.values() if options.name is None else [dataset(options.name)]
        current_teller().answer({"datasets": [_plain(description) for description in chosen]})
        return
    if options.name is not None:
        print(_describe(dataset(options.name)))
        return
    width = max(len(name) for name in DATASETS)
    for name, description in DATASETS.items():
        print(f"{name:<{width}}  {description.title}")
        print(
            f"{'':<{width}}  {description.truth}; licence: {description.licence}; weights: {description.weights.value}"
        )


def run_check(options: CheckOptions) -> None:
    """Print what is in the folder; raises InputError when it cannot be used."""
    from EndoDepthCLI.job.progress import Progress
    from EndoDepthCLI.telling import current_teller
    from EndoDepthLib.errors import InputError
    from EndoDepthTrainingLib.datasets.public.check import check_listing
    from EndoDepthTrainingLib.datasets.public.registry import dataset

    description = dataset(options.name)
    description.protocol(options.protocol)
    with Progress("listing", None) as progress:
        listing = description.read(options.folder)
        progress.step(len(listing.frames))
    with Progress("looking at" if options.quick else "reading", len(listing.frames)) as progress:
        found = check_listing(
            description,
            options.folder,
            listing,
            options.protocol,
            options.quick,
            options.skip_broken,
            progress.step,
        )
    if options.json:
        answer = {"name": options.name, "layout": listing.layout, "absent": list(listing.absent), **vars(found)}
        answer["nearest_mm"] = None if math.isinf(found.nearest_mm) else found.nearest_mm
        current_teller().answer(answer)
    else:
        print(_report(description, options, listing, found))
    if found.problems:
        more = f" ({len(found.problems) - 1} more above)" if len(found.problems) > 1 else ""
        advice = "" if options.skip_broken or not found.broken else "; --skip-broken goes on without what is broken"
        raise InputError(f"'{options.folder}' is not usable as '{options.name}': {found.problems[0]}{more}{advice}")


def run_unpack(options: UnpackOptions) -> None:
    """Write the frames of archives and stacked videos as files."""
    from EndoDepthCLI.job.output import check_disk, check_output
    from EndoDepthCLI.job.progress import Progress
    from EndoDepthLib.errors import InputError
    from EndoDepthTrainingLib.datasets.public.registry import dataset
    from EndoDepthTrainingLib.datasets.public.unpacking import (
        BYTES_PER_PIXEL,
        UnpackingSettings,
        frames_to_unpack,
        unpack,
    )

    description, target = dataset(options.name), options.output.output
    check_output(options.output)
    samples = frames_to_unpack(description.read(options.folder).frames)
    if not samples:
        raise InputError(f"no frame of '{options.name}' in '{options.folder}' lies in an archive; use it as it is")
    width, height = options.size or samples[0].image().shape[1::-1]
    check_disk(target, len(samples) * width * height * BYTES_PER_PIXEL)
    with Progress("unpacking", len(samples)) as progress:
        unpack(samples, options.folder, target, UnpackingSettings(options.name, options.size), progress.step)
    print(f"{len(samples)} frames in {target}; use it as '{options.name}'")


def _report(description: DatasetDescription, options: CheckOptions, listing: Listing, found: Found) -> str:
    lines = [
        f"{description.name}: {description.title}",
        _fact("folder", f"{options.folder} ({listing.layout})"),
        _fact("licence", f"{description.licence}; weights: {description.weights.value}"),
        _fact("frames", f"{found.frames} in {len(found.sequences)} sequences: {_named(found.sequences)}"),
        _fact("pictures", _named(found.sizes) if found.sizes else "not read"),
        _fact("depth", _depth(description, options, found)),
        _fact("labels", _labels(listing, found)),
        _fact("cameras", f"{found.cameras} frames" if found.cameras else "none"),
        _fact("poses", f"{found.poses} frames" if found.poses else "none"),
        _fact("splits", ", ".join(split.replace(" ", _TOGETHER) for split in found.splits)),
    ]
    if listing.absent:
        shown = ", ".join(listing.absent[:_MOST_NAMED]) + (", ..." if len(listing.absent) > _MOST_NAMED else "")
        lines.append(_fact("not here", f"{shown}; get it from {description.url}"))
    # A line each, however long, so that they can be searched.
    lines += [f"  warning   {text}" for text in found.warnings]
    lines += [f"  problem   {text}" for text in found.problems]
    lines += [_fact("note", text) for text in description.caveats]
    if not found.problems:
        left = f", without {len(found.broken)} broken" if found.broken else ""
        lines.append(f"usable: {found.frames - len(found.broken)} frames{left}")
    return "\n".join(lines)


def _depth(description: DatasetDescription, options: CheckOptions, found: Found) -> str:
    if not found.depth_frames:
        return "none"
    if not found.farthest_mm:
        return f"{found.depth_frames} frames"
    protocol = description.protocol(options.protocol)
    limits = f"{protocol.min_depth_mm:g} to {protocol.max_depth_mm:g} mm"
    return (
        f"{found.depth_frames} frames, {found.nearest_mm:.1f} to {found.farthest_mm:.1f} mm; "
        f"{found.depth_in_limits} of them within the limits of protocol '{protocol.name}' ({limits})"
    )


def _labels(listing: Listing, found: Found) -> str:
    if not found.label_frames:
        return "none"
    shown = ", ".join(
        f"{name}{_TOGETHER}{found.class_frames[name]}" for name in listing.classes if found.class_frames[name]
    )
    return f"{found.label_frames} frames" + (f"; frames that show {shown}" if shown else "")


def _named(counts: Counter[str]) -> str:
    shown = ", ".join(f"{name}{_TOGETHER}{count}" for name, count in list(counts.items())[:_MOST_NAMED])
    return shown + (f", ... ({len(counts)} in all)" if len(counts) > _MOST_NAMED else "")


def _plain(description: DatasetDescription) -> dict[str, Any]:
    """What a program shows of a data set, as JSON values."""
    return {
        "name": description.name,
        "title": description.title,
        "url": description.url,
        "licence": description.licence,
        "weights": description.weights.value,
        "truth": description.truth,
        "protocols": [protocol.name for protocol in description.protocols],
    }


def _describe(description: DatasetDescription) -> str:
    lines = [f"{description.name}: {description.title}"]
    lines += [
        _fact("get it", description.url),
        _fact("licence", description.licence),
        _fact("weights", description.weights.value),
        _fact("cite", description.citation),
        _fact("truth", description.truth),
        *(_fact("layout", line) for line in description.layout),
    ]
    for protocol in description.protocols:
        splits = ", ".join(
            split.name + (f" ({split.frames} frames)" if split.frames else "") for split in protocol.splits
        )
        lines.append(_fact("protocol", f"{protocol.name}: {protocol.summary}; splits: {splits}"))
        lists = [f"{split.frame_list}: {split.list_source}" for split in protocol.splits if split.frame_list]
        lines += [_fact("list", text) for text in lists]
    lines += [_fact("note", text) for text in description.caveats]
    return "\n".join(lines)


def _fact(name: str, text: str) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=f"  {name:<9} ",
        subsequent_indent=" " * 12,
        break_long_words=False,
        break_on_hyphens=False,
    ).replace(_TOGETHER, " ")


COMMAND = Command(
    "dataset",
    "public data sets: where to get them, and whether a folder holds one",
    subcommands=(
        Command("list", "the data sets there are readers for, their licences and protocols", ListOptions, run_list),
        Command("unpack", "frames of archives as files that can be read in any order", UnpackOptions, run_unpack),
        Command("check", "what a folder holds of a data set, what is missing or broken", CheckOptions, run_check),
    ),
)
