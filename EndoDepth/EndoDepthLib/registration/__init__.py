"""The seen surface brought to the CT: landmarks, surface alignment, search without landmarks, and the error to expect.

Names are loaded when first used. (The registration of trained weights is EndoDepthLib.inference.registration.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from EndoDepthLib.lazy_names import lazy_names

if TYPE_CHECKING:
    from EndoDepthLib.registration.landmarks import LandmarkPairs
    from EndoDepthLib.registration.register import register_surface
    from EndoDepthLib.registration.result import Registration
    from EndoDepthLib.registration.seen_surface import SeenSurface
    from EndoDepthLib.registration.settings import RegistrationSettings

__all__ = ["LandmarkPairs", "Registration", "RegistrationSettings", "SeenSurface", "register_surface"]
_HOME = {
    "LandmarkPairs": "landmarks",
    "Registration": "result",
    "RegistrationSettings": "settings",
    "SeenSurface": "seen_surface",
    "register_surface": "register",
}

__getattr__ = lazy_names(__name__, _HOME)
