"""What the panel gives to `endodepth register`, and what it reads of its answer."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from slicer.i18n import tr as _

from EndoDepthLib.anatomy.poly_data import from_poly_data
from EndoDepthLib.anatomy.surface_file import write_surface_file
from EndoDepthLib.errors import InputError
from EndoDepthLib.registration.registration_file import REGISTRATION, load_registration
from EndoDepthScene.case_view import CaseView
from EndoDepthScene.ct_structures import CTStructure
from EndoDepthScene.kinds import SURFACE
from EndoDepthScene.landmark_pairs import LandmarkLists
from EndoDepthScene.placement import RAS_FROM_CAMERA

_COLUMNS = ("surface_x", "surface_y", "surface_z", "ct_x", "ct_y", "ct_z")


def write_input(
    folder: Path, view: CaseView, structure: CTStructure, landmarks: LandmarkLists | None
) -> tuple[str, ...]:
    """Write the selected frame's surface, the structure and the landmark pairs; the command's arguments.

    Raises InputError when the frame or the structure has no surface.
    """
    item = view.item(SURFACE)
    if item is None or item.GetPolyData() is None or item.GetPolyData().GetNumberOfCells() == 0:
        raise InputError(f"'{view.name}' has no surface in frame {view.frame_index}; choose a frame that has one")
    vertices, triangles = from_poly_data(item.GetPolyData())
    seen = SimpleNamespace(vertices=vertices @ RAS_FROM_CAMERA, triangles=triangles)
    write_surface_file(folder / "seen.vtp", seen)
    write_surface_file(folder / "structure.vtp", structure.surface())
    arguments = ["register", str(folder / "seen.vtp"), str(folder / "structure.vtp")]
    if landmarks is not None:
        pairs = np.column_stack([landmarks.surface_points(), landmarks.ct_points()])
        with (folder / "landmarks.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(_COLUMNS)
            table.writerows(pairs.tolist())
        arguments += ["--landmarks", str(folder / "landmarks.csv")]
    return tuple(arguments)


@dataclass(frozen=True)
class Outcome:
    """A pose of the case in the CT, (4, 4) LPS, and what registration.json says of it."""

    ct_from_camera: np.ndarray
    found: dict[str, Any]


def read_outcome(folder: Path) -> Outcome:
    """The result of the command. Raises InputError when it is missing or damaged."""
    registration = load_registration(folder)
    return Outcome(registration.matrix, json.loads((folder / REGISTRATION).read_text(encoding="utf-8")))


def outcome_text(found: dict[str, Any]) -> str:
    """How well it fits and which error to expect, in sentences. found: the values of registration.json."""
    bound = found["expected_target_error_mm"]["bound"]
    text = _(
        "The seen surface lies {rms:.1f} mm from the structure (root mean square), covering {coverage:.0f} % of it."
    )
    text = text.format(rms=found["rms_mm"], coverage=100 * found["coverage"])
    if found["ambiguous"]:
        text += " " + _("Ambiguous: another pose fits about as well, so no error is promised. Mark landmarks.")
    else:
        text += " " + _("Below it expect an error of up to {bound:.1f} mm (9 of 10 times).").format(bound=bound)
    errors = found.get("leave_one_out_mm")
    if errors:
        worst = int(np.argmax(errors))
        text += " " + _("Landmark {number} lies {error:.1f} mm from where the others put it, the farthest.").format(
            number=worst + 1, error=errors[worst]
        )
    return text
