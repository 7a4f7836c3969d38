"""Draws the camera of a clip: from a well-kept modern endoscope to an old one with a dirty recording."""

from __future__ import annotations

import math

import torch

from EndoDepthLib.errors import SettingsError
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


class _Draw:
    """Random numbers that approach the neutral value as `strength` goes to 0."""

    def __init__(self, generator: torch.Generator, strength: float) -> None:
        self._generator = generator
        self._strength = strength

    def share(self) -> float:
        return torch.rand((), generator=self._generator, device=self._generator.device).item()

    def chance(self, probability: float) -> bool:
        return self.share() < probability * self._strength

    def between(self, neutral: float, low: float, high: float, skew: float = 1.0) -> float:
        """low + (high - low) * u^skew, pulled towards `neutral`; skew > 1 makes low values common."""
        value: float = low + (high - low) * self.share() ** skew
        return neutral + self._strength * (value - neutral)

    def around(self, neutral: float, spread: float, limit: float) -> float:
        normal = float(torch.randn((), generator=self._generator, device=self._generator.device))
        return neutral + self._strength * max(-limit, min(limit, spread * normal))

    def pick(self, weights: dict[object, float]) -> object:
        left = self.share() * sum(weights.values())
        for item, weight in weights.items():
            left -= weight
            if left < 0:
                return item
        return item

    def seed(self) -> int:
        return int(torch.randint(2**31 - 1, (), generator=self._generator, device=self._generator.device))


def sample_optics(rng: torch.Generator | int, strength: float = 1.0) -> OpticsSettings:
    """Settings of one clip. `rng`: generator or seed. `strength` 0 (plain gamma) .. 1 (full variety).

    Raises SettingsError for a strength outside 0..1.
    """
    if not 0.0 <= strength <= 1.0:
        raise SettingsError(f"optics strength is {strength!r}; expected a number from 0 (plain) to 1 (full variety)")
    generator = rng if isinstance(rng, torch.Generator) else torch.Generator().manual_seed(rng)
    draw = _Draw(generator, strength)
    return OpticsSettings(
        seed=draw.seed(),
        exposure=_exposure(draw),
        light=_light(draw),
        lens=_lens(draw),
        smoke=_smoke(draw),
        sensor=_sensor(draw),
        processor=_processor(draw),
        aperture=_aperture(draw),
        overlay=_overlay(draw),
        coding=_coding(draw),
    )


def _exposure(draw: _Draw) -> ExposureSettings:
    neutral = ExposureSettings()
    metering = draw.pick({"peak": 0.6, "average": 0.4})
    if metering == "peak":
        percentile, target = draw.between(neutral.percentile, 85, 99), draw.between(neutral.target, 0.5, 1.1)
    else:
        percentile, target = draw.between(neutral.percentile, 50, 75), draw.between(neutral.target, 0.15, 0.4)
    bias = draw.around(0.0, 0.3, 0.8)
    if draw.chance(0.08):
        bias += draw.between(0.0, -1.2, 1.2)
    return ExposureSettings(
        percentile, target, bias, jitter_stops=draw.between(0, 0, 0.12, 2), lag=draw.between(0, 0.3, 0.95)
    )


def _light(draw: _Draw) -> LightSettings:
    warmth, tint = draw.around(0.0, 0.16, 0.4), draw.around(0.0, 0.06, 0.15)
    return LightSettings(math.exp(warmth - tint / 2), math.exp(tint), math.exp(-warmth - tint / 2))


def _lens(draw: _Draw) -> LensSettings:
    strong = draw.chance(0.25)
    moving = draw.chance(0.35)
    glaring = draw.chance(0.5)
    return LensSettings(
        vignette=draw.between(0, 0.4, 0.98) if strong else draw.between(0, 0, 0.4),
        vignette_power=draw.between(2, 1.5, 5),
        vignette_x=draw.around(0, 0.12, 0.35),
        vignette_y=draw.around(0, 0.12, 0.35),
        defocus_px=draw.between(0, 0, 3.0, 2) if draw.chance(0.6) else 0.0,
        focus=draw.between(1, 0.6, 2.0),
        motion_px=draw.between(0, 2, 12, 1.5) if moving else 0.0,
        motion_chance=draw.between(0, 0.1, 0.8) if moving else 0.0,
        fringe_px=draw.around(0, 0.5, 1.5) if draw.chance(0.6) else 0.0,
        bloom=draw.between(0, 0.02, 0.35, 1.5) if glaring else 0.0,
        bloom_radius=draw.between(0.03, 0.008, 0.07, 1.5),
        flare=draw.between(0, 0, 0.1, 2),
    )


