"""Cameras as tensors: rays of every pixel, and projection with the lens's distortion (OpenCV's models)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from EndoDepthLib.geometry import camera_rays
from EndoDepthLib.values import Camera, DistortionModel

_LEAST_DEPTH = 1e-6
_COEFFICIENTS = 8


@dataclass(frozen=True)
class Lens:
    """The cameras of B pictures of one size (H, W); B = 1 serves a batch of any length.

    rays (B, 3, H, W), z = 1, a point of depth d is d * ray; has_ray (B, 1, H, W) bool; intrinsics (B, 4) fx fy cx cy in
    pixels; distortion (B, 8); fisheye (B,) bool; reach (B,): no point farther off the axis (in x / z, y / z) than this
    is seen, for beyond it a lens polynomial folds over.
    """

    rays: Tensor
    has_ray: Tensor
    intrinsics: Tensor
    distortion: Tensor
    fisheye: Tensor
    reach: Tensor

    @classmethod
    def of(cls, cameras: Sequence[Camera], dtype: torch.dtype = torch.float32) -> Lens:
        """The cameras, all of one picture size."""
        rays = [np.array(camera_rays(camera)) for camera in cameras]
        seen = [np.isfinite(each[..., 0]) for each in rays]
        # A hair more than the farthest ray: pixels reach half a pixel beyond their centres.
        reach = [
            (float(np.linalg.norm(each[mask][:, :2], axis=1).max()) + 1.0 / min(camera.fx, camera.fy))
            if camera.has_distortion
            else np.inf
            for each, mask, camera in zip(rays, seen, cameras, strict=True)
        ]
        padded = [(*c.distortion, *([0.0] * (_COEFFICIENTS - len(c.distortion)))) for c in cameras]
        return cls(
            torch.from_numpy(np.nan_to_num(np.stack(rays))).permute(0, 3, 1, 2).to(dtype).contiguous(),
            torch.from_numpy(np.stack(seen))[:, None],
            torch.tensor([[c.fx, c.fy, c.cx, c.cy] for c in cameras], dtype=dtype),
            torch.tensor(padded, dtype=dtype),
            torch.tensor([c.distortion_model is DistortionModel.FISHEYE and c.has_distortion for c in cameras]),
            torch.tensor(reach, dtype=dtype),
        )

    @classmethod
    def stacked(cls, lenses: Sequence[Lens]) -> Lens:
        """One after the other."""
        return cls(*(torch.cat([getattr(each, name) for each in lenses]) for name in cls.__dataclass_fields__))

    def with_focal_factor(self, factor: Tensor) -> Lens:
        """The same lenses with fx and fy times `factor` (B,), which may have a gradient: for pinholes only, whose rays
        follow in proportion. Raises ValueError for a lens with distortion whose factor is not 1."""
        if bool(((self.distortion != 0).any(dim=1) & (factor != 1)).any()):
            raise ValueError("the focal length of a lens with distortion was to change; expected a pinhole")
        one = torch.ones_like(factor)
        rays = self.rays / torch.stack([factor, factor, one], dim=1)[:, :, None, None]
        return replace(self, rays=rays, intrinsics=self.intrinsics * torch.stack([factor, factor, one, one], dim=1))

    def project(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Pixels (B, 2, H, W) (u, v) of camera-space points (B, 3, H, W), and (B, 1, H, W) bool where they are in front
        and within the lens's reach."""
        z = points[:, 2]
        deep = z.clamp(min=_LEAST_DEPTH)
        x, y = points[:, 0] / deep, points[:, 1] / deep
        squared = x * x + y * y
        seen = (z > _LEAST_DEPTH) & (squared <= self.reach[:, None, None] ** 2)
        if bool((self.distortion != 0).any()):
            x, y = self._distorted(torch.where(seen, x, 0.0), torch.where(seen, y, 0.0))
        fx, fy, cx, cy = (value[:, None, None] for value in self.intrinsics.unbind(dim=1))
        return torch.stack([fx * x + cx, fy * y + cy], dim=1), seen[:, None]

    def _distorted(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Brown-Conrady and fisheye as EndoDepthLib.geometry.distortion has them."""
        k1, k2, p1, p2, k3, k4, k5, k6 = (value[:, None, None] for value in self.distortion.unbind(dim=1))
        squared = x * x + y * y
        top = 1 + squared * (k1 + squared * (k2 + squared * k3))
        radial = top / (1 + squared * (k4 + squared * (k5 + squared * k6)))
        brown_x = x * radial + 2 * p1 * x * y + p2 * (squared + 2 * x * x)
        brown_y = y * radial + p1 * (squared + 2 * y * y) + 2 * p2 * x * y
        if not bool(self.fisheye.any()):
            return brown_x, brown_y
        radius = (squared + 1e-18).sqrt()
        angle = torch.atan(radius)
        second = angle * angle
        # The coefficients k1 k2 k3 k4 of a fisheye stand where Brown-Conrady has k1 k2 p1 p2.
        ratio = angle * (1 + second * (k1 + second * (k2 + second * (p1 + second * p2)))) / radius
        fisheye = self.fisheye[:, None, None]
        return torch.where(fisheye, x * ratio, brown_x), torch.where(fisheye, y * ratio, brown_y)


def mirrored(camera: Camera) -> Camera:
    """The camera of the picture flipped left to right."""
    distortion = list(camera.distortion)
    if camera.distortion_model is DistortionModel.BROWN_CONRADY:
        distortion[3] = -distortion[3]  # p2, the tangential part that is odd in x
    return replace(camera, cx=camera.width - 1 - camera.cx, distortion=tuple(distortion))
