"""Light that moves with the endoscope, and how wet tissue answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from EndoDepthLib.phantoms.distance import dot, length, normalized
from EndoDepthLib.phantoms.fields import NoiseVolume
from EndoDepthLib.phantoms.materials import MaterialTable

_SHADOW_STEPS = 10
_VESSEL_LINEAR = (0.32, 0.045, 0.05)


@dataclass(frozen=True)
class Light:
    """One source beside the lens: offset (3,) mm in camera axes, axis (3,) of its cone, colour, fall-off exponent.

    `falloff` 2 is the inverse square law; other values stand for processors that lift the far field, and keep a network
    from trusting it. `cone` is the power of the cosine off the axis: 0 shines everywhere alike.
    """

    offset: np.ndarray
    axis: np.ndarray
    color: np.ndarray
    falloff: float
    cone: float


@dataclass(frozen=True)
class Lighting:
    """All light of a clip: sources, ambient share, how far diffuse light wraps round (0..1), cast shadows or not."""

    lights: tuple[Light, ...]
    ambient: float
    wrap: float
    shadows: bool


def sample_lighting(rng: np.random.Generator, size_mm: float) -> Lighting:
    """Random lighting for a scene with working distance `size_mm`: fall-off and cone vary independently of depth."""
    falloff = 2.0 if rng.random() < 0.5 else float(rng.uniform(0.0, 2.6))
    cone = float(rng.choice([0.0, rng.uniform(0.0, 3.0), rng.uniform(3.0, 9.0)], p=[0.4, 0.45, 0.15]))
    spread = size_mm * float(rng.choice([0.03, 0.1, 0.3], p=[0.5, 0.35, 0.15]))
    tilt = rng.normal(0, 0.05 + 0.18 * (rng.random() < 0.4), size=(2, 2))
    lights = []
    for i in range(int(rng.integers(1, 3))):
        offset = np.append(rng.normal(0, spread, size=2), 0.0)
        axis = np.array([tilt[i, 0], tilt[i, 1], 1.0])
        color = 1.0 + rng.normal(0, 0.05, size=3)
        lights.append(Light(offset, axis / np.linalg.norm(axis), color, falloff, cone))
    ambient = float(rng.choice([0.0, rng.uniform(0.0, 0.06), rng.uniform(0.06, 0.35)], p=[0.3, 0.5, 0.2]))
    return Lighting(tuple(lights), ambient, float(rng.uniform(0.0, 0.35)), bool(rng.random() < 0.45))


@dataclass(frozen=True)
class Seen:
    """The visible points of one view: points and normals (N, 3) world mm, part (N,), view (N, 3) towards the lens."""

    points: Tensor
    normals: Tensor
    part: Tensor
    view: Tensor


def tissue_albedo(seen: Seen, table: MaterialTable, noise: NoiseVolume) -> tuple[Tensor, Tensor]:
    """Albedo (N, 3) and bumped normals (N, 3): mottling, patches, vessels and fine relief from one noise volume."""

    def look_up(name: str) -> Tensor:
        return table.look_up(name, seen.part)

    # Each part reads the volume elsewhere, or neighbouring organs would share their spots.
    points = seen.points + seen.part[:, None] * 37.3
    fine = noise(points, look_up("mottle_mm"))
    coarse = noise(points + 11.1, look_up("patch_mm"))
    vessels = noise(points + 0.06 * coarse[1:].T + 5.7, look_up("vessel_mm"))
    relief = noise(points + 23.9, look_up("relief_mm"))
    albedo = look_up("albedo") * (1.0 + look_up("mottle") * fine[0] + 0.5 * look_up("mottle") * coarse[0])[
        :, None
    ].clamp(0.15, 2.5)
    # The share `cover` of a unit normal field lies above this threshold (logistic approximation of its quantile).
    cover = look_up("patch_cover")
    threshold = -torch.log(cover.clamp(min=1e-3) / (1.0 - cover.clamp(min=1e-3))) / 1.702
    patch = (torch.sigmoid((coarse[0] + 0.35 * fine[0] - threshold) * 6.0) * (cover > 0))[:, None]
    albedo = albedo * (1.0 - patch) + look_up("patch_albedo") * patch
    # Vessels are where a field crosses zero: curves on any surface; their width follows the field's slope.
    slope = length(vessels[1:].T).clamp(min=1e-3)
    width = 0.16 * (0.6 + 0.4 * torch.sin(3.0 * coarse[0]))
    line = torch.exp(-((vessels[0] / (slope * width * 3.0)) ** 2)) * (0.5 + 0.5 * torch.tanh(2.0 * coarse[0] + 0.6))
    line = (line * look_up("vessel_strength"))[:, None]
    albedo = albedo * (1.0 - line) + albedo * albedo.new_tensor(_VESSEL_LINEAR) * line
    bump = relief[1:].T * look_up("relief")[:, None]
    bump = bump - dot(bump, seen.normals)[:, None] * seen.normals
    return albedo.clamp(0.005, 1.0), normalized(seen.normals - bump)


def light_surface(
    seen: Seen,
    table: MaterialTable,
    noise: NoiseVolume,
    lighting: Lighting,
    world_from_camera: Tensor,
    position: Tensor,
    size_mm: float,
    visibility: Callable[[Tensor], Tensor] | None,
) -> Tensor:
    """Linear radiance (N, 3): Lambert with wrapped light, Blinn-Phong wet highlight, ambient share.

    world_from_camera (3, 3) has the camera axes as columns in world space; `visibility` maps a light's world position
    (3,) to the share of it (N,) each point sees, or is None for no shadows.
    """
    albedo, bumped = tissue_albedo(seen, table, noise)
    gloss, sharpness = table.look_up("gloss", seen.part), table.look_up("sharpness", seen.part)
    radiance = torch.zeros_like(albedo)
    for light in lighting.lights:
        source = position + world_from_camera @ albedo.new_tensor(light.offset)
        axis = world_from_camera @ albedo.new_tensor(light.axis)
        towards = source - seen.points
        reach = length(towards).clamp(min=0.02 * size_mm)
        towards = towards / reach[:, None]
        facing = (dot(bumped, towards) + lighting.wrap) / (1.0 + lighting.wrap)
        strength = (size_mm / reach) ** light.falloff * (-dot(towards, axis)).clamp(0.02, 1.0) ** light.cone
        if visibility is not None:
            strength = strength * visibility(source)
        half = normalized(towards + seen.view)
        shine = gloss * dot(bumped, half).clamp(0.0, 1.0) ** sharpness * (sharpness + 8.0) / 60.0
        diffuse = albedo * facing.clamp(min=0.0)[:, None]
        radiance += (diffuse + shine[:, None]) * strength[:, None] * albedo.new_tensor(light.color)
    # Light that bounced off other tissue: even, and redder than the source.
    ambient = lighting.ambient * albedo * albedo.new_tensor([1.0, 0.8, 0.75])
    return radiance / len(lighting.lights) + ambient


def soft_visibility(
    distance: Callable[[Tensor], Tensor], points: Tensor, normals: Tensor, source: Tensor, softness: float = 10.0
) -> Tensor:
    """Share (N,) of a light each point sees, from the closest approach of the ray to it (penumbra after Quilez)."""
    start = points + normals * 0.01 * length(source - points)[:, None]
    towards = source - start
    reach = length(towards)
    visible = torch.ones_like(reach)
    for step in range(1, _SHADOW_STEPS + 1):
        # Steps crowd towards the surface, where what casts the shadow mostly is.
        share = 0.92 * (step / _SHADOW_STEPS) ** 1.5
        gap = distance(start + share * towards)
        visible = torch.minimum(visible, softness * gap / (share * reach))
    return visible.clamp(0.0, 1.0)
