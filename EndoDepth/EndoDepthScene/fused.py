"""A fused surface as a scene: the coloured model, its structures and the endoscope's first camera."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from EndoDepthLib.errors import OutputError
from EndoDepthLib.fusion import FusedSurface
from EndoDepthLib.results.atomic import PARTIAL_PREFIX, atomic_path, write_error
from EndoDepthScene.cameras import add_camera, place_camera
from EndoDepthScene.hierarchy import CaseFolder
from EndoDepthScene.kinds import CAMERA, KIND
from EndoDepthScene.models import STRUCTURE_COLOR, TISSUE_COLOR, show_colors, surface_poly_data
from EndoDepthScene.placement import RAS_FROM_CAMERA
from EndoDepthScene.provenance import PREFIX, unit_of, with_unit
from EndoDepthScene.scales import SCALE, SCALE_SOURCE
from EndoDepthScene.session import MrmlSession
from EndoDepthScene.terminology import terminology_entry

FUSED_SURFACE = "FusedSurface"
FUSED_CAMERA_REFERENCE = PREFIX + "fusedCamera"
_SPACE_FACTOR = 6  # files of a scene lie beside the packed one while it is made


def add_fused(scene: Any, fused: FusedSurface, name: str, tint: bool = False) -> Any:
    """Add the surface to a scene; returns the model node. Its camera node is its node reference "fusedCamera".

    The model has the point arrays RGB, RGB by structure and Label (with structures), and attributes that say unit,
    scale source, and of every structure its name, class, colour, terminology, share of the area and what taught it.
    tint: show it coloured by structure.
    """
    scale = fused.scale
    model = scene.AddNewNodeByClass("vtkMRMLModelNode", with_unit(f"{name} fused surface", scale))
    model.SetAndObservePolyData(surface_poly_data(fused.surface, fused.segments))
    show_colors(model, STRUCTURE_COLOR if tint and fused.segments else TISSUE_COLOR)
    attributes: dict[str, str] = {
        KIND: FUSED_SURFACE,
        PREFIX + "Units": unit_of(scale),
        SCALE: scale.value,
        SCALE_SOURCE: fused.scale_source,
        PREFIX + "FramesUsed": str(fused.report.get("frames_used", "")),
        PREFIX + "Holes": str(fused.report.get("holes", "")),
    }
    areas = fused.areas()
    whole = max(float(areas.sum()), 1e-30)
    for number, segment in enumerate(fused.segments, start=1):
        own = f"{PREFIX}Structure.{number}."
        attributes |= {
            own + "Name": segment.name,
            own + "Class": segment.class_name,
            own + "Color": " ".join(map(str, segment.color)),
            own + "Terminology": terminology_entry(segment.class_name),
            own + "TaughtBy": segment.taught_by,
            own + "AreaShare": f"{areas[number] / whole:.4f}",
        }
    for key, value in attributes.items():
        model.SetAttribute(key, value)
    camera = add_camera(scene, f"{name} endoscope, first fused frame")
    _place(camera, fused)
    camera.SetAttribute(KIND, CAMERA)
    model.SetNodeReferenceID(FUSED_CAMERA_REFERENCE, camera.GetID())
    folder = CaseFolder(scene, f"{name} fused")
    folder.add(model)
    folder.add(camera)
    return model


def build_fused_scene(
    fused: FusedSurface, mrb_path: Path, name: str, progress: Callable[[float], None] | None = None
) -> None:
    """Write the scene of a fused surface to `mrb_path`, aside and renamed; progress is called with 0..1.

    Raises OutputError when the disk cannot take it.
    """
    report = progress or (lambda fraction: None)
    mrb_path = Path(mrb_path)
    aside = mrb_path.parent / f"{PARTIAL_PREFIX}{mrb_path.stem}"
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        needed = _SPACE_FACTOR * (fused.surface.vertices.nbytes + fused.surface.triangles.nbytes)
        if shutil.disk_usage(aside).free < needed:
            raise OutputError(
                f"no space for the scene in '{mrb_path.parent}': about {needed / 1e6:.0f} MB needed; free some space"
            )
        with MrmlSession(aside) as session:
            model = add_fused(session.scene, fused, name)
            model.AddDefaultStorageNode()
            model.GetStorageNode().SetFileName("fused-surface.vtp")
            report(0.5)
            if not session.write(aside / mrb_path.name):
                raise OutputError(f"scene '{mrb_path}' cannot be written; check free space and rights of its folder")
        with atomic_path(mrb_path) as renamed:
            (aside / mrb_path.name).replace(renamed)
        report(1.0)
    except OSError as error:
        raise write_error(mrb_path, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _place(node: Any, fused: FusedSurface) -> None:
    """Put the camera node where the first fused frame was taken from."""
    pose = fused.world_from_camera
    distances = (fused.surface.vertices - pose[:3, 3]) @ pose[:3, 2]
    focal_distance = float(np.median(np.abs(distances)))
    place_camera(node, fused.camera, focal_distance)
    position = RAS_FROM_CAMERA @ pose[:3, 3]
    node.SetPosition(*position)
    node.SetFocalPoint(*(position + focal_distance * (RAS_FROM_CAMERA @ pose[:3, 2])))
    node.SetViewUp(*(RAS_FROM_CAMERA @ -pose[:3, 1]))
