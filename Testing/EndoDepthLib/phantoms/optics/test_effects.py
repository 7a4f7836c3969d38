"""Each optical effect against what it claims: spread of blurs, noise variance, real JPEG, fringes, smoke."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
import torch

from EndoDepthLib.phantoms.optics import (
    CodingSettings,
    LensSettings,
    LightSettings,
    OpticsSettings,
    ProcessorSettings,
    SensorSettings,
    SmokeSettings,
    develop,
)
from EndoDepthLib.phantoms.optics.blur import gaussian_blur, magnify, streak
from EndoDepthLib.phantoms.optics.coding import record
from EndoDepthLib.phantoms.optics.lens import add_smoke, focus_blur, relative_depth
from EndoDepthLib.phantoms.optics.sensor import expose_sensor


@pytest.mark.parametrize("sigma", [0.6, 1.4, 2.5, 7.0])
def test_gaussian_blur_keeps_light_and_has_its_sigma(sigma: float) -> None:
    image = torch.zeros(1, 96, 96)
    image[0, 44:52, 44:52] = 1 / 64
    blurred = gaussian_blur(image, sigma)[0]
    offsets = torch.arange(96) - 47.5
    variance = (blurred.sum(0) * offsets**2).sum() - (64 - 1) / 12
    assert blurred.sum() == pytest.approx(1, abs=1e-3)
    assert math.sqrt(float(variance)) == pytest.approx(sigma, rel=0.1)


def test_streak_spreads_along_its_angle_only() -> None:
    image = torch.zeros(3, 33, 33)
    image[:, 16, 16] = 1
    spread = streak(image, 8.0, 0.0)
    assert spread[0].sum() == pytest.approx(1, abs=1e-5)
    assert (spread[0].sum(0) > 0).sum() == 9 and (spread[0].sum(1) > 0).sum() == 1


def test_magnify_moves_the_border_by_the_fringe() -> None:
    x = torch.arange(101, dtype=torch.float32).expand(61, 101).contiguous()
    assert torch.allclose(magnify(x, 1.0), x)
    assert torch.allclose(magnify(x, 1.02)[:, 10:91], (x[:, 10:91] - 50) / 1.02 + 50, atol=1e-4)


def test_defocus_blurs_far_from_the_focus_only() -> None:
    image = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(0))
    depth = torch.ones(64, 64)
    depth[:, 32:] = 10
    blurred = focus_blur(image, depth, LensSettings(defocus_px=6))
    assert torch.allclose(blurred[:, :, 4:24], image[:, :, 4:24], atol=0.02)
    assert blurred[:, :, 40:].std() < 0.7 * image[:, :, 40:].std()


def test_smoke_veils_the_far_more() -> None:
    image = torch.linspace(0.2, 1.8, 64).repeat(3, 32, 1)
    depth = torch.full((32, 64), 10.0)
    depth[16:] = 60
    pattern = torch.zeros(2, 6, 8)
    veiled = add_smoke(image, relative_depth(depth), SmokeSettings(density=0.6), pattern, pattern)
    assert veiled[:, 16:].std() < 0.85 * veiled[:, :16].std() < 0.85 * image.std()


def test_noise_has_the_stated_variance_and_repeats() -> None:
    image = torch.full((3, 200, 200), 0.4)
    settings = SensorSettings(shot=0.002, read=0.01, chroma=0.0, grain=0.0)
    noisy = expose_sensor(image, settings, torch.Generator().manual_seed(1))
    assert noisy.std().item() == pytest.approx(math.sqrt(0.4 * 0.002 + 0.01**2), rel=0.03)
    assert noisy.mean().item() == pytest.approx(0.4, abs=1e-3)
    assert torch.equal(noisy, expose_sensor(image, settings, torch.Generator().manual_seed(1)))


@pytest.mark.parametrize("quality", [30, 60, 90])
def test_coding_matches_libjpeg(quality: int) -> None:
    image = cv2.GaussianBlur(np.random.default_rng(0).random((64, 96, 3)), (0, 0), 2)
    image = ((image - image.min()) / np.ptp(image) * 255).astype(np.uint8)
    flags = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    expected = cv2.imdecode(cv2.imencode(".jpg", image[:, :, ::-1], flags)[1], cv2.IMREAD_COLOR)[:, :, ::-1]
    picture = torch.from_numpy(image.copy()).permute(2, 0, 1) / 255
    ours = record(picture, CodingSettings(quality=quality)).mul(255).round().clamp(0, 255).permute(1, 2, 0).numpy()
    difference = np.abs(ours - expected.astype(np.float32)).mean()
    assert difference < 0.25 * np.abs(image.astype(np.float32) - expected).mean() + 0.4


def test_chroma_subsampling_keeps_luma() -> None:
    picture = torch.rand(3, 31, 45, generator=torch.Generator().manual_seed(2)) * 0.4 + 0.3
    coded = record(picture, CodingSettings(chroma_step=2))
    weights = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    assert torch.allclose((coded * weights).sum(0), (picture * weights).sum(0), atol=1e-3)
    assert not torch.allclose(coded, picture, atol=0.05)


def test_colour() -> None:
    radiance = torch.rand(3, 32, 40, generator=torch.Generator().manual_seed(3)) * 0.5
    depth = torch.ones(32, 40)
    grey, _ = develop(radiance, depth, OpticsSettings(processor=ProcessorSettings(saturation=0)), 0)
    assert (grey.int().amax(2) - grey.int().amin(2)).max() <= 1
    plain, _ = develop(radiance, depth, OpticsSettings(), 0)
    warm, _ = develop(radiance, depth, OpticsSettings(light=LightSettings(red=1.2, blue=0.8)), 0)
    assert warm[..., 0].float().mean() > plain[..., 0].float().mean()
    assert warm[..., 2].float().mean() < plain[..., 2].float().mean()


def test_sharpening_outlines_an_edge() -> None:
    radiance = torch.full((3, 16, 320), 0.2)
    radiance[:, :, 160:] = 0.6
    sharpened = OpticsSettings(processor=ProcessorSettings(sharpen=1, sharpen_px=2))
    soft, sharp = (
        develop(radiance, torch.ones(16, 320), s, 0)[0][8, :, 0].int() for s in (OpticsSettings(), sharpened)
    )
    assert sharp[159] < soft[159] - 15 and sharp[160] > soft[160] + 15
    assert sharp[100] == soft[100] and sharp[220] == soft[220]


def test_bloom_brightens_around_a_highlight() -> None:
    radiance = torch.full((3, 64, 64), 0.1)
    radiance[:, 30:34, 30:34] = 50
    plain, _ = develop(radiance, torch.ones(64, 64), OpticsSettings(), 0)
    glowing, _ = develop(
        radiance, torch.ones(64, 64), OpticsSettings(lens=LensSettings(bloom=0.5, bloom_radius=0.1)), 0
    )
    assert glowing[36, 36].int().sum() > plain[36, 36].int().sum() + 10
    assert (glowing[0, 0].int() - plain[0, 0].int()).abs().max() <= 2
