"""Between the library's values and MRML nodes: runs inside Slicer and, on slicer-core, outside. No Qt."""

from EndoDepthScene.build import build_scene
from EndoDepthScene.case import CaseScene
from EndoDepthScene.estimate import estimate_scene_bytes, estimate_scene_memory_bytes
from EndoDepthScene.session import MrmlSession

__all__ = ["CaseScene", "MrmlSession", "build_scene", "estimate_scene_bytes", "estimate_scene_memory_bytes"]
