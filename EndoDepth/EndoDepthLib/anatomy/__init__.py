"""The organ in the CT: its surface in LPS millimetres, from an image, a segmentation or a surface file.

Names are loaded when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names

if TYPE_CHECKING:
    from EndoDepthLib.anatomy.load import load_organ
    from EndoDepthLib.anatomy.organ_surface import OrganSurface
    from EndoDepthLib.anatomy.surface_file import read_mesh, read_surface_file, write_surface_file
    from EndoDepthLib.anatomy.visible import DIRECTIONS, viewpoint_of, visible_side

__all__ = [
    "DIRECTIONS",
    "OrganSurface",
    "load_organ",
    "read_mesh",
    "read_surface_file",
    "viewpoint_of",
    "visible_side",
    "write_surface_file",
]
_HOME = {
    "DIRECTIONS": "visible",
    "OrganSurface": "organ_surface",
    "load_organ": "load",
    "read_mesh": "surface_file",
    "read_surface_file": "surface_file",
    "viewpoint_of": "visible",
    "visible_side": "visible",
    "write_surface_file": "surface_file",
}

__getattr__ = lazy_names(__name__, _HOME)
