"""The shaft of an instrument as a cylinder whose diameter is known."""

from __future__ import annotations

import numpy as np

from EndoDepthLib.geometry import camera_rays
from EndoDepthLib.scaling.depth_error import relative_deviation
from EndoDepthLib.scaling.measurement import Measurement
from EndoDepthLib.scaling.shaft_edges import ShaftEdges, find_shafts
from EndoDepthLib.values import DepthMap

_EDGE_BIAS_PX = 0.4  # how far the edge of a mask may lie beside the instrument's, on either side
_DIAMETER_DEVIATION = 0.005  # of what the maker states
_LEAST_DEPTHS = 20
_MOST_DRIFT = (
    0.45  # of the ratio's logarithm along a shaft: a jaw tapers, which a cylinder would have to run far away for
)


def shaft_depth_mm(edges: ShaftEdges, camera_rays: np.ndarray, diameter_mm: float) -> np.ndarray:
    """Depth (H, W) float64 mm of a cylinder's front between its two outlines; NaN outside `edges.inside`.

    Both outlines are planes through the optical centre that touch the cylinder. They meet in a line along its axis;
    half the angle between them has the sine radius / distance of the axis (e.g. Navab and Appel, ECCV 2002).
    """
    first, second = edges.normals
    axis = np.cross(first, second)
    axis /= np.linalg.norm(axis)
    # In the plane across the axis: the directions in which each plane touches the shaft, in front of the camera.
    ray = np.nanmean(camera_rays[edges.inside], axis=0)
    middle = ray - (ray @ axis) * axis
    touching = [np.cross(axis, normal) for normal in (first, second)]
    touching = [direction * np.sign(direction @ middle) for direction in touching]
    half_angle = 0.5 * np.arccos(np.clip(touching[0] @ touching[1], -1.0, 1.0))
    towards = touching[0] + touching[1]
    towards /= np.linalg.norm(towards)
    radius = diameter_mm / 2.0
    distance = radius / np.sin(half_angle)
    across = camera_rays - (camera_rays @ axis)[..., None] * axis
    squared, mixed = (across**2).sum(axis=-1), distance * (across @ towards)
    root = mixed**2 - squared * (distance**2 - radius**2)
    with np.errstate(invalid="ignore"):
        depth = (mixed - np.sqrt(root)) / squared
    return np.where(edges.inside & (depth > 0), depth, np.nan)


def measure_shafts(
    mask: np.ndarray, content: np.ndarray, depth: DepthMap, position: int, diameter_mm: float
) -> list[Measurement]:
    """The scales that the shafts in a frame give to its depth; empty when it shows none whose edges are good enough.

    mask (H, W) bool: instruments; content (H, W) bool: the picture inside its dark border; diameter_mm above 0. Each
    shaft is measured where it is seen, so what the depth gets wrong there goes into the error, as confidence tells it.
    """
    found = []
    rays = camera_rays(depth.camera)
    for edges in find_shafts(mask, content, depth.camera):
        ratio = shaft_depth_mm(edges, rays, diameter_mm) / depth.depth
        known = np.isfinite(ratio)
        if known.sum() < _LEAST_DEPTHS:
            continue
        low, high = np.quantile(ratio[known], (0.05, 0.95))
        if np.log(high / low) > _MOST_DRIFT:
            continue
        scale = float(np.median(ratio[known]))
        both = np.sqrt(2.0) / edges.width_px  # two edges, as a share of the width
        edge, bias = both * edges.scatter_px / np.sqrt(edges.points / 8.0), both * _EDGE_BIAS_PX
        spread = 1.4826 * float(np.median(np.abs(ratio[known] / scale - 1.0)))
        doubt = max(float(np.median(relative_deviation(depth.confidence[known]))), spread / 2.0)
        found.append(
            Measurement(scale, float(np.hypot(edge, doubt)), float(np.hypot(bias, _DIAMETER_DEVIATION)), position)
        )
    return found
