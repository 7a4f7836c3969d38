"""What an endoscope's optics, sensor and processor do to a picture, fixed for one clip. Defaults change nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from EndoDepthLib.phantoms.optics.checked import Checked, bounded


@dataclass(frozen=True)
class ExposureSettings(Checked):
    """Auto exposure: the `percentile` of luminance (max of RGB) inside the content is brought to `target`."""

    percentile: float = bounded(95.0, 30.0, 99.9)  # percent of content pixels
    target: float = bounded(0.65, 0.05, 4.0)  # linear, 1 = sensor white
    bias_stops: float = bounded(0.0, -3.0, 3.0)  # constant over- (+) or under-exposure
    jitter_stops: float = bounded(0.0, 0.0, 1.0)  # standard deviation from frame to frame
    lag: float = bounded(0.0, 0.0, 0.99)  # share of the previous frame's gain kept, see AutoExposure


@dataclass(frozen=True)
class LightSettings(Checked):
    """Colour of the light after white balance: linear gains of the channels."""

    red: float = bounded(1.0, 0.3, 3.0)
    green: float = bounded(1.0, 0.3, 3.0)
    blue: float = bounded(1.0, 0.3, 3.0)


@dataclass(frozen=True)
class LensSettings(Checked):
    """Image formation: vignette, defocus, motion blur, colour fringes, glare."""

    vignette: float = bounded(0.0, 0.0, 1.0)  # share of light lost at half the image diagonal
    vignette_power: float = bounded(2.0, 1.0, 8.0)  # 2 is a gentle bowl, 8 a dark rim
    vignette_x: float = bounded(0.0, -0.6, 0.6)  # centre, in half widths from the image centre
    vignette_y: float = bounded(0.0, -0.6, 0.6)
    defocus_px: float = bounded(0.0, 0.0, 6.0)  # sigma at half or infinite focus distance, 320 px wide
    focus: float = bounded(1.0, 0.2, 5.0)  # focus distance over the median depth of the frame
    motion_px: float = bounded(0.0, 0.0, 16.0)  # longest motion streak of a 320 px wide frame
    motion_chance: float = bounded(0.0, 0.0, 1.0)  # share of frames that are streaked
    fringe_px: float = bounded(0.0, -3.0, 3.0)  # lateral shift of red against green at the border of a 320 px frame
    bloom: float = bounded(0.0, 0.0, 1.0)  # share of the light above white that spreads around highlights
    bloom_radius: float = bounded(0.03, 0.005, 0.2)  # sigma over image width
    flare: float = bounded(0.0, 0.0, 0.3)  # veiling glare: share of the mean radiance added everywhere


@dataclass(frozen=True)
class SmokeSettings(Checked):
    """Surgical smoke or mist: blend towards a grey veil, thicker with depth."""

    density: float = bounded(0.0, 0.0, 3.0)  # optical thickness at median depth
    structure: float = bounded(0.5, 0.0, 1.0)  # 0 even veil, 1 separate wisps
    brightness: float = bounded(0.8, 0.1, 3.0)  # veil over the mean radiance of the frame
    warmth: float = bounded(0.0, -0.5, 0.5)  # + reddish, - bluish veil


@dataclass(frozen=True)
class SensorSettings(Checked):
    """Sensor: resolution and noise; noise is in linear units where 1 is white."""

    resolution: float = bounded(1.0, 0.25, 1.0)  # sensor pixels over picture pixels along a side
    shot: float = bounded(0.0, 0.0, 0.02)  # variance per unit signal
    read: float = bounded(0.0, 0.0, 0.05)  # standard deviation at no signal
    chroma: float = bounded(0.5, 0.0, 2.0)  # colour noise over luminance noise
    grain: float = bounded(0.0, 0.0, 1.0)  # 0 white noise, 1 blotches of 2 px


@dataclass(frozen=True)
class ProcessorSettings(Checked):
    """Video processor: tone, colour and edge enhancement of the display picture (0..1)."""

    gamma: float = bounded(2.2, 1.4, 3.0)
    contrast: float = bounded(0.0, -0.8, 0.8)  # S-curve; negative is flat
    shoulder: float = bounded(0.0, 0.0, 0.6)  # share of the range in which highlights are compressed
    black: float = bounded(0.0, -0.1, 0.15)  # pedestal: + milky, - crushed shadows
    saturation: float = bounded(1.0, 0.0, 2.0)
    hue_deg: float = bounded(0.0, -40.0, 40.0)
    sharpen: float = bounded(0.0, 0.0, 4.0)  # gain of the unsharp mask
    sharpen_px: float = bounded(1.0, 0.5, 4.0)  # its sigma in a 320 px wide frame


class ApertureShape(Enum):
    """Outline of the scene inside the dark border."""

    FULL = "full"  # no border
    CIRCLE = "circle"  # cropped by the frame where the radius exceeds it
    CUT_CIRCLE = "cut_circle"  # circle with straight sides
    OCTAGON = "octagon"  # rectangle with 45 degree corners
    ROUNDED = "rounded"  # rectangle with round corners


@dataclass(frozen=True)
class ApertureSettings(Checked):
    """Field stop or electronic mask. Lengths are in half image heights, positions from the image centre."""

    shape: ApertureShape = ApertureShape.FULL
    radius: float = bounded(1.0, 0.3, 3.0)  # of the circles
    half_width: float = bounded(1.2, 0.3, 3.0)  # of the straight-sided shapes
    half_height: float = bounded(1.0, 0.3, 3.0)
    corner: float = bounded(0.4, 0.0, 1.0)  # leg of the cut or radius of the rounding, over the shorter half side
    x: float = bounded(0.0, -1.0, 1.0)
    y: float = bounded(0.0, -1.0, 1.0)
    edge: float = bounded(0.01, 0.002, 0.5)  # width of the soft edge
    border: float = bounded(0.0, 0.0, 0.15)  # display level of the border


class InsetKind(Enum):
    """What a picture-in-picture box shows."""

    NONE = "none"
    BLACK = "black"
    GUIDE = "guide"  # green box with the drawn course of the scope
    PICTURE = "picture"  # a small copy of the scene


@dataclass(frozen=True)
class OverlaySettings(Checked):
    """What the processor draws over the picture. Positions and sizes are shares of the frame's width or height."""

    text_lines: int = 0  # 0 .. 12 lines of date, time, name fields
    text_height: float = bounded(0.03, 0.015, 0.1)  # of a line, over image height
    text_x: float = bounded(0.01, 0.0, 0.95)  # left end
    text_y: float = bounded(0.03, 0.0, 0.95)  # top
    text_red: float = bounded(0.9, 0.0, 1.0)
    text_green: float = bounded(0.9, 0.0, 1.0)
    text_blue: float = bounded(0.9, 0.0, 1.0)
    inset: InsetKind = InsetKind.NONE
    inset_width: float = bounded(0.3, 0.05, 0.5)
    inset_height: float = bounded(0.3, 0.05, 0.5)
    inset_right: bool = False  # corner: right or left,
    inset_top: bool = False  # top or bottom


@dataclass(frozen=True)
class CodingSettings(Checked):
    """Recording: colour resolution and JPEG-like block coding."""

    chroma_step: int = 1  # 1 (4:4:4), 2 (4:2:0) or 4
    quality: float = bounded(100.0, 5.0, 100.0)  # JPEG quality of libjpeg; 100 switches the coding off


@dataclass(frozen=True)
class OpticsSettings(Checked):
    """Everything between linear radiance and the 8-bit picture, for one clip; by default a plain gamma."""

    seed: int = 0  # of what is drawn once per clip: text, inset, wisps of smoke
    exposure: ExposureSettings = field(default_factory=ExposureSettings)
    light: LightSettings = field(default_factory=LightSettings)
    lens: LensSettings = field(default_factory=LensSettings)
    smoke: SmokeSettings = field(default_factory=SmokeSettings)
    sensor: SensorSettings = field(default_factory=SensorSettings)
    processor: ProcessorSettings = field(default_factory=ProcessorSettings)
    aperture: ApertureSettings = field(default_factory=ApertureSettings)
    overlay: OverlaySettings = field(default_factory=OverlaySettings)
    coding: CodingSettings = field(default_factory=CodingSettings)
