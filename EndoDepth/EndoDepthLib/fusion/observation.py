"""What one frame tells the volume: depth, how much each pixel counts, colour and label."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from EndoDepthLib.geometry import camera_rays
from EndoDepthLib.values import Camera, DepthMap, Frame, LabelMap

_MIN_COSINE = math.cos(math.radians(80.0))
"""Steeper than this a neighbour is either across a step of the depth or seen too much from the side to be trusted."""
_HIGHLIGHT_SHARE = 0.25
_NEAR_FAR = (0.25, 4.0)
_MARGIN_SHARE = 0.01  # of the picture's width, around what is left out: outlines of masks are never exact
_EDGE_PX = 2


@dataclass(frozen=True)
class Observation:
    """A frame as the volume takes it, on the pixel grid of `camera`.

    depth (H, W) float32, NaN where nothing is used; across (H, W) float32: distance along the normal over depth along
    the axis (plane distance of a depth step); weight (H, W) float32, 0 = not used; color (H, W, 3) float32 0..255;
    labels (H, W) uint8.
    """

    camera: Camera
    depth: np.ndarray
    across: np.ndarray
    weight: np.ndarray
    color: np.ndarray
    labels: np.ndarray


def observe(
    frame: Frame,
    depth: DepthMap,
    labels: LabelMap | None = None,
    validity: np.ndarray | None = None,
    content: np.ndarray | None = None,
    left_out_labels: tuple[int, ...] = (),
    min_confidence: float = 0.0,
    typical_depth: float | None = None,
) -> Observation:
    """Weigh the pixels of a frame.

    validity (H, W) uint8 as in a results folder (2 = highlight); content (H, W) bool: the picture inside its border.
    Weight = confidence x cosine of the angle between ray and normal x (typical depth / depth)^2 within limits, a
    quarter of it under highlights. Not used: invalid depth, confidence below min_confidence, pixels of left_out_labels
    and a margin around them, the rim of the content, and pixels at a step of the depth (more than 80 degrees from
    facing the camera): a step is no surface.
    """
    z = depth.depth
    usable = np.isfinite(z) & (depth.confidence >= min_confidence)
    if content is not None:
        usable &= _shrunk(content, _EDGE_PX)
    if labels is not None and left_out_labels:
        hidden = np.isin(labels.labels, left_out_labels)
        usable &= _shrunk(~hidden, max(1, round(_MARGIN_SHARE * depth.camera.width)))
    z = np.where(usable, z, np.float32(np.nan))
    cosine, across = _facing(depth.camera, z)
    usable &= cosine >= _MIN_COSINE
    z = np.where(usable, z, np.float32(np.nan))
    reference = typical_depth or (float(np.median(z[usable])) if usable.any() else 1.0)
    with np.errstate(invalid="ignore"):
        nearness = np.clip((reference / z) ** 2, *_NEAR_FAR)
    weight = np.where(usable, depth.confidence * cosine * nearness, 0.0).astype(np.float32)
    if validity is not None:
        weight[validity == 2] *= np.float32(_HIGHLIGHT_SHARE)
    return Observation(
        depth.camera,
        np.ascontiguousarray(z, np.float32),
        np.where(usable, across, 0.0).astype(np.float32),
        weight,
        frame.image.astype(np.float32),
        np.zeros(z.shape, np.uint8) if labels is None else labels.labels,
    )


def _shrunk(mask: np.ndarray, margin_px: int) -> np.ndarray:
    kernel = np.ones((2 * margin_px + 1, 2 * margin_px + 1), np.uint8)
    return cv2.erode(mask.astype(np.uint8), kernel, borderType=cv2.BORDER_REPLICATE).astype(bool)


def _facing(camera: Camera, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cosine between ray and normal, and normal times ray (z = 1), both (H, W); 0 where a neighbour is missing.

    Normals come from forward and from backward differences; the worse of the two counts, so that both pixels at a
    step are found.
    """
    rays = camera_rays(camera).astype(np.float32)
    points = rays * z[..., None]
    across_x, across_y = np.diff(points, axis=1), np.diff(points, axis=0)
    cosines, distances = [], []
    length = np.linalg.norm(rays, axis=-1)
    for shift in (0, 1):
        right, down = np.full_like(points, np.nan), np.full_like(points, np.nan)
        right[:, shift : shift + across_x.shape[1]] = across_x
        down[shift : shift + across_y.shape[0]] = across_y
        right[:, -1 if shift == 0 else 0] = across_x[:, -1 if shift == 0 else 0]
        down[-1 if shift == 0 else 0] = across_y[-1 if shift == 0 else 0]
        normal = np.cross(right, down)
        with np.errstate(invalid="ignore", divide="ignore"):
            normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        along = np.einsum("hwc,hwc->hw", normal, rays)
        distances.append(along)
        cosines.append(along / length)
    cosine = np.nan_to_num(np.minimum(*cosines), nan=0.0)
    distance = np.nan_to_num(np.mean(distances, axis=0), nan=0.0)
    return cosine, distance
