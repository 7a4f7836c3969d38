"""Folders of plain videos or pictures, and the two large sets that are such: OpenRC and CRCD."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from EndoDepthLib.evaluation.pairing import natural_key
from EndoDepthLib.video.image_file import IMAGE_SUFFIXES
from EndoDepthTrainingLib.datasets.public.decoding import Picture
from EndoDepthTrainingLib.datasets.public.description import DatasetDescription, Protocol, WeightsUse
from EndoDepthTrainingLib.datasets.public.films import VIDEO_SUFFIXES, FilmFrame, film_size
from EndoDepthTrainingLib.datasets.public.listing import (
    ListedFrame,
    Listing,
    checked_folder,
    files_with,
    wrong_layout,
)
from EndoDepthTrainingLib.datasets.public.sample import Sample

LAYOUT = ("any.mp4 (avi, mov, mkv, ...)", "any/folder/of/pictures/0001.png")
OPENRC_LAYOUT = ("videos, at any depth, such as videos/chunk-000/observation.images.colonoscope/episode_000000.mp4",)
CRCD_LAYOUT = ("recordings such as G_2/ with a left and a right video and .bag files", "cam_calib/")
OPENRC_URL = "https://arxiv.org (search: OpenRC open-source robotic colonoscopy framework), its data link"
CRCD_URL = "https://github.com/sitleng/CRCD"


def read(folder: Path) -> Listing:
    """Every video, and every folder with pictures, at any depth: a sequence each, by its path. Raises InputError."""
    return _read(folder, LAYOUT, "your own endoscope", lambda path: True)


def read_openrc(folder: Path) -> Listing:
    """As `read`. Raises InputError."""
    return _read(folder, OPENRC_LAYOUT, OPENRC_URL, lambda path: True)


def read_crcd(folder: Path) -> Listing:
    """The videos of the left camera (all whose names do not say "right"). Raises InputError."""
    return _read(folder, CRCD_LAYOUT, CRCD_URL, lambda path: "right" not in path.name.lower())


def _read(folder: Path, layout: tuple[str, ...], url: str, wanted: Callable[[Path], bool]) -> Listing:
    paths = sorted(checked_folder(folder).rglob("*"), key=lambda path: natural_key(path.as_posix()))
    visible = [path for path in paths if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    films = [path for path in visible if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file() and wanted(path)]
    frames: list[ListedFrame] = []
    for film in films:
        sequence = film.relative_to(folder).with_suffix("").as_posix()
        for number in range(film_size(film)[0]):
            sample = Sample(f"{sequence}/{number}", sequence, number, FilmFrame(film, number))
            frames.append(ListedFrame(sample, (film,)))
    folders = 0
    for place in [folder, *(path for path in visible if path.is_dir())]:
        pictures = [path for path in files_with(place, IMAGE_SUFFIXES) if wanted(path)]
        folders += bool(pictures)
        sequence = place.name if place == folder else place.relative_to(folder).as_posix()
        for number, path in enumerate(pictures):
            frames.append(ListedFrame(Sample(f"{sequence}/{path.stem}", sequence, number, Picture(path)), (path,)))
    if not frames:
        raise wrong_layout(folder, "holds neither videos nor pictures", layout, url)
    return Listing(f"{len(films)} videos, {folders} folders of pictures", tuple(frames))


_ALL = Protocol("all", "every frame")
DATASETS = (
    DatasetDescription(
        name="videos",
        title="a folder of plain videos, or folders of pictures",
        url="your own endoscope",
        licence="yours",
        citation="none",
        weights=WeightsUse.YOURS,
        truth="none: for self-supervision",
        layout=LAYOUT,
        protocols=(_ALL,),
        read=read,
    ),
    DatasetDescription(
        name="openrc",
        title="OpenRC: open-source robotic colonoscopy, multimodal data",
        url=OPENRC_URL,
        licence="CC BY 4.0",
        citation="the authors of OpenRC, as its page asks",
        weights=WeightsUse.ANY,
        truth="none: for self-supervision",
        layout=OPENRC_LAYOUT,
        protocols=(_ALL,),
        read=read_openrc,
        caveats=(
            "the layout of the release was not at hand when the reader was written: it takes every video it finds, "
            "side cameras included; leave those out of the folder",
        ),
    ),
    DatasetDescription(
        name="crcd",
        title="CRCD: comprehensive robotic cholecystectomy dataset (da Vinci, ex vivo porcine livers)",
        url=CRCD_URL,
        licence="CC BY 4.0",
        citation="K.-H. Oh et al., Comprehensive robotic cholecystectomy dataset (CRCD), ISMR 2024, arXiv:2312.01183; "
        "expanded: arXiv:2412.12238",
        weights=WeightsUse.ANY,
        truth="none here: for self-supervision",
        layout=CRCD_LAYOUT,
        protocols=(
            Protocol("rectified", "the 1280 x 720 picture above the burnt-in time", crop_px=(0, 0, 1280, 720)),
            _ALL,
        ),
        read=read_crcd,
        caveats=(
            "the calibration comes as a Python pickle, which is not read: it could run anything",
            "names of the videos were not at hand: what says 'right' is left out; kinematics (.bag) are not read",
        ),
    ),
)
