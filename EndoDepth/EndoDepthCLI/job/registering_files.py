"""What `endodepth register` writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from EndoDepthCLI.job.progress import Progress
from EndoDepthCLI.register import PlanningOptions, RegisterOptions
from EndoDepthCLI.versions import program_version
from EndoDepthLib.anatomy import OrganSurface, write_surface_file
from EndoDepthLib.errors import CameraError, InputError, SettingsError
from EndoDepthLib.geometry import load_camera
from EndoDepthLib.registration import (
    Registration,
    SeenCase,
    SeenSurface,
    bend_onto,
    distance_table,
    distances_mm,
    draw_overlay,
    draw_registration,
    save_registration,
    structure_distances,
    write_transform,
)
from EndoDepthLib.registration.thin_plate import LABEL
from EndoDepthLib.results import atomic_write
from EndoDepthLib.results.arrays import encode_image
from EndoDepthLib.results.atomic import make_folder
from EndoDepthLib.values import Camera

SURFACE = "whole surface"


@dataclass(frozen=True)
class RegisteredCase:
    """What was brought where."""

    case: SeenCase
    organ: OrganSurface
    structures: tuple[OrganSurface, ...]
    registration: Registration


def write_registered(options: RegisterOptions, done: RegisteredCase) -> None:
    """Write all files into the output folder; registration.json is last."""
    from EndoDepthScene.registered import build_registered_scene

    folder, found = options.output, done.registration
    seen, targets = done.case.seen, done.structures or (done.organ,)
    overlay = _overlay(options.planning, done)
    make_folder(folder)
    with Progress("files", 6, "file") as progress:
        for suffix in (".tfm", ".h5"):
            write_transform(folder / f"ct_from_surface{suffix}", found.matrix)
        progress.step()
        placed = found.ct_from_surface.apply(seen.vertices)
        moved = SeenSurface(placed, seen.triangles, seen.weights, True)
        scalars = {"Distance to organ (mm)": found.residuals_mm}
        scalars |= {f"Distance to {each.name} (mm)": distances_mm(placed, each) for each in done.structures}
        write_surface_file(folder / "residuals.vtp", moved, scalars)
        progress.step()
        atomic_write(folder / "distances.csv", distance_table(structure_distances(found, _parts(done.case), targets)))
        provenance: dict[str, Any] = {"program": f"endodepth {program_version()}", "organ": done.organ.name}
        if options.bend:
            bent = bend_onto(seen, done.organ, found)
            mesh = SeenSurface(bent.vertices, seen.triangles, seen.weights, True)
            write_surface_file(folder / "bent.vtp", mesh, {"Moved (mm)": bent.moved_mm.astype(np.float32)})
            provenance["bent"] = {
                "what": LABEL,
                "rms_before_mm": bent.rms_before_mm,
                "rms_after_mm": bent.rms_after_mm,
            }
        progress.step()
        atomic_write(folder / "picture.png", encode_image(draw_registration(seen, done.organ, found)))
        if overlay is not None:
            atomic_write(folder / "overlay.png", encode_image(overlay))
        progress.step()
        scene = options.surface / "scene.mrb"
        build_registered_scene(
            folder / "scene.mrb", seen, done.organ, done.structures, found, scene if scene.is_file() else None
        )
        progress.step()
        save_registration(folder, found, provenance)
        progress.step()


def _parts(case: SeenCase) -> dict[str, np.ndarray]:
    """The seen surface, and its structures one by one (a segmented instrument among them)."""
    parts = {SURFACE: case.seen.vertices}
    for number, name in enumerate(case.names, start=1):
        parts[name] = case.seen.vertices[case.labels == number]
    return parts


def _overlay(options: PlanningOptions, done: RegisteredCase) -> np.ndarray | None:
    if options.frame is None:
        if options.pose is not None:
            raise SettingsError("--pose says where --frame was taken from, which is not given")
        return None
    camera, pose = _camera(options, done.case), _pose(options.pose, done.case)
    pixels = cv2.imdecode(np.frombuffer(_bytes(options.frame), np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise InputError(f"frame '{options.frame}' is no picture; expected .png or .jpg")
    structures = done.structures or (done.organ,)
    return draw_overlay(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), structures, done.registration, camera, pose)


def _camera(options: PlanningOptions, case: SeenCase) -> Camera:
    if options.camera is not None:
        return load_camera(options.camera)
    if case.camera is None:
        raise CameraError("the lens of --frame is not known; give --camera FILE")
    return case.camera


def _pose(path: Path | None, case: SeenCase) -> np.ndarray:
    if path is None:
        return np.eye(4) if case.world_from_camera is None else case.world_from_camera
    try:
        pose = np.array(_bytes(path).decode("utf-8").replace(",", " ").split(), np.float64).reshape(4, 4)
    except ValueError as error:
        raise InputError(f"pose '{path}' is not 16 numbers, four a line; expected world_from_camera") from error
    turn = pose[:3, :3]
    if not np.allclose(turn @ turn.T, np.eye(3), atol=1e-4) or np.linalg.det(turn) < 0:
        raise InputError(f"pose '{path}' does not turn rightly; expected a rotation and a translation")
    return pose


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"'{path}' cannot be read: {error.strerror or error}") from error
