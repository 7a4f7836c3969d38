"""Clips for self-supervision: what is usable, how far apart neighbours are, batches that depend on the step alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from moving_camera.two_planes import CAMERA, poses, view

from EndoDepthLib.errors import InputError
from EndoDepthTrainingLib.datasets.motion.batches import JitterConfig, MotionBatches, jittered
from EndoDepthTrainingLib.datasets.motion.clip import MotionClip, SequenceFrame, read_clip, with_labels
from EndoDepthTrainingLib.datasets.motion.stride import LEAST, WANTED, measured_motion, with_stride
from EndoDepthTrainingLib.geometry.lens import mirrored
from EndoDepthTrainingLib.processes import Share

SIZE = (96, 128)


def clip_of(pictures: list[np.ndarray], depths: list[np.ndarray] | None = None) -> MotionClip:
    content = np.ones((CAMERA.height, CAMERA.width), bool)
    frames = [SequenceFrame(p, None if depths is None else depths[n]) for n, p in enumerate(pictures)]
    return read_clip("clip", frames, content, CAMERA, True, SIZE)


@pytest.fixture(scope="module")
def clip() -> MotionClip:
    views = [view(pose) for pose in poses(60)]
    return clip_of([picture for picture, _ in views], [depth for _, depth in views])


def test_frames_come_on_one_grid_with_their_camera_and_truth(clip: MotionClip) -> None:
    assert clip.images.shape == (60, *SIZE, 3) and clip.depth is not None and clip.depth.shape == (60, *SIZE)
    assert clip.camera == CAMERA.resize(SIZE[1], SIZE[0])
    middle = view(poses(60)[30])[1][90, 120]
    assert clip.depth[30, 48, 64] == pytest.approx(middle, rel=0.02)


def test_border_highlights_and_instruments_are_not_learned_from() -> None:
    picture = np.full((180, 240, 3), 90, np.uint8)
    picture[80:100, 100:130] = 255
    content = np.ones((180, 240), bool)
    content[:, :120] = False
    frames = [SequenceFrame(picture)] * 3
    clip = read_clip("clip", frames, content, CAMERA, True, SIZE)
    assert clip.camera.cx == pytest.approx((CAMERA.cx - 120 + 0.5) * 128 / 120 - 0.5)
    assert not clip.usable[0, 47, 3] and clip.usable[0, 20, 60]  # a highlight at the left of the window, tissue
    labels = np.zeros((3, *SIZE), np.uint8)
    labels[:, :, 90:100], labels[:, :, 20:60] = 5, 2
    marked = with_labels(clip, labels, moving=[5])
    assert not marked.usable[0, 20, 89:101].any() and marked.usable[0, 20, 40:60].all()


def test_slow_video_gets_neighbours_farther_apart(clip: MotionClip) -> None:
    chosen = with_stride(clip)
    assert 1 < chosen.stride < 20
    assert measured_motion(clip, chosen.stride).displacement >= WANTED
    assert measured_motion(clip, chosen.stride - 1).displacement < 1.3 * WANTED
    fast = replace(clip, images=clip.images[:: chosen.stride], usable=clip.usable[:: chosen.stride])
    assert with_stride(fast).stride == 1
    assert chosen.targets[0] == chosen.stride and chosen.targets[-1] == len(clip) - 1 - chosen.stride


def test_a_static_video_is_refused_in_one_clear_line() -> None:
    picture = view(poses(3)[1])[0].astype(np.int16)
    rng = np.random.default_rng(0)
    still = [np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8) for _ in range(12)]
    with pytest.raises(InputError, match=f"camera does not move in 'clip'.*expected {100 * LEAST:.1f} %") as caught:
        with_stride(clip_of(still))
    assert "\n" not in str(caught.value)


def test_noise_and_too_few_frames_are_refused(clip: MotionClip) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="of the corners are found again"):
        with_stride(clip_of([rng.integers(0, 255, (180, 240, 3), np.uint8) for _ in range(8)]))
    with pytest.raises(InputError, match="has 2 frames; expected at least 3"):
        with_stride(replace(clip, images=clip.images[:2]))
    with pytest.raises(InputError, match="30 frames apart do not fit"):
        with_stride(clip, 30)


def test_a_batch_is_a_function_of_the_step_and_processes_share_it(clip: MotionClip) -> None:
    chosen = with_stride(clip, 4)
    batches = MotionBatches([chosen], [np.array([20])], JitterConfig())
    assert len(batches) == 52 - 3  # neither target nor neighbour
    one, again, other = (batches.draw(4, 0, step, Share()) for step in (3, 3, 4))
    assert torch.equal(one.seen, again.seen) and not torch.equal(one.images, other.images)
    halves = [batches.draw(4, 0, 3, Share(rank, 2)) for rank in (0, 1)]
    for rank, half in enumerate(halves):
        for name in ("images", "seen", "usable", "labels", "clip"):
            assert torch.equal(getattr(half, name), getattr(one, name)[rank::2])
        assert torch.equal(half.lens.intrinsics, one.lens.intrinsics[rank::2])


def test_a_flipped_sample_has_the_flipped_camera(clip: MotionClip) -> None:
    chosen = with_stride(clip, 4)
    plain, flipped = (
        MotionBatches([chosen], [np.array([], int)], JitterConfig(0, 0, 0, 0, flip)).draw(2, 0, 0, Share())
        for flip in (0.0, 1.0)
    )
    assert torch.equal(flipped.images, plain.images.flip(-1)) and torch.equal(plain.images, plain.seen)
    assert float(flipped.lens.intrinsics[0, 2]) == pytest.approx(mirrored(chosen.camera).cx)


def test_jitter_is_alike_for_neighbours_and_keeps_black_black() -> None:
    images = torch.rand(2, 1, 3, 8, 8, generator=torch.Generator().manual_seed(0)).expand(2, 3, 3, 8, 8).clone()
    images[:, :, :, 0] = 0.0
    changed = jittered(images, torch.tensor([[1.0, -1.0, 1.0, 1.0], [0.0, 0.0, 0.0, 0.0]]), JitterConfig())
    assert torch.equal(changed[0, 0], changed[0, 2]) and float(changed[0, :, :, 0].max()) == 0.0
    assert float((changed[0] - images[0]).abs().mean()) > 0.02
    assert torch.allclose(changed[1], images[1], atol=1e-6)
