"""One frame from another: the library's camera model, true depth and pose of phantoms, gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from EndoDepthLib.geometry import project, unproject
from EndoDepthLib.phantoms import PhantomFrame, render_video
from EndoDepthLib.values import Camera, DistortionModel
from EndoDepthTrainingLib.geometry import Lens, pixel_grid, rigid_from_twist, source_view, synthesise
from EndoDepthTrainingLib.geometry.lens import mirrored
from EndoDepthTrainingLib.losses import photometric_error

PINHOLE = Camera(40.0, 42.0, 15.0, 11.0, 32, 24)
BROWN = Camera(40.0, 42.0, 15.0, 11.0, 32, 24, DistortionModel.BROWN_CONRADY, (-0.2, 0.05, 0.003, -0.002, 0.01))
FISHEYE = Camera(30.0, 31.0, 15.0, 11.0, 32, 24, DistortionModel.FISHEYE, (0.05, -0.01, 0.002, 0.001))
CAMERAS = (PINHOLE, BROWN, FISHEYE)


def some_motion() -> torch.Tensor:
    return rigid_from_twist(torch.tensor([[0.05, -0.08, 0.03, 0.2, -0.1, 0.3]], dtype=torch.float64))


@pytest.mark.parametrize("camera", CAMERAS, ids=lambda camera: camera.distortion_model.value)
def test_pixels_are_where_the_library_sees_them(camera: Camera) -> None:
    depth = np.random.default_rng(0).uniform(3, 6, (24, 32))
    view = source_view(torch.from_numpy(depth)[None, None], some_motion(), Lens.of([camera], torch.float64))
    points = unproject(camera, depth).reshape(-1, 3) @ some_motion()[0, :3, :3].numpy().T
    points += some_motion()[0, :3, 3].numpy()
    expected = project(camera, points)
    inside = ((expected > -0.5) & (expected < [31.5, 23.5])).all(axis=1)
    assert 0.5 < inside.mean() < 1.0
    np.testing.assert_array_equal(view.visible[0, 0].numpy().ravel(), inside)
    np.testing.assert_allclose(view.pixels[0].permute(1, 2, 0).reshape(-1, 2)[inside], expected[inside], atol=1e-6)
    np.testing.assert_allclose(view.depth[0, 0].numpy().ravel(), points[:, 2])


def test_cameras_of_different_kinds_share_a_batch() -> None:
    depth = torch.full((3, 1, 24, 32), 4.0, dtype=torch.float64)
    motion = some_motion().expand(3, 4, 4)
    together = source_view(depth, motion, Lens.of(CAMERAS, torch.float64))
    for row, camera in enumerate(CAMERAS):
        alone = source_view(depth[:1], motion[:1], Lens.of([camera], torch.float64))
        seen = alone.visible[0].expand(2, -1, -1)
        np.testing.assert_allclose(together.pixels[row][seen], alone.pixels[0][seen], atol=1e-9)


@pytest.mark.parametrize("camera", CAMERAS, ids=lambda camera: camera.distortion_model.value)
def test_standing_still_changes_nothing(camera: Camera) -> None:
    image = torch.rand(1, 3, 24, 32, generator=torch.Generator().manual_seed(0))
    drawn, visible = synthesise(image, torch.full((1, 1, 24, 32), 5.0), torch.eye(4)[None], Lens.of([camera]))
    assert bool(visible.all())
    np.testing.assert_allclose(drawn, image, atol=2e-4)


def test_points_behind_the_camera_are_not_visible() -> None:
    back = torch.eye(4)[None].clone()
    back[0, 2, 3] = -10.0
    assert not bool(source_view(torch.full((1, 1, 24, 32), 5.0), back, Lens.of([PINHOLE])).visible.any())


@pytest.mark.parametrize("camera", CAMERAS, ids=lambda camera: camera.distortion_model.value)
def test_a_mirrored_camera_sees_the_mirrored_world(camera: Camera) -> None:
    points = np.random.default_rng(1).uniform([-1, -0.8, 4], [1, 0.8, 6], (50, 3))
    flipped = project(mirrored(camera), points * [-1, 1, 1])
    np.testing.assert_allclose(flipped[:, 0], camera.width - 1 - project(camera, points)[:, 0], atol=1e-9)
    np.testing.assert_allclose(flipped[:, 1], project(camera, points)[:, 1], atol=1e-9)


def test_a_learned_focal_length_is_the_camera_it_says() -> None:
    depth, motion = torch.full((1, 1, 24, 32), 4.0), some_motion().float()
    learned = source_view(depth, motion, Lens.of([PINHOLE]).with_focal_factor(torch.tensor([1.25])))
    known = source_view(depth, motion, Lens.of([Camera(50.0, 52.5, 15.0, 11.0, 32, 24)]))
    np.testing.assert_allclose(learned.pixels, known.pixels, atol=1e-4)
    with pytest.raises(ValueError, match="expected a pinhole"):
        Lens.of([BROWN]).with_focal_factor(torch.tensor([1.25]))


def test_the_gradients_are_right() -> None:
    image = torch.rand(1, 2, 24, 32, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    small = Camera(9.0, 9.2, 3.2, 2.4, 8, 6, DistortionModel.BROWN_CONRADY, (-0.1, 0.02, 0.003, -0.002))
    depth = 4 + torch.rand(1, 1, 6, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    motion = 0.3 * some_motion() + 0.7 * torch.eye(4, dtype=torch.float64)
    lens = Lens.of([small], torch.float64)
    assert torch.autograd.gradcheck(
        lambda d, m: synthesise(image[..., :6, :8], d, m, lens)[0], [depth.requires_grad_(), motion.requires_grad_()]
    )
    factor = torch.tensor([1.1], dtype=torch.float64, requires_grad=True)
    pinhole = Lens.of([small.pinhole()], torch.float64)
    assert torch.autograd.gradcheck(
        lambda f: source_view(depth.detach(), motion.detach(), pinhole.with_focal_factor(f)).pixels, [factor]
    )


def two_frames(scene: str, seed: int, apart: float) -> tuple[PhantomFrame, PhantomFrame]:
    first, second = render_video(scene, 2, seed, 96, 80, optics_strength=0.0, frame_step=apart)
    return first, second


def relative(first: PhantomFrame, second: PhantomFrame) -> torch.Tensor:
    """second_from_first, (1, 4, 4) float32."""
    return torch.from_numpy(np.linalg.inv(second.world_from_camera) @ first.world_from_camera).float()[None]


def painted(frame: PhantomFrame, wave_mm: float) -> torch.Tensor:
    """(1, 3, H, W): the phantom's surface in a paint that hangs on the place in the world alone, as albedo does."""
    points = unproject(frame.camera, np.nan_to_num(frame.depth, nan=1.0)).reshape(-1, 3)
    world = points @ frame.world_from_camera[:3, :3].T + frame.world_from_camera[:3, 3]
    axes = np.array([[1, 0.4, 0], [0, 0.9, 0.5], [0.3, 0, 1.1]]) * (2 * np.pi / wave_mm)
    waves = np.stack([0.5 + 0.5 * np.sin(world @ axis) for axis in axes])
    return torch.from_numpy(waves.reshape(1, 3, *frame.depth.shape)).float()


