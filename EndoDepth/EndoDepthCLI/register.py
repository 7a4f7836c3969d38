"""`endodepth register`: a seen surface brought to the organ in the CT."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.options import group, option, path, positional, positive_number, repeated, required, switch

VIEWS = ("left", "right", "posterior", "anterior", "superior", "inferior")


@dataclass(frozen=True)
class OrganOptions:
    """Which part of the CT is the organ."""

    threshold: tuple[tuple[str, ...], ...] = repeated(
        "the organ's voxels are those with values in this range, as 40 180 (Hounsfield units)",
        flag="--threshold",
        metavar=("LOW", "HIGH"),
    )
    segment: str | None = option("the organ is the segment of this name in a .seg.nrrd", metavar="NAME")
    view: str | None = option("use only the side that is seen from there", choices=VIEWS)


@dataclass(frozen=True)
class LandmarkOptions:
    """Points that are the same place on the surface and in the CT."""

    landmarks: Path | None = option(
        "CSV of pairs: surface_x surface_y surface_z ct_x ct_y ct_z (LPS), and maybe name noise_mm",
        parse=path,
        metavar="FILE",
    )
    surface_points: Path | None = option(
        "point list of Slicer (.mrk.json) on the surface; with --ct-points", parse=path, metavar="FILE"
    )
    ct_points: Path | None = option("point list of Slicer (.mrk.json) in the CT", parse=path, metavar="FILE")
    landmark_noise: float = option(
        "how far a mark is from the true place, in mm (default 4)",
        default=4.0,
        parse=positive_number("a length"),
        metavar="MM",
    )
    landmarks_only: bool = switch("stop at the landmarks: do not refine on the surface")


@dataclass(frozen=True)
class PlanningOptions:
    """Structures in the CT that matter for the plan."""

    structures: tuple[str, ...] = repeated(
        "a structure to measure distances to and to draw over the frame: a segment of CT, or a surface file; may be "
        "given several times",
        flag="--structure",
        metavar="NAME|FILE",
    )
    frame: Path | None = option(
        "picture to draw the organ and the structures over; its camera is --camera", parse=path, metavar="FILE"
    )
    camera: Path | None = option(
        "camera JSON of the frame (default: that of the fused folder)", parse=path, metavar="FILE"
    )
    pose: Path | None = option(
        "text file with the 16 numbers of world_from_camera of the frame, in the surface's axes and unit (default: the "
        "first fused frame's; for a file, the identity)",
        parse=path,
        metavar="FILE",
    )


@dataclass(frozen=True)
class RegisterOptions:
    """What `endodepth register` is told."""

    surface: Path = positional("folder of 'endodepth fuse', or a surface file (LPS)", parse=path, metavar="SURFACE")
    ct: Path = positional(
        "DICOM folder, .nrrd, .nii, .mha, .seg.nrrd, or the organ's surface (.stl .ply .obj .vtp .vtk)",
        parse=path,
        metavar="CT",
    )
    output: Path = required("folder for the results; new or empty", parse=path, metavar="DIR")
    organ: OrganOptions = group("organ", OrganOptions)
    marks: LandmarkOptions = group("landmarks", LandmarkOptions)
    planning: PlanningOptions = group("planning", PlanningOptions)
    only: str | None = option("use only this structure of the fused surface, as 'liver'", metavar="NAME")
    bend: bool = switch("also write bent.vtp: the surface bent onto the organ by a thin-plate spline, kept apart")


def run(options: RegisterOptions) -> None:
    """Register, write, and say what came of it."""
    from EndoDepthCLI.job.registering import register

    print(register(options))


COMMAND = Command(
    "register", "bring a seen surface to the organ in a CT, with the error to expect", RegisterOptions, run
)
