"""The seen surface brought to the CT: landmarks, surface alignment, search without landmarks, and the error to expect.

Names are loaded when first used. (The registration of trained weights is EndoDepthLib.inference.registration.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names

if TYPE_CHECKING:
    from EndoDepthLib.registration.landmark_file import read_landmark_table, read_point_lists
    from EndoDepthLib.registration.landmarks import LandmarkPairs
    from EndoDepthLib.registration.overlay import draw_overlay, project_ct_points
    from EndoDepthLib.registration.picture import draw_registration
    from EndoDepthLib.registration.planning import StructureDistance, distance_table, distances_mm, structure_distances
    from EndoDepthLib.registration.register import register_surface
    from EndoDepthLib.registration.registration_file import load_registration, save_registration
    from EndoDepthLib.registration.result import Registration
    from EndoDepthLib.registration.seen_file import SeenCase, read_seen
    from EndoDepthLib.registration.seen_surface import SeenSurface
    from EndoDepthLib.registration.settings import RegistrationSettings
    from EndoDepthLib.registration.thin_plate import ThinPlateBend, bend_onto
    from EndoDepthLib.registration.transform_file import read_transform, write_transform

__all__ = [
    "LandmarkPairs",
    "Registration",
    "RegistrationSettings",
    "SeenCase",
    "SeenSurface",
    "StructureDistance",
    "ThinPlateBend",
    "bend_onto",
    "distance_table",
    "distances_mm",
    "draw_overlay",
    "draw_registration",
    "load_registration",
    "project_ct_points",
    "read_landmark_table",
    "read_point_lists",
    "read_seen",
    "read_transform",
    "register_surface",
    "save_registration",
    "structure_distances",
    "write_transform",
]
_HOME = {
    "LandmarkPairs": "landmarks",
    "Registration": "result",
    "RegistrationSettings": "settings",
    "SeenCase": "seen_file",
    "SeenSurface": "seen_surface",
    "StructureDistance": "planning",
    "ThinPlateBend": "thin_plate",
    "bend_onto": "thin_plate",
    "distance_table": "planning",
    "distances_mm": "planning",
    "draw_overlay": "overlay",
    "draw_registration": "picture",
    "load_registration": "registration_file",
    "project_ct_points": "overlay",
    "read_landmark_table": "landmark_file",
    "read_point_lists": "landmark_file",
    "read_seen": "seen_file",
    "read_transform": "transform_file",
    "register_surface": "register",
    "save_registration": "registration_file",
    "structure_distances": "planning",
    "write_transform": "transform_file",
}

__getattr__ = lazy_names(__name__, _HOME)
