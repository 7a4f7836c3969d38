"""The content area of made and of real frames; specular highlights."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from EndoDepthLib.errors import InputError
from EndoDepthLib.values import Frame
from EndoDepthLib.video import Video, find_content_area, specular_mask

DATA = Path(os.environ.get("ENDODEPTH_DATA", Path(__file__).resolve().parents[3].parent / "shared" / "data"))


def tissue(height: int, width: int, seed: int = 0) -> np.ndarray:
    """(height, width, 3) uint8: mottled reddish texture, 60 to 220."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 1, (height, width)).astype(np.float32), (0, 0), 9)
    grey = 140 + 60 * noise / np.abs(noise).max()
    return np.clip(grey[..., None] * np.array([1.0, 0.6, 0.5]), 0, 255).astype(np.uint8)


def aperture(kind: str, height: int, width: int) -> np.ndarray:
    """(height, width) bool: one of the usual apertures."""
    x, y = np.meshgrid((np.arange(width) - (width - 1) / 2) / height, (np.arange(height) - (height - 1) / 2) / height)
    return {
        "circle": x * x + y * y < 0.42**2,
        "cropped circle": x * x + y * y < 0.6**2,
        "shifted circle": (x - 0.15) ** 2 + y * y < 0.47**2,
        "octagon": (np.abs(x) < 0.48) & (np.abs(y) < 0.48) & (np.abs(x) + np.abs(y) < 0.7),
        "rectangle": (np.abs(x) < 0.5) & (np.abs(y) < 0.4),
        "none": np.ones((height, width), bool),
    }[kind]


def overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union."""
    return float((first & second).sum() / (first | second).sum())


def developed(mask: np.ndarray, image: np.ndarray, seed: int = 1) -> Frame:
    """The picture inside the mask on a noisy black border, JPEG compressed, with text outside."""
    picture = np.where(mask[..., None], image, 4).astype(np.int16)
    picture += np.random.default_rng(seed).integers(-4, 5, picture.shape)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if not mask[:40, :60].any():
        cv2.putText(picture, "23.11", (2, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1)
    picture = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])[1], cv2.IMREAD_COLOR)
    return Frame(picture)


@pytest.mark.parametrize("size", [(256, 320), (720, 1280)])
@pytest.mark.parametrize("kind", ["circle", "cropped circle", "shifted circle", "octagon", "rectangle"])
def test_apertures_are_found(kind: str, size: tuple[int, int]) -> None:
    mask = aperture(kind, *size)
    found = find_content_area([developed(mask, tissue(*size))])
    assert found.shape == size and found.dtype == np.bool_
    assert overlap(found, mask) > 0.97
    near_edge = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((13, 13), np.uint8)) > 0
    assert not np.any((found != mask) & ~near_edge)


@pytest.mark.parametrize("kind", ["circle", "octagon", "none"])
def test_dark_lumen_at_the_edge_belongs_to_the_content(kind: str) -> None:
    size = (256, 320)
    mask = aperture(kind, *size)
    columns, rows = np.meshgrid(np.arange(size[1]), np.arange(size[0]))
    centre = (250, 128) if kind != "none" else (310, 10)
    away = np.hypot(columns - centre[0], rows - centre[1]) / 40
    image = (tissue(*size) * np.clip(away, 0.0, 1.0)[..., None] ** 2).astype(np.uint8)
    assert overlap(find_content_area([developed(mask, image)]), mask) > 0.95


def test_moving_views_complete_each_other() -> None:
    size = (256, 320)
    mask = aperture("circle", *size)
    frames = []
    for step in range(4):
        image = tissue(*size, seed=step)
        corner = (70 + 180 * (step % 2), 50 + 150 * (step // 2))
        cv2.circle(image, corner, 70, (2, 2, 2), -1)  # a dark cavity that wanders, too large for one frame's hull
        frames.append(developed(mask, image, seed=step))
    assert overlap(find_content_area(iter(frames)), mask) > 0.97


def test_blanked_inset_is_left_out() -> None:
    size = (256, 256)
    mask = aperture("octagon", *size)
    mask[180:, :90] = False
    assert overlap(find_content_area([developed(mask, tissue(*size))]), mask) > 0.96


def test_frames_without_border_black_frames_and_wrong_use() -> None:
    for image in (tissue(256, 320), np.zeros((64, 64, 3), np.uint8), np.full((40, 40, 3), 255, np.uint8)):
        assert find_content_area([Frame(image)]).all()
    with pytest.raises(InputError, match="no frame was given"):
        find_content_area([])
    with pytest.raises(InputError, match="like the first one"):
        find_content_area([Frame(tissue(64, 64)), Frame(tissue(64, 80))])


def test_real_laparoscopy_is_round() -> None:
    if not (DATA / "laparoscopy.mp4").exists():
        pytest.skip("laparoscopy.mp4 is not in ENDODEPTH_DATA")
    with Video.open(DATA / "laparoscopy.mp4", every=60) as video:
        found = find_content_area(video)
    # The aperture's edge, read off the frames by eye: x = 63 .. 1193 in the first, 48 .. 1178 in later ones.
    row = np.flatnonzero(found[360])
    assert 45 <= row[0] <= 65 and 1176 <= row[-1] <= 1195 and len(row) == row[-1] - row[0] + 1
    assert not found[:40, :40].any() and not found[-40:, -40:].any() and 0.80 < found.mean() < 0.83


def test_real_colonoscopy_is_octagonal_and_larynx_is_full() -> None:
    polyps = sorted((DATA / "polyp").glob("*/images/*"))[::60]
    larynx = sorted((DATA / "larynx").glob("*/images/*"))[::60]
    if not polyps or not larynx:
        pytest.skip("polyp/ and larynx/ are not in ENDODEPTH_DATA")
    with_corners = 0
    for path in polyps:
        found = find_content_area(Video.open(path))
        assert 0.55 < found.mean() <= 1 and found[100:230, 130:250].all(), path.name
        with_corners += not found[2, 2] and not found[2, -3]
    assert with_corners > 0.7 * len(polyps)
    full = [find_content_area(Video.open(path)).all() for path in larynx]
    assert sum(full) >= len(full) - 1


def test_highlights_are_marked_and_tissue_is_not() -> None:
    image = tissue(256, 320)
    spots = np.zeros((256, 320), np.uint8)
    for x, y, radius in ((60, 60, 3), (150, 100, 6), (250, 200, 10)):
        cv2.circle(spots, (x, y), radius, 1, -1)
    image[spots > 0] = (250, 245, 240)
    image[20:60, 200:300] = (250, 40, 30)  # bright and saturated: blood under the light, no mirror image
    found = specular_mask(image)
    assert found[spots > 0].all()
    halo = cv2.dilate(spots, np.ones((7, 7), np.uint8)) > 0
    assert not found[~halo].any()
