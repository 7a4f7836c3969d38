"""A phantom clip: a scene with its light, camera and optics, and the two steps that make each of its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from EndoDepthLib.phantoms.clip_settings import ClipSettings
from EndoDepthLib.phantoms.fields import NoiseVolume
from EndoDepthLib.phantoms.labels import SCENES
from EndoDepthLib.phantoms.lighting import Seen, light_surface, sample_lighting, soft_visibility
from EndoDepthLib.phantoms.materials import MaterialTable, recolored
from EndoDepthLib.phantoms.optics import AutoExposure, develop, sample_optics
from EndoDepthLib.phantoms.scenes import Pose, build_scene
from EndoDepthLib.phantoms.tracing import columns_of, normals, trace
from EndoDepthLib.phantoms.viewing import choose_path
from EndoDepthLib.values import Camera


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


class Exposure(NamedTuple):
    """What reaches the optics: radiance (3, H, W) float32, depth (H, W) float32 mm, labels (H, W) uint8, and met (H, W)
    bool, where there is a surface."""

    radiance: Tensor
    depth: Tensor
    labels: Tensor
    met: Tensor

    def to_arrays(self) -> tuple[np.ndarray, ...]:
        """The same on the CPU, for another process."""
        return tuple(tensor.cpu().numpy() for tensor in self)

    @classmethod
    def from_arrays(cls, arrays: tuple[np.ndarray, ...]) -> Exposure:
        """What `to_arrays` gave."""
        return cls(*(torch.from_numpy(array) for array in arrays))


class PhantomClip:
    """Everything that stays the same during a clip, and what makes its pictures.

    `expose` depends on the frame alone and may be called in any order and any process; `develop` has to be called with
    the exposures in order, since the gain of a picture follows that of the one before.
    """

    def __init__(self, settings: ClipSettings) -> None:
        rng = np.random.default_rng([SCENES.index(settings.scene), settings.seed])
        device = torch.device(settings.device)
        with _one_thread():
            self._scene = build_scene(settings.scene, rng, device)
            materials = self._scene.materials
            if settings.appearance == "random":
                materials = [recolored(rng, material) for material in materials]
            self.camera = _sample_camera(rng, settings.width, settings.height)
            self._optics = sample_optics(int(rng.integers(2**31)), settings.optics_strength)
            self._table = MaterialTable(materials, device)
            self._noise = NoiseVolume.sample(rng, device)
            self._lighting = sample_lighting(rng, self._scene.size_mm)
            self._gain = AutoExposure(self._optics.exposure)
            self._path = choose_path(rng, self._scene)
        self._first_frame_seed = int(rng.integers(2**30))
        self._step = settings.frame_step

    @property
    def shaft_diameters_mm(self) -> tuple[float, ...]:
        """Of the instruments in the scene, which all keep theirs."""
        return self._scene.shaft_diameters_mm

    def expose(self, index: int, aside_mm: float = 0.0) -> Exposure:
        """Trace and light the frame at this index; aside_mm: seen from so far to the right, as by a second eye."""
        with torch.inference_mode(), _one_thread():
            return self._expose(self._pose(index), index * self._step, aside_mm)

    def develop(self, exposure: Exposure, index: int) -> PhantomFrame:
        """The picture of an exposure, and its truth."""
        with torch.inference_mode(), _one_thread():
            image, content = develop(
                exposure.radiance, exposure.depth, self._optics, self._first_frame_seed + index, self._gain
            )
            valid = content & exposure.met
            depth = torch.where(valid, exposure.depth, torch.nan)
            labels = torch.where(valid, exposure.labels, 0).to(torch.uint8)
        return PhantomFrame(
            image.cpu().numpy(),
            depth.cpu().numpy(),
            labels.cpu().numpy(),
            content.cpu().numpy(),
            self.pose(index),
            self.camera,
            index,
        )

    def pose(self, index: int) -> np.ndarray:
        """world_from_camera (4, 4) float64 mm of the frame at this index, without rendering it."""
        pose = self._pose(index)
        world_from_camera = np.eye(4)
        world_from_camera[:3, :3], world_from_camera[:3, 3] = _rotation(pose), pose.position
        return world_from_camera

    def _pose(self, index: int) -> Pose:
        return self._path(index * self._step)

    def _expose(self, pose: Pose, time: float, aside_mm: float) -> Exposure:
        scene, camera = self._scene, self.camera
        rotation, position = scene.vector(_rotation(pose)), scene.vector(pose.position)
        rays = _rays(camera, scene.device)
        stretch = rays.norm(dim=2)
        directions = (rays / stretch[..., None]) @ rotation.T

        def distance(points: Tensor) -> Tensor:
            return scene.distance(points, time)

        eye = position + aside_mm * rotation[:, 0]
        lengths, met = trace(distance, eye, directions, 0.01 * scene.size_mm, scene.far_mm, scene.cautious)
        towards = columns_of(directions.permute(2, 0, 1).reshape(3, -1))
        points = eye + lengths.reshape(-1, 1) * towards
        pixel_mm = lengths.reshape(-1) / camera.fx
        part = scene.nearest_part(points, time)
        seen = Seen(points, normals(distance, points, pixel_mm), part, -towards)

        def visibility(source: Tensor) -> Tensor:
            # Shadows are soft: half the resolution shows them as well, at a quarter of the cost.
            grid, normal_grid = (
                columns_of(each.T.reshape(3, camera.height, camera.width)[:, ::2, ::2].reshape(3, -1))
                for each in (seen.points, seen.normals)
            )
            share = soft_visibility(distance, grid, normal_grid, source)
            shape = (len(range(0, camera.height, 2)), len(range(0, camera.width, 2)))
            full = torch.nn.functional.interpolate(
                share.view(1, 1, *shape), (camera.height, camera.width), mode="bilinear", align_corners=False
            )
            return full.view(-1)

        radiance = light_surface(
            seen,
            self._table,
            self._noise,
            self._lighting,
            rotation,
            position,
            scene.size_mm,
            visibility if self._lighting.shadows else None,
        )
        return Exposure(
            radiance.T.reshape(3, camera.height, camera.width),
            lengths / stretch,
            self._table.labels[part].view(camera.height, camera.width),
            met,
        )


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute in one thread of the CPU: the tensors are too small for more, which only get in each other's way."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _sample_camera(rng: np.random.Generator, width: int, height: int) -> Camera:
    camera = Camera.from_fov(float(rng.uniform(48, 125)), width, height)
    shift = rng.normal(0, 0.03, size=2) * (width, height)
    aspect = float(rng.normal(1.0, 0.02))
    return Camera(camera.fx, camera.fy * aspect, camera.cx + shift[0], camera.cy + shift[1], width, height)


def _rays(camera: Camera, device: torch.device) -> Tensor:
    """(H, W, 3): the ray of each pixel in camera axes, at length one along the optical axis."""
    u = (torch.arange(camera.width, device=device) - camera.cx) / camera.fx
    v = (torch.arange(camera.height, device=device) - camera.cy) / camera.fy
    ahead = torch.ones(camera.height, camera.width, device=device)
    return torch.stack([*torch.meshgrid(u, v, indexing="xy"), ahead], dim=2)


def _rotation(pose: Pose) -> np.ndarray:
    """world_from_camera rotation (3, 3): columns are the camera's x (right), y (down) and z (forward) in the world."""
    right = np.cross(pose.forward, pose.up)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(pose.forward, right), pose.forward], axis=1)
