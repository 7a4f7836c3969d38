"""Folders of reference depth: which layout one has, and its images one at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.evaluation.image_files import read_depth, read_picture
from EndoDepthLib.evaluation.pairing import files_of, pair
from EndoDepthLib.evaluation.source_frames import SourceFrames, source_frames
from EndoDepthLib.results.manifest import ResultsManifest
from EndoDepthLib.values import Scale

PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")
SIMCOL_MM_PER_COUNT = 200.0 / 255.0 / 256.0  # 16-bit value / 256 / 255 * 20 cm
SIMCOL_MAX_DEPTH_MM = 200.0


@dataclass(frozen=True)
class DepthReference:
    """One image with known depth: depth (H, W) float64 along the axis, NaN = unknown; image (H, W, 3) uint8 RGB."""

    name: str
    depth: np.ndarray
    image: np.ndarray | None = None


@dataclass(frozen=True)
class DepthReferences:
    """A set of references, read one at a time.

    layout: how the folder was understood; unit of depth ("mm" or "unknown unit"); max_depth: the usual upper limit
    in that unit; names in order; source: which frames these are, where a run made them.
    """

    layout: str
    unit: str
    max_depth: float
    names: tuple[str, ...]
    load: Callable[[str], DepthReference]
    source: SourceFrames | None = None


def find_depth_references(folder: Path, images_dir: Path | None = None) -> DepthReferences:
    """The references in a folder (or one .npz file), by its layout:

    - a .npz file, or a folder with reference.npz: `depth_mm` (0 = unknown) and, if there, `image`;
    - `Depth_*.png` beside `FrameBuffer_*.png`: SimCol3D (16 bit, 0 to 20 cm);
    - `depth/*.npy` beside `frames/*.png`: what `endodepth synthesize` and `endodepth reconstruct` write;
    - else .npy files (a number a pixel) or 16-bit .png files (one unit a count), of unknown unit.

    images_dir: pictures with the names of the references, where the layout brings none. Raises InputError.
    """
    if folder.suffix.lower() == ".npz" or (folder / "reference.npz").is_file():
        return _npz(folder if folder.suffix.lower() == ".npz" else folder / "reference.npz")
    if not folder.is_dir():
        raise InputError(f"'{folder}' is not there; expected a folder of reference depth, or one .npz file")
    if any(folder.glob("Depth_*.png")):
        return _simcol(folder)
    if (folder / "depth").is_dir():
        return _results(folder, images_dir)
    return _plain(folder, images_dir)


def _npz(path: Path) -> DepthReferences:
    def load(name: str) -> DepthReference:
        try:
            with np.load(path, allow_pickle=False) as arrays:
                depth, image = arrays["depth_mm"].astype(np.float64), arrays.get("image")
        except Exception as error:  # numpy and zipfile raise many kinds for damaged files
            raise InputError(f"'{path}' cannot be read ({error}); expected .npz with depth_mm and image") from error
        return DepthReference(name, np.where(depth > 0, depth, np.nan), image)

    return DepthReferences("npz", "mm", math.inf, (path.stem,), load)


def _simcol(folder: Path) -> DepthReferences:
    depths = {path.stem: path for path in files_of(folder, (".png",), "depth", "Depth_*")}

    def load(name: str) -> DepthReference:
        picture = folder / f"{name.replace('Depth_', 'FrameBuffer_', 1)}.png"
        image = read_picture(picture) if picture.is_file() else None
        return DepthReference(name, read_depth(depths[name], SIMCOL_MM_PER_COUNT), image)

    return DepthReferences("SimCol3D", "mm", SIMCOL_MAX_DEPTH_MM, tuple(depths), load)


def _results(folder: Path, images_dir: Path | None) -> DepthReferences:
    manifest = folder / "results.json"
    unit = "mm"
    if manifest.is_file():
        scale = ResultsManifest.from_text(manifest.read_text(encoding="utf-8"), manifest).request.scale
        unit = "mm" if scale is Scale.METRIC_MM else "unknown unit"
    pictures = images_dir or (folder / "frames" if (folder / "frames").is_dir() else None)
    return _from_files("depth and frames", unit, files_of(folder / "depth", (".npy", ".png"), "depth"), pictures)


def _plain(folder: Path, images_dir: Path | None) -> DepthReferences:
    return _from_files("plain", "unknown unit", files_of(folder, (".npy", ".png"), "reference depth"), images_dir)


def _from_files(layout: str, unit: str, files: list[Path], images_dir: Path | None) -> DepthReferences:
    depths = {path.stem: path for path in files}
    if len(depths) != len(files):
        raise InputError(f"'{files[0].parent}' holds two files of one name; keep either .npy or .png files")
    source = source_frames(files[0].parent)
    pictures = {}
    if images_dir is not None:
        of_run = images_dir.name == "frames" and images_dir.parent == files[0].parent.parent  # numbered alike
        found = files_of(images_dir, PICTURES, "pictures")
        pictures = dict(pair(tuple(depths), found, None if of_run else source)[0])

    def load(name: str) -> DepthReference:
        image = read_picture(pictures[name]) if name in pictures else None
        return DepthReference(name, read_depth(depths[name]), image)

    return DepthReferences(layout, unit, math.inf, tuple(depths), load, source)