@pytest.mark.parametrize(("scene", "seed"), [("colon", 3), ("larynx", 1)])
def test_true_depth_and_pose_of_a_phantom_reproduce_its_neighbour(scene: str, seed: int) -> None:
    first, second = two_frames(scene, seed, 6.0)
    depth = torch.from_numpy(np.nan_to_num(first.depth, nan=1.0))[None, None]
    there = torch.from_numpy(np.nan_to_num(second.depth, nan=1e6))[None, None]
    lens = Lens.of([first.camera])
    view = source_view(depth, relative(first, second), lens)
    seen_depth, _ = synthesise(there, depth, relative(first, second), lens)
    known = torch.from_numpy(np.isfinite(first.depth))[None, None]
    # What something nearer hides, and what moved by itself, is at another depth in the neighbour.
    counted = known & view.visible & ((seen_depth / view.depth - 1.0).abs() < 0.02)
    shift = (view.pixels - pixel_grid(80, 96, view.pixels)).norm(dim=1, keepdim=True)
    assert float(counted.float().mean()) > 0.5 and float(shift[counted].median()) > 0.8
    wave_mm = 0.3 * float(np.nanmedian(first.depth))
    paint = [painted(frame, wave_mm) for frame in (first, second)]
    drawn, _ = synthesise(paint[1], depth, relative(first, second), lens)
    error = [float((image - paint[0]).abs()[counted.expand(1, 3, -1, -1)].mean()) for image in (drawn, paint[1])]
    assert error[0] < 0.1 * error[1], error
    # The real picture: light moves with the camera, so it is only much better, not exact.
    images = [torch.from_numpy(frame.image).permute(2, 0, 1)[None].float() / 255 for frame in (first, second)]
    drawn, _ = synthesise(images[1], depth, relative(first, second), lens)
    error = [float(photometric_error(image, images[0])[counted].mean()) for image in (drawn, images[1])]
    assert error[0] < 0.6 * error[1], error