def _smoke(draw: _Draw) -> SmokeSettings:
    if not draw.chance(0.15):
        return SmokeSettings()
    return SmokeSettings(
        density=draw.between(0, 0.05, 0.8, 1.5),
        structure=draw.between(0.5, 0.2, 1.0),
        brightness=draw.between(0.8, 0.5, 1.4),
        warmth=draw.around(0, 0.1, 0.25),
    )


def _sensor(draw: _Draw) -> SensorSettings:
    return SensorSettings(
        resolution=draw.between(1, 0.45, 1.0) if draw.chance(0.45) else 1.0,
        shot=draw.between(0, 0, 0.0025, 2),
        read=draw.between(0, 0, 0.006, 2),
        chroma=draw.between(0.5, 0.1, 1.2),
        grain=draw.between(0, 0, 0.9),
    )


def _processor(draw: _Draw) -> ProcessorSettings:
    return ProcessorSettings(
        gamma=draw.between(2.2, 1.8, 2.6),
        contrast=draw.around(0, 0.25, 0.6),
        shoulder=draw.between(0, 0.05, 0.4) if draw.chance(0.6) else 0.0,
        black=draw.around(0, 0.02, 0.06),
        saturation=draw.between(1, 0.25, 0.7) if draw.chance(0.07) else draw.between(1, 0.8, 1.6),
        hue_deg=draw.around(0, 5, 15),
        sharpen=draw.between(0, 0.3, 2.8, 1.3) if draw.chance(0.8) else 0.0,
        sharpen_px=draw.between(1, 0.6, 2.0),
    )


def _aperture(draw: _Draw) -> ApertureSettings:
    if not draw.chance(0.72):
        return ApertureSettings()
    shape = draw.pick(
        {
            ApertureShape.CIRCLE: 0.34,
            ApertureShape.CUT_CIRCLE: 0.2,
            ApertureShape.OCTAGON: 0.3,
            ApertureShape.ROUNDED: 0.16,
        }
    )
    assert isinstance(shape, ApertureShape)
    soft = draw.chance(0.12)
    half_height = draw.between(1, 0.85, 1.05)
    return ApertureSettings(
        shape=shape,
        radius=draw.between(1.6, 0.85, 1.45),
        half_width=draw.between(1.3, 0.8, 1.3),
        half_height=half_height,
        corner=draw.between(0.1, 0.2, 0.7),
        x=draw.around(0, 0.06, 0.3),
        y=draw.around(0, 0.03, 0.12),
        edge=draw.between(0.01, 0.08, 0.4) if soft else draw.between(0.01, 0.006, 0.04, 2),
        border=draw.between(0, 0.01, 0.09) if draw.chance(0.35) else 0.0,
    )


def _overlay(draw: _Draw) -> OverlaySettings:
    lines = 1 + int(11 * draw.share() ** 1.5) if draw.chance(0.4) else 0
    side = draw.share()
    inset = InsetKind.NONE
    if draw.chance(0.16):
        kind = draw.pick({InsetKind.BLACK: 0.45, InsetKind.GUIDE: 0.35, InsetKind.PICTURE: 0.2})
        assert isinstance(kind, InsetKind)
        inset = kind
    if not lines and inset is InsetKind.NONE:
        return OverlaySettings()
    yellow = draw.chance(0.15)
    grey = draw.between(0.9, 0.6, 1.0)
    return OverlaySettings(
        text_lines=lines,
        text_height=draw.between(0.03, 0.02, 0.045),
        text_x=draw.between(0.01, 0.0, 0.06) if side < 0.75 else draw.between(0.75, 0.6, 0.85),
        text_y=draw.between(0.03, 0.0, 0.5),
        text_red=grey,
        text_green=grey,
        text_blue=grey * (0.2 if yellow else 1.0),
        inset=inset,
        inset_width=draw.between(0.3, 0.15, 0.38),
        inset_height=draw.between(0.3, 0.15, 0.38),
        inset_right=draw.share() < 0.3,
        inset_top=draw.share() < 0.3,
    )


def _coding(draw: _Draw) -> CodingSettings:
    if not draw.chance(0.85):
        return CodingSettings()
    step = draw.pick({1: 0.2, 2: 0.7, 4: 0.1})
    assert isinstance(step, int)
    return CodingSettings(chroma_step=step, quality=draw.between(100, 35, 98, 0.7))
