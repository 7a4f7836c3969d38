"""A printed board rendered through the true lens: rays, vignette, blur, noise, round aperture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from EndoDepthLib.calibration import Board, board_picture
from EndoDepthLib.geometry import camera_rays
from EndoDepthLib.values import Camera

_SUPERSAMPLING = 2
_PX_PER_SQUARE = 60
_PAPER_MM = 400.0


@dataclass(frozen=True)
class Optics:
    """blur_px: sigma of the blur; noise: grey levels (sigma); vignette: share of light lost at the corners; aperture:
    radius of the round picture in half diagonals (None: no dark surround); surroundings: grey of what is beyond."""

    blur_px: float = 0.6
    noise: float = 3.0
    vignette: float = 0.4
    aperture: float | None = None
    surroundings: float = 150.0


@lru_cache(maxsize=4)
def _rays(camera: Camera) -> np.ndarray:
    fine = camera.resize(camera.width * _SUPERSAMPLING, camera.height * _SUPERSAMPLING)
    return camera_rays(fine).astype(np.float32)


@lru_cache(maxsize=4)
def _print(board: Board) -> np.ndarray:
    return board_picture(board, _PX_PER_SQUARE / board.square_mm)


def render(
    camera: Camera, board: Board, camera_from_board: np.ndarray, optics: Optics, rng: np.random.Generator
) -> np.ndarray:
    """(H, W, 3) uint8 of the board at a pose (4, 4), in mm."""
    rays, paper = _rays(camera), _print(board)
    rotation, translation = camera_from_board[:3, :3], camera_from_board[:3, 3]
    normal = rotation[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = float(normal @ translation) / (rays @ normal.astype(np.float32))
    depth[~((depth > 0) & (depth < 1e4))] = np.nan  # behind the camera, or along the paper
    on_board = (rays * depth[..., None] - translation.astype(np.float32)) @ rotation.astype(np.float32)
    scale = _PX_PER_SQUARE / board.square_mm
    # The print has a margin of one square; its first pixel's middle lies half a pixel in.
    at = ((on_board[..., :2] + board.square_mm) * scale - 0.5).astype(np.float32)
    at[~np.isfinite(at)] = -1e6
    seen = cv2.remap(
        paper, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=optics.surroundings
    )
    grey = cv2.resize(seen.astype(np.float32), (camera.width, camera.height), interpolation=cv2.INTER_AREA)
    return _through_optics(grey * 0.85 + 15.0, optics, rng)


def _through_optics(grey: np.ndarray, optics: Optics, rng: np.random.Generator) -> np.ndarray:
    height, width = grey.shape
    v, u = np.mgrid[:height, :width]
    radius = np.hypot(u - (width - 1) / 2, v - (height - 1) / 2) / (np.hypot(width, height) / 2)
    lit = grey * (1.0 - optics.vignette * radius**2)
    if optics.aperture is not None:
        lit = np.where(radius < optics.aperture, lit, 4.0)
    blurred = cv2.GaussianBlur(lit, (0, 0), optics.blur_px) if optics.blur_px > 0 else lit
    noisy = blurred + rng.normal(0.0, optics.noise, grey.shape)
    return np.repeat(np.clip(np.rint(noisy), 0, 255).astype(np.uint8)[..., None], 3, axis=2)
