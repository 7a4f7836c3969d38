"""Hamlyn videos as rectified for Endo-Depth-and-Motion (Recasens et al. 2021), with depth from stereo."""

from __future__ import annotations

from pathlib import Path

from EndoDepthLib.video.image_file import image_size
from EndoDepthTrainingLib.datasets.public.camera_matrices import camera_of_text
from EndoDepthTrainingLib.datasets.public.decoding import DepthMap, Picture
from EndoDepthTrainingLib.datasets.public.description import (
    DatasetDescription,
    Protocol,
    WeightsUse,
    depth_between,
)
from EndoDepthTrainingLib.datasets.public.listing import (
    ListedFrame,
    Listing,
    by_stem,
    checked_folder,
    counterparts,
    files_with,
    index_in,
    subfolders,
    wrong_layout,
)
from EndoDepthTrainingLib.datasets.public.sample import Sample

SEQUENCES = (1, 4, 5, 6, 8, 9, 11, 12, *range(14, 28))
LAYOUT = (
    "rectified01/image01/0000000001.jpg (or color/)",
    "rectified01/depth01/0000000001.png (16 bit, mm; or depth/)",
    "rectified01/intrinsics.txt",
)
URL = "https://github.com/UZ-SLAMLab/Endo-Depth-and-Motion (section Data)"
_FOLDERS = (("image01", "depth01"), ("color", "depth"))


def read(folder: Path) -> Listing:
    """The left views; sequence: "rectified01". Raises InputError when the layout is another."""
    missing: list[str] = []
    frames: list[ListedFrame] = []
    present = set()
    for outer in subfolders(checked_folder(folder), "rectified*"):
        # The archives unpack to rectified01/rectified01/ as often as not.
        inner = outer / outer.name if (outer / outer.name).is_dir() else outer
        names = next((pair for pair in _FOLDERS if (inner / pair[0]).is_dir()), None)
        if names is not None:
            present.add(outer.name)
            frames += _read_sequence(inner, outer.name, *names, missing)
    if not frames:
        raise wrong_layout(folder, "holds no rectified*/image01 with pictures", LAYOUT, URL)
    absent = tuple(f"rectified{number:02d}" for number in SEQUENCES if f"rectified{number:02d}" not in present)
    return Listing(f"{len(present)} rectified sequences", tuple(frames), (), tuple(missing), absent)


def _read_sequence(path: Path, sequence: str, images: str, depth: str, missing: list[str]) -> list[ListedFrame]:
    pictures = by_stem(files_with(path / images, (".jpg", ".png")))
    depths = counterparts(pictures, by_stem(files_with(path / depth, (".png",))), "depth", missing, path / depth)
    camera = None
    intrinsics = path / "intrinsics.txt"
    if not intrinsics.is_file():
        missing.append(f"'{intrinsics}' is missing: no camera")
    elif pictures:
        camera = camera_of_text(intrinsics, image_size(next(iter(pictures.values()))))
    return [
        ListedFrame(
            Sample(
                f"{sequence}/{stem}",
                sequence,
                index_in(stem, place),
                Picture(file),
                DepthMap(depths[stem], 1.0) if stem in depths else None,
                camera=camera,
            ),
            (file, depths[stem]) if stem in depths else (file,),
        )
        for place, (stem, file) in enumerate(pictures.items())
    ]


DATASET = DatasetDescription(
    name="hamlyn",
    title="Hamlyn Centre laparoscopic videos, rectified (Endo-Depth-and-Motion)",
    url=URL,
    licence="Hamlyn Centre: for research; the rectified edition names no licence of its own",
    citation="D. Recasens et al., Endo-Depth-and-Motion, IEEE RA-L 6 (2021) 7225-7232; P. Mountney et al., "
    "Three-dimensional tissue deformation recovery and tracking, IEEE Signal Processing Magazine 27 (2010)",
    weights=WeightsUse.NONE,
    truth="depth from stereo matching, camera",
    layout=LAYOUT,
    protocols=(Protocol("endo-depth", "every left frame, 1 < gt < 300 mm", depth=depth_between(1.0, 300.0)),),
    read=read,
    caveats=(
        "the depth is that of stereo matching (Libelas), whole millimetres, saturated at 300 mm: a check, not truth",
        "published figures use different frames of it: name the sequences beside a figure",
    ),
)
