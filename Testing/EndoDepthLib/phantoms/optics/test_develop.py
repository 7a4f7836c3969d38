"""Developing radiance: shapes, determinism, content, exposure and the neutral picture."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.phantoms.optics import (
    ApertureSettings,
    ApertureShape,
    AutoExposure,
    ExposureSettings,
    InsetKind,
    OpticsSettings,
    OverlaySettings,
    develop,
    sample_optics,
)


def make_tube(height: int = 64, width: int = 80) -> tuple[Tensor, Tensor]:
    """Radiance and depth of a tube lit from the camera."""
    y, x = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1.2, 1.2, width), indexing="ij")
    depth = 20 / torch.sqrt(x * x + y * y + 0.01)
    albedo = torch.tensor([0.6, 0.3, 0.2])[:, None, None]
    return albedo * (1 + 0.2 * torch.sin(9 * x + 5 * y)) / (depth / 20) ** 2, depth


@pytest.mark.parametrize("seed", range(12))
def test_same_seeds_give_the_same_picture(seed: int) -> None:
    radiance, depth = make_tube()
    before = radiance.clone()
    first = develop(radiance, depth, sample_optics(seed), 3)
    second = develop(radiance, depth, sample_optics(torch.Generator().manual_seed(seed)), 3)
    assert torch.equal(first[0], second[0]) and torch.equal(first[1], second[1])
    assert torch.equal(radiance, before)
    assert first[0].shape == (64, 80, 3) and first[0].dtype == torch.uint8
    assert first[1].shape == (64, 80) and first[1].dtype == torch.bool
    assert first[1].float().mean() > 0.3


def test_frames_of_a_clip_differ_and_clips_differ() -> None:
    radiance, depth = make_tube()
    settings = sample_optics(5)
    assert not torch.equal(develop(radiance, depth, settings, 1)[0], develop(radiance, depth, settings, 2)[0])
    assert sample_optics(6) != settings


@pytest.mark.parametrize("size", [(17, 23), (33, 16), (61, 97)])
def test_odd_sizes_and_missing_depth(size: tuple[int, int]) -> None:
    radiance, depth = make_tube(*size)
    depth = torch.where(depth > depth.median(), torch.nan, depth)
    for seed in range(8):
        image, content = develop(radiance, depth, sample_optics(seed), seed)
        assert image.shape == (*size, 3) and content.shape == size
    develop(torch.zeros_like(radiance), torch.full_like(depth, torch.nan), sample_optics(1), 0)


def test_strength_zero_is_the_plain_gamma_picture() -> None:
    radiance, depth = make_tube()
    settings = sample_optics(9, strength=0.0)
    assert settings == OpticsSettings(seed=settings.seed)
    image, content = develop(radiance, depth, settings, 4)
    gain = AutoExposure(settings.exposure).gain(radiance, torch.ones_like(depth, dtype=torch.bool))
    plain = ((radiance * gain).clamp(0, 1) ** (1 / 2.2) * 255).round().to(torch.uint8).permute(1, 2, 0)
    assert content.all()
    assert (image.int() - plain.int()).abs().max() <= 1


@pytest.mark.parametrize("shape", [shape for shape in ApertureShape if shape is not ApertureShape.FULL])
def test_content_agrees_with_the_black_border(shape: ApertureShape) -> None:
    radiance, depth = make_tube()
    radiance = torch.ones_like(radiance)
    aperture = ApertureSettings(shape=shape, radius=0.9, half_width=0.9, half_height=0.9, corner=0.4, edge=0.01)
    image, content = develop(radiance, depth, OpticsSettings(aperture=aperture), 0)
    bright = image.amax(dim=2) > 100
    assert 0.3 < content.float().mean() < 0.8
    assert (bright == content).float().mean() > 0.99
    assert not content[0, 0] and content[32, 40]


def test_text_and_inset_are_not_content() -> None:
    radiance, depth = make_tube(128, 160)
    overlay = OverlaySettings(text_lines=4, text_height=0.06, text_x=0.1, text_y=0.1, inset=InsetKind.GUIDE)
    image, content = develop(radiance, depth, OpticsSettings(overlay=overlay), 0)
    plain, _ = develop(radiance, depth, OpticsSettings(), 0)
    changed = (image != plain).any(dim=2)
    assert (changed & content).float().mean() < 0.02
    assert not content[-30:, :40].any()
    assert 0.01 < (~content[:64]).float().mean() < 0.3


def test_exposure_follows_the_scene_with_lag() -> None:
    radiance, _ = make_tube()
    everywhere = torch.ones(radiance.shape[1:], dtype=torch.bool)
    meter = AutoExposure(ExposureSettings(lag=0.5))
    first = meter.gain(radiance, everywhere)
    second = meter.gain(radiance * 16, everywhere)
    assert torch.isclose(second, first / 4, rtol=1e-3)
    assert torch.isclose(AutoExposure(ExposureSettings(bias_stops=1)).gain(radiance, everywhere), 2 * first)


def test_radiance_units_do_not_matter() -> None:
    radiance, depth = make_tube()
    for seed in range(4):
        settings = sample_optics(seed)
        small, large = (develop(radiance * unit, depth, settings, 0)[0].float() for unit in (1e-3, 1e3))
        assert (small - large).abs().mean() < 0.5


def test_misfitting_shapes_are_refused() -> None:
    radiance, depth = make_tube()
    with pytest.raises(SettingsError, match="cannot be developed"):
        develop(radiance, depth[:-1], OpticsSettings(), 0)
    with pytest.raises(SettingsError, match="0 .*to 1"):
        sample_optics(0, strength=1.5)
    with pytest.raises(SettingsError, match="gamma is nan"):
        sample_optics(0).processor.__class__(gamma=float("nan"))
