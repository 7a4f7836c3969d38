"""One surface of a whole sequence: depth and poses of its frames fused in a truncated signed distance.

Names are loaded when first used; VTK only to extract, thin out, write and draw the mesh.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names

if TYPE_CHECKING:
    from EndoDepthLib.fusion.fused_folder import load_fused, save_fused
    from EndoDepthLib.fusion.fused_surface import FusedSurface
    from EndoDepthLib.fusion.rendering import SurfaceRenderer
    from EndoDepthLib.fusion.sequence import FusionOutcome, fuse_sequence
    from EndoDepthLib.fusion.settings import FusionSettings
    from EndoDepthLib.fusion.volume import TsdfVolume

__all__ = [
    "FusedSurface",
    "FusionOutcome",
    "FusionSettings",
    "SurfaceRenderer",
    "TsdfVolume",
    "fuse_sequence",
    "load_fused",
    "save_fused",
]
_HOME = {
    "FusedSurface": "fused_surface",
    "FusionOutcome": "sequence",
    "FusionSettings": "settings",
    "SurfaceRenderer": "rendering",
    "TsdfVolume": "volume",
    "fuse_sequence": "sequence",
    "load_fused": "fused_folder",
    "save_fused": "fused_folder",
}

__getattr__ = lazy_names(__name__, _HOME)
