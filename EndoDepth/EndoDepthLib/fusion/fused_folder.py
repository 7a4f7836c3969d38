"""A fused folder: the surface in four formats, how much was seen of each vertex, and fused.json."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import EndoDepthError, InputError
from EndoDepthLib.fusion.fused_surface import FusedSurface
from EndoDepthLib.fusion.mesh_files import SPACE, UNITS, write_obj, write_stl, write_vtp
from EndoDepthLib.geometry.camera_file import camera_to_json
from EndoDepthLib.results.arrays import encode_array
from EndoDepthLib.results.atomic import atomic_path, atomic_write, make_folder
from EndoDepthLib.results.manifest import ResultsSegment
from EndoDepthLib.results.schema_file import read_schema_file
from EndoDepthLib.values import Camera, DistortionModel, Scale

SCHEMA, SCHEMA_VERSION = "endodepth-fused", 1
FUSED, SURFACE, WEIGHTS, SCENE, VIEWS = "fused.json", "surface", "weights.npy", "scene.mrb", "views.png"
_LARGEST_BYTES = 64 << 20


def save_fused(folder: Path, fused: FusedSurface) -> None:
    """Write surface.ply .vtp .obj .stl, weights.npy and then fused.json, each in one step.

    Raises OutputError when that is not possible.
    """
    from EndoDepthLib.reconstruction import write_ply

    folder = Path(folder)
    make_folder(folder)
    with atomic_path(folder / f"{SURFACE}.ply") as aside:
        write_ply(fused.surface, aside)
    for suffix, write in (("vtp", write_vtp), ("obj", write_obj), ("stl", write_stl)):
        with atomic_path(folder / f"{SURFACE}.{suffix}") as aside:
            write(fused, aside)
    atomic_write(folder / WEIGHTS, encode_array(fused.weights.reshape(-1, 1)))
    values = {
        "schema": SCHEMA,
        "version": SCHEMA_VERSION,
        "scale": fused.scale.value,
        "scale_source": fused.scale_source,
        "units": UNITS[fused.scale],
        "space": SPACE,
        "segments": [asdict(segment) for segment in fused.segments],
        "camera": camera_to_json(fused.camera),
        "world_from_camera": fused.world_from_camera.tolist(),
        "areas": [round(float(area), 6) for area in fused.areas()],
        "report": fused.report,
    }
    atomic_write(folder / FUSED, json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def load_fused(folder: Path) -> FusedSurface:
    """The surface in a folder made by 'endodepth fuse'. Raises InputError in one line when it is missing or damaged."""
    from EndoDepthLib.reconstruction import read_ply
    from EndoDepthLib.results.arrays import read_array

    folder = Path(folder)
    path = folder / FUSED
    if not path.is_file():
        raise InputError(f"'{folder}' holds no {FUSED}; expected a folder made by 'endodepth fuse'")
    values = read_schema_file(path, SCHEMA, SCHEMA_VERSION, _LARGEST_BYTES, "fused", "endodepth fuse")
    surface = read_ply(folder / f"{SURFACE}.ply")
    weights = read_array(folder / WEIGHTS, np.float32).ravel()
    try:
        lens = {**values["camera"], "distortion_model": DistortionModel(values["camera"]["distortion_model"])}
        camera = Camera(**{**lens, "distortion": tuple(map(float, lens["distortion"]))})
        pose = np.array(values["world_from_camera"], dtype=np.float64)
        if pose.shape != (4, 4) or not np.all(np.isfinite(pose)):
            raise ValueError("world_from_camera is not 4 x 4 finite numbers")
        segments = tuple(ResultsSegment(**{**s, "color": tuple(s["color"])}) for s in values["segments"])
        scale, source, report = Scale(values["scale"]), str(values["scale_source"]), dict(values["report"])
        return FusedSurface(replace(surface, scale=scale), weights, segments, source, camera, pose, report)
    except (KeyError, TypeError, ValueError, EndoDepthError) as error:
        reason = str(error) if isinstance(error, EndoDepthError) else f"{type(error).__name__}: {error}"
        raise InputError(f"'{path}' lacks or misstates a value ({reason}); run 'endodepth fuse' again") from error
