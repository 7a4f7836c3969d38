"""The organ in the CT: its surface in LPS millimetres, from an image, a segmentation or a surface file.

Names are loaded when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names

if TYPE_CHECKING:
    from EndoDepthLib.anatomy.organ_surface import OrganSurface

__all__ = ["OrganSurface"]
_HOME = {"OrganSurface": "organ_surface"}

__getattr__ = lazy_names(__name__, _HOME)
