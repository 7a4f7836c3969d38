"""`endodepth scale`: millimetres for what is known up to scale, with an error bar."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.options import group, option, path, positional, positive_number, repeated, required, switch


@dataclass(frozen=True)
class ScaleSourceOptions:
    """Where millimetres come from; one of them."""

    distances: tuple[tuple[str, ...], ...] = repeated(
        "known distance between two pixels of a frame (FRAME as in frames/FRAME.png); may be given several times",
        flag="--distance",
        metavar=("FRAME", "U1", "V1", "U2", "V2", "MM"),
    )
    vertices: tuple[tuple[str, ...], ...] = repeated(
        "known distance between two vertices of a fused surface, by their numbers from 0; may be given several times",
        flag="--vertices",
        metavar=("N1", "N2", "MM"),
    )
    instrument_diameter: float | None = option(
        "known diameter of the shaft of the instrument that the frames' labels mark",
        parse=positive_number("a diameter in mm"),
        metavar="MM",
    )
    instrument: str | None = option(
        "name of the structure that is the instrument (default: the one of class 'surgical instrument')",
        metavar="NAME",
    )
    poses: Path | None = option(
        "poses of a tracker or robot in mm, as 'endodepth track --poses' takes them (.tum, .csv, .mha)",
        parse=path,
        metavar="FILE",
    )
    poses_at_camera: bool = switch(
        "the poses are those of the camera itself, not of a marker somewhere on the endoscope"
    )
    stereo_right: Path | None = option(
        "video or folder of the right camera; the frames are the left one's", parse=path, metavar="VIDEO"
    )
    stereo_calibration: Path | None = option(
        "stereo calibration JSON: left and right (as camera files), rotation and translation_mm of the right from the "
        "left camera",
        parse=path,
        metavar="FILE",
    )
    registration: Path | None = option(
        "registration.json (or its folder) of 'endodepth register' with a surface fused from these frames",
        parse=path,
        metavar="FILE",
    )


@dataclass(frozen=True)
class ScaleOptions:
    """What `endodepth scale` is told."""

    folder: Path = positional(
        "folder of 'endodepth reconstruct', 'track' or 'fuse'; it is not changed", parse=path, metavar="FOLDER"
    )
    output: Path = required("new or empty folder for scale.json", parse=path, metavar="DIR")
    source: ScaleSourceOptions = group("source of millimetres (one of them)", ScaleSourceOptions)
    apply: bool = switch("also write the whole folder, in millimetres, to DIR")


def run(options: ScaleOptions) -> None:
    """Find the scale, write it, and say it."""
    from EndoDepthCLI.job.scaling import find_scale

    find_scale(options)


COMMAND = Command("scale", "millimetres from a known length, tracker, stereo pair or CT", ScaleOptions, run)
