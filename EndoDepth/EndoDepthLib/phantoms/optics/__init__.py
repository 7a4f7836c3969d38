"""Image-side effects of endoscopes: from linear radiance to a camera's 8-bit picture, with domain randomisation."""

from EndoDepthLib.phantoms.optics.development import develop
from EndoDepthLib.phantoms.optics.exposure import AutoExposure
from EndoDepthLib.phantoms.optics.sampling import sample_optics
from EndoDepthLib.phantoms.optics.settings import (
    ApertureSettings,
    ApertureShape,
    CodingSettings,
    ExposureSettings,
    InsetKind,
    LensSettings,
    LightSettings,
    OpticsSettings,
    OverlaySettings,
    ProcessorSettings,
    SensorSettings,
    SmokeSettings,
)

__all__ = [
    "ApertureSettings",
    "ApertureShape",
    "AutoExposure",
    "CodingSettings",
    "ExposureSettings",
    "InsetKind",
    "LensSettings",
    "LightSettings",
    "OpticsSettings",
    "OverlaySettings",
    "ProcessorSettings",
    "SensorSettings",
    "SmokeSettings",
    "develop",
    "sample_optics",
]
