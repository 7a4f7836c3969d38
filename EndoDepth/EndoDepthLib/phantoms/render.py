"""Phantom videos: a scene, a camera path, light and optics, with exact depth, labels and poses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.phantoms.fields import NoiseVolume
from EndoDepthLib.phantoms.labels import SCENES
from EndoDepthLib.phantoms.lighting import Lighting, Seen, light_surface, sample_lighting, soft_visibility
from EndoDepthLib.phantoms.materials import MaterialTable, recolored
from EndoDepthLib.phantoms.optics import AutoExposure, OpticsSettings, develop, sample_optics
from EndoDepthLib.phantoms.scenes import Pose, Scene, build_scene
from EndoDepthLib.phantoms.tracing import columns_of, normals, trace
from EndoDepthLib.phantoms.viewing import choose_path
from EndoDepthLib.values import Camera

APPEARANCES = ("tissue", "random")


@dataclass(frozen=True)
class PhantomFrame:
    """One rendered picture with its truth.

    image (H, W, 3) uint8 RGB; depth (H, W) float32 mm along the optical axis, NaN outside the content; labels (H, W)
    uint8 into LABELS; content (H, W) bool, the scene and not border or text; world_from_camera (4, 4) float64.
    """

    image: np.ndarray
    depth: np.ndarray
    labels: np.ndarray
    content: np.ndarray
    world_from_camera: np.ndarray
    camera: Camera
    index: int


@dataclass(frozen=True)
class _Clip:
    """Everything that stays the same during a clip."""

    scene: Scene
    table: MaterialTable
    noise: NoiseVolume
    lighting: Lighting
    optics: OpticsSettings
    camera: Camera
    exposure: AutoExposure


def render_video(
    scene: str,
    frames: int,
    seed: int,
    width: int = 320,
    height: int = 256,
    device: str = "cpu",
    appearance: str = "tissue",
    optics_strength: float = 1.0,
    frame_step: float = 1.0,
) -> Iterator[PhantomFrame]:
    """A phantom clip, the same for the same arguments on the same kind of device.

    `appearance`: "tissue" for the usual colours of each structure, "random" for colours that mean nothing; frame_step:
    frames of camera motion between two pictures (1 is 30 pictures a second); optics_strength 0 (clean) to 1 (wild).
    Raises SettingsError for an unknown scene or appearance, or a size or count below the least.
    """
    if scene not in SCENES:
        raise SettingsError(f"phantom scene is '{scene}'; expected one of {', '.join(SCENES)}")
    if appearance not in APPEARANCES:
        raise SettingsError(f"phantom appearance is '{appearance}'; expected one of {', '.join(APPEARANCES)}")
    if frames < 1 or width < 32 or height < 32:
        raise SettingsError(f"phantom clip is {frames} frames of {width}x{height}; expected at least 1 of 32x32")
    return _render(scene, frames, seed, width, height, torch.device(device), appearance, optics_strength, frame_step)


def _render(
    name: str,
    frames: int,
    seed: int,
    width: int,
    height: int,
    device: torch.device,
    appearance: str,
    strength: float,
    step: float,
) -> Iterator[PhantomFrame]:
    rng = np.random.default_rng([SCENES.index(name), seed])
    scene = build_scene(name, rng, device)
    materials = scene.materials
    if appearance == "random":
        materials = [recolored(rng, material) for material in materials]
    camera = _sample_camera(rng, width, height)
    optics = sample_optics(int(rng.integers(2**31)), strength)
    clip = _Clip(
        scene,
        MaterialTable(materials, device),
        NoiseVolume.sample(rng, device),
        sample_lighting(rng, scene.size_mm),
        optics,
        camera,
        AutoExposure(optics.exposure),
    )
    path = choose_path(rng, scene)
    frame_seed = int(rng.integers(2**30))
    for index in range(frames):
        with torch.inference_mode():
            yield _render_frame(clip, path(index * step), index, index * step, frame_seed + index)


def _sample_camera(rng: np.random.Generator, width: int, height: int) -> Camera:
    camera = Camera.from_fov(float(rng.uniform(48, 125)), width, height)
    shift = rng.normal(0, 0.03, size=2) * (width, height)
    aspect = float(rng.normal(1.0, 0.02))
    return Camera(camera.fx, camera.fy * aspect, camera.cx + shift[0], camera.cy + shift[1], width, height)


def _rotation(pose: Pose) -> np.ndarray:
    """world_from_camera rotation (3, 3): columns are the camera's x (right), y (down) and z (forward) in the world."""
    right = np.cross(pose.forward, pose.up)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(pose.forward, right), pose.forward], axis=1)


def _render_frame(clip: _Clip, pose: Pose, index: int, time: float, frame_seed: int) -> PhantomFrame:
    scene, camera = clip.scene, clip.camera
    rotation_array = _rotation(pose)
    rotation, position = scene.vector(rotation_array), scene.vector(pose.position)
    u = (torch.arange(camera.width, device=scene.device) - camera.cx) / camera.fx
    v = (torch.arange(camera.height, device=scene.device) - camera.cy) / camera.fy
    rays = torch.stack(
        [*torch.meshgrid(u, v, indexing="xy"), torch.ones(camera.height, camera.width, device=scene.device)], dim=2
    )
    stretch = rays.norm(dim=2)
    directions = (rays / stretch[..., None]) @ rotation.T

    def distance(points: Tensor) -> Tensor:
        return scene.distance(points, time)

    lengths, met = trace(distance, position, directions, 0.01 * scene.size_mm, scene.far_mm, scene.cautious)
    depth = lengths / stretch
    towards = columns_of(directions.permute(2, 0, 1).reshape(3, -1))
    points = position + lengths.reshape(-1, 1) * towards
    pixel_mm = lengths.reshape(-1) / camera.fx
    normal = normals(distance, points, pixel_mm)
    part = scene.nearest_part(points, time)
    seen = Seen(points, normal, part, -towards)

    def visibility(source: Tensor) -> Tensor:
        # Shadows are soft: half the resolution shows them as well, at a quarter of the cost.
        grid = columns_of(points.T.view(3, camera.height, camera.width)[:, ::2, ::2].reshape(3, -1))
        normal_grid = columns_of(normal.T.reshape(3, camera.height, camera.width)[:, ::2, ::2].reshape(3, -1))
        seen_light = soft_visibility(distance, grid, normal_grid, source)
        shape = (len(range(0, camera.height, 2)), len(range(0, camera.width, 2)))
        full = torch.nn.functional.interpolate(
            seen_light.view(1, 1, *shape), (camera.height, camera.width), mode="bilinear", align_corners=False
        )
        return full.view(-1)

    radiance = light_surface(
        seen,
        clip.table,
        clip.noise,
        clip.lighting,
        rotation,
        position,
        scene.size_mm,
        visibility if clip.lighting.shadows else None,
    )
    radiance = radiance.T.reshape(3, camera.height, camera.width)
    image, content = develop(radiance, depth, clip.optics, frame_seed, clip.exposure)
    valid = content & met
    labels = torch.where(valid, clip.table.labels[part].view(camera.height, camera.width), 0)
    world_from_camera = np.eye(4)
    world_from_camera[:3, :3], world_from_camera[:3, 3] = rotation_array, pose.position
    return PhantomFrame(
        image.cpu().numpy(),
        torch.where(valid, depth, torch.nan).cpu().numpy(),
        labels.to(torch.uint8).cpu().numpy(),
        content.cpu().numpy(),
        world_from_camera,
        camera,
        index,
    )
