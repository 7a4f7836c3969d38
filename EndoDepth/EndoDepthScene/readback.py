"""Reading a scene back through MRML and comparing it with the results it was built from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry import project
from EndoDepthLib.results import ResultsFolder
from EndoDepthScene.cameras import camera_of
from EndoDepthScene.kinds import (
    BROWSER,
    CAMERA,
    CONFIDENCE,
    DEPTH,
    FRAME,
    SEQUENCE_KINDS,
    STRUCTURES,
    SURFACE,
    nodes_of_kind,
)
from EndoDepthScene.models import TISSUE_COLOR, camera_points_of, point_scalars_of
from EndoDepthScene.segmentations import labels_of
from EndoDepthScene.session import MrmlSession
from EndoDepthScene.volumes import confidence_percent, depth_pixels, pixels_of


@dataclass(frozen=True)
class SceneCheck:
    """What a scene holds and how it compares with the results.

    time_points: number of items of each sequence under the browser. The counts say in how many frames the scene equals
    the results exactly; max_reprojection_px is the largest distance between a surface vertex, projected through the
    camera that the scene keeps (lens distortion included), and the pixel centre it comes from.
    """

    time_points: dict[str, int] = field(default_factory=dict)
    identical_frames: int = 0
    identical_depths: int = 0
    identical_confidences: int = 0
    identical_labels: int = 0
    identical_colors: int = 0
    max_reprojection_px: float = 0.0
    camera_is_equal: bool = False

    def problems(self, results: ResultsFolder) -> list[str]:
        """What is wrong, one line each; empty for a scene that says what the results say."""
        count, request = len(results), results.request
        found = [f"{kind}: {n} time points, expected {count}" for kind, n in self.time_points.items() if n != count]
        expected = {FRAME, DEPTH, CONFIDENCE}
        expected |= ({STRUCTURES} if request.segments else set()) | ({SURFACE} if request.has_surfaces else set())
        found += [f"{kind}: no such sequence" for kind in sorted(expected - self.time_points.keys())]
        pairs = {FRAME: self.identical_frames, DEPTH: self.identical_depths, CONFIDENCE: self.identical_confidences}
        pairs |= {STRUCTURES: self.identical_labels} if request.segments else {}
        pairs |= {SURFACE: self.identical_colors} if request.has_surfaces else {}
        found += [f"{kind}: {n} of {count} equal the results" for kind, n in pairs.items() if n != count]
        if not self.max_reprojection_px < 0.01:
            found.append(
                f"surface vertices lie {self.max_reprojection_px:.3g} px from their pixels, expected below 0.01"
            )
        return found if self.camera_is_equal else [*found, "camera: differs from the results"]


def find_sequences(scene: Any) -> dict[str, Any]:
    """The sequence nodes of a case by kind, those of the scene's first browser that is one of ours.

    Raises InputError when the scene has none.
    """
    browser = find_node(scene, "vtkMRMLSequenceBrowserNode", BROWSER)
    found = {}
    for kind in SEQUENCE_KINDS:
        for node in nodes_of_kind(scene, "vtkMRMLSequenceNode", kind):
            if browser.GetProxyNode(node) is not None:
                found[kind] = node
    return found


def find_node(scene: Any, class_name: str, kind: str) -> Any:
    """The first node of a class with this kind ("Browser", "Camera", "ChosenSurface"). Raises InputError for none."""
    for node in nodes_of_kind(scene, class_name, kind):
        return node
    raise InputError(f"the scene has no {class_name} of kind '{kind}'; expected a scene made by this program")


def check_scene(mrb_path: Path, results: ResultsFolder) -> SceneCheck:
    """Read a scene through MRML and compare it with the results. Raises InputError when it cannot be read."""
    with MrmlSession() as session:
        session.read(mrb_path)
        sequences = find_sequences(session.scene)
        camera = camera_of(find_node(session.scene, "vtkMRMLCameraNode", CAMERA))
        points = {kind: node.GetNumberOfDataNodes() for kind, node in sequences.items()}
        same = dict.fromkeys(SEQUENCE_KINDS, 0)
        distance_px = 0.0
        for position in range(min(*points.values(), len(results))):
            items = {kind: node.GetNthDataNode(position) for kind, node in sequences.items()}
            frame, depth = results.frame(position), results.depth(position)
            same[FRAME] += np.array_equal(pixels_of(items[FRAME]), frame.image)
            same[DEPTH] += np.array_equal(pixels_of(items[DEPTH]), depth_pixels(depth))
            same[CONFIDENCE] += np.array_equal(pixels_of(items[CONFIDENCE]), confidence_percent(depth))
            labels, surface = results.labels(position), results.surface(position)
            if labels is not None and STRUCTURES in items:
                same[STRUCTURES] += np.array_equal(labels_of(items[STRUCTURES], results.size), labels.labels)
            if surface is not None and SURFACE in items and camera is not None:
                columns, rows = surface.pixels.astype(np.intp).T
                colors = point_scalars_of(items[SURFACE], TISSUE_COLOR)
                same[SURFACE] += np.array_equal(colors, frame.image[rows, columns])
                offsets = project(camera, camera_points_of(items[SURFACE])) - surface.pixels
                distance_px = max(distance_px, float(np.hypot(*offsets.T).max(initial=0.0)))
    return SceneCheck(
        points,
        int(same[FRAME]),
        int(same[DEPTH]),
        int(same[CONFIDENCE]),
        int(same[STRUCTURES]),
        int(same[SURFACE]),
        distance_px,
        camera == results.camera,
    )
