"""Between the library's values and MRML nodes: runs inside Slicer and, on slicer-core, outside. No Qt.

Importing this package loads neither slicer nor vtk, so that a size can be estimated before they are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names
from EndoDepthScene.estimate import estimate_scene_bytes, estimate_scene_memory_bytes

if TYPE_CHECKING:
    from EndoDepthScene.build import build_scene
    from EndoDepthScene.case import CaseScene
    from EndoDepthScene.case_view import CaseView
    from EndoDepthScene.pictures import draw_scene
    from EndoDepthScene.readback import check_scene
    from EndoDepthScene.session import MrmlSession

__all__ = [
    "CaseScene",
    "CaseView",
    "MrmlSession",
    "build_scene",
    "check_scene",
    "draw_scene",
    "estimate_scene_bytes",
    "estimate_scene_memory_bytes",
]
_HOME = {
    "CaseScene": "case",
    "CaseView": "case_view",
    "MrmlSession": "session",
    "build_scene": "build",
    "check_scene": "readback",
    "draw_scene": "pictures",
}

__getattr__ = lazy_names(__name__, _HOME)
