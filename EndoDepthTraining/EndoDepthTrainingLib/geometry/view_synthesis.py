"""One frame drawn from another: by depth and pose (Monodepth2, Godard et al., ICCV 2019), or by flow."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from EndoDepthTrainingLib.geometry.lens import Lens


@dataclass(frozen=True)
class View:
    """Where the points that the target's pixels show are in the source's camera.

    pixels (B, 2, H, W) (u, v); visible (B, 1, H, W) bool: in front and inside the picture; depth (B, 1, H, W) there.
    """

    pixels: Tensor
    visible: Tensor
    depth: Tensor


def source_view(depth: Tensor, source_from_target: Tensor, target_lens: Lens, source_lens: Lens | None = None) -> View:
    """Follow every pixel of the target with depth (B, 1, H, W) into the source by rigid transforms (B, 4, 4).

    source_lens: None: the target's, as in a video.
    """
    points = target_lens.rays * depth
    rotation, translation = source_from_target[:, :3, :3], source_from_target[:, :3, 3]
    with torch.autocast(depth.device.type, enabled=False):  # half the digits are not enough for pixels
        moved = torch.einsum("bij,bjhw->bihw", rotation, points) + translation[:, :, None, None]
    pixels, seen = (source_lens or target_lens).project(moved)
    height, width = depth.shape[-2:]
    return View(pixels, target_lens.has_ray & seen & inside(pixels, height, width), moved[:, 2:])


def synthesise(
    source: Tensor, depth: Tensor, source_from_target: Tensor, target_lens: Lens, source_lens: Lens | None = None
) -> tuple[Tensor, Tensor]:
    """The target drawn from source (B, C, H, W): (B, C, H, W), and (B, 1, H, W) bool where the source shows the point.

    depth and pose as source_view takes them.
    """
    view = source_view(depth, source_from_target, target_lens, source_lens)
    return sample_at(source, view.pixels), view.visible


def sample_at(image: Tensor, pixels: Tensor) -> Tensor:
    """Bilinear values (B, C, h, w) of an image (B, C, H, W) at pixels (B, 2, h, w) (u, v), centres at whole numbers;
    outside, the nearest edge's."""
    height, width = image.shape[-2:]
    # align_corners=False: -1 and 1 are the outer edges of the first and last pixel, that is -0.5 and size - 0.5.
    grid = torch.stack([(2 * pixels[:, 0] + 1) / width - 1, (2 * pixels[:, 1] + 1) / height - 1], dim=-1)
    grid = grid.clamp(-3.0, 3.0)  # far points would overflow the sampler's whole numbers
    return functional.grid_sample(image, grid, mode="bilinear", padding_mode="border", align_corners=False)


def inside(pixels: Tensor, height: int, width: int) -> Tensor:
    """(B, 1, h, w) bool: pixels (B, 2, h, w) that lie on a picture of this size."""
    u, v = pixels[:, :1], pixels[:, 1:]
    return (u > -0.5) & (u < width - 0.5) & (v > -0.5) & (v < height - 0.5)


def pixel_grid(height: int, width: int, like: Tensor) -> Tensor:
    """(1, 2, H, W): every pixel's own (u, v), of the kind of `like`."""
    u = torch.arange(width, dtype=like.dtype, device=like.device)
    v = torch.arange(height, dtype=like.dtype, device=like.device)
    return torch.stack(torch.meshgrid(u, v, indexing="xy"))[None]


def warp_by_flow(source: Tensor, flow: Tensor) -> tuple[Tensor, Tensor]:
    """The target drawn from source (B, C, H, W) by flow (B, 2, H, W) in pixels, from each target pixel to where the
    source shows it; and (B, 1, H, W) bool where that is inside."""
    height, width = flow.shape[-2:]
    pixels = pixel_grid(height, width, flow) + flow
    return sample_at(source, pixels), inside(pixels, height, width)
