"""Adaptation to one video: what is held out and learned, when the original is kept, going on after an interruption."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re

import numpy as np
import pytest
import torch
from moving_camera.two_planes import poses, view, write_frames

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.inference import EndoDepthModel
from EndoDepthLib.motion import MotionFailure, MotionProblem, save_motion
from EndoDepthLib.video import Video
from EndoDepthTrainingLib.adaptation import AdaptationConfig
from EndoDepthTrainingLib.adaptation.batches import BatchMaker
from EndoDepthTrainingLib.adaptation.clip import read_clips
from EndoDepthTrainingLib.adaptation.from_motion import teaching_from_motion
from EndoDepthTrainingLib.adaptation.judgement import Judgement
from EndoDepthTrainingLib.adaptation.measures import HeldOutFrames, PointErrors, point_errors, scaled_to_points
from EndoDepthTrainingLib.adaptation.originals import Originals
from EndoDepthTrainingLib.adaptation.plan import Budget
from EndoDepthTrainingLib.adaptation.run import MOTION_FILE, Surroundings, adapt
from EndoDepthTrainingLib.adaptation.tracked_pairs import tracked_teaching
from EndoDepthTrainingLib.processes import Share

PIXELS = 96 * 64
CONFIG = AdaptationConfig(pixels=PIXELS, batch=2, learning_rate=3e-3)


@pytest.fixture(scope="module")
def a_clip(a_video, a_camera):
    with Video.open(a_video) as video:
        everything = np.ones((video.height, video.width), dtype=bool)
        return read_clips(video, a_camera.camera, everything, (PIXELS,))[0]


@pytest.fixture(scope="module")
def true_log_depth(a_clip):
    height, width = a_clip.images.shape[1:3]
    depths = [view(pose)[1] for pose in poses(len(a_clip))]
    rows, columns = ((np.arange(n) + 0.5) * m / n - 0.5 for n, m in ((height, 180), (width, 240)))
    return np.stack([np.log(d[np.ix_(np.rint(rows).astype(int), np.rint(columns).astype(int))]) for d in depths])


def test_points_and_poses_of_structure_from_motion_fit_the_clip(a_clip, a_motion, true_log_depth):
    teaching = teaching_from_motion(a_clip, a_motion, CONFIG)
    assert teaching.points is not None and not teaching.pairs.learns
    everything = np.ones(len(teaching.points.frame), dtype=bool)
    error = point_errors(true_log_depth.astype(np.float32), a_clip, teaching.points, everything)
    assert error.shared_scale < 0.01 < error.flat_frame_scale and abs(np.median(teaching.points.log_depth)) < 1e-6
    # True depth draws the held-out frames; the same depth everywhere draws them worse, whatever its scale and pose.
    frames = HeldOutFrames(a_clip, teaching)
    true = scaled_to_points(true_log_depth.astype(np.float32), a_clip, teaching.points)
    flat = scaled_to_points(np.zeros_like(true), a_clip, teaching.points)
    (error_true, seen), (error_flat, _) = (frames.errors(depth, best_poses=False) for depth in (true, flat))
    assert error_true[seen].mean() < 0.6 * error_flat[seen].mean()


def test_nothing_that_is_held_out_is_shown(a_clip, a_motion):
    teaching = teaching_from_motion(a_clip, a_motion, CONFIG)
    points = teaching.points
    assert points is not None and teaching.held_out.tolist() == [2, 7]
    assert not np.isin(teaching.pairs.source, teaching.held_out).any()
    shares = [points.held_out[points.frame == row].mean() for row in range(len(a_clip))]
    assert 0.1 < np.mean(shares) < 0.3
    kept = Originals(np.zeros(a_clip.usable.shape, np.float32), np.zeros((len(a_clip), 16, 16, 24), np.float16))
    batches = BatchMaker(a_clip, teaching, kept, CONFIG)
    shown = []
    apart = {tuple(pixel) for pixel in np.float32(points.pixel[points.held_out])}
    for step in range(6):
        batch = batches.batch(step, Share())
        again = batches.batch(step, Share())
        assert all(torch.equal(getattr(batch, f.name), getattr(again, f.name)) for f in dataclasses.fields(batch))
        for image, positions, weight in zip(batch.images, batch.positions, batch.weight, strict=True):
            picture = (image.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
            shown.append(next(row for row in range(len(a_clip)) if np.array_equal(picture, a_clip.images[row])))
            size = np.array([a_clip.camera.width, a_clip.camera.height])
            pixels = ((positions[weight > 0].numpy() + 1) * size - 1) / 2
            assert len(pixels) and not any(
                np.abs(np.array(list(apart)) - pixel).max(axis=1).min() < 1e-4 for pixel in pixels[:20]
            )
    assert not set(shown) & {2, 7} and set(shown) == set(range(len(a_clip))) - {2, 7}


def test_followed_corners_give_poses_at_the_depth_they_are_given(a_clip, true_log_depth):
    teaching = tracked_teaching(a_clip, true_log_depth.astype(np.float32), CONFIG)
    assert not isinstance(teaching, str) and teaching.pairs.learns and teaching.points is None
    truth = poses(len(a_clip))
    errors = []
    for target, source, pose in zip(
        teaching.pairs.target, teaching.pairs.source, teaching.pairs.source_from_target, strict=True
    ):
        true = np.linalg.inv(truth[source]) @ truth[target]
        errors.append(np.linalg.norm(pose[:3, 3] - true[:3, 3]) / np.linalg.norm(true[:3, 3]))
    assert np.median(errors) < 0.15


def figures(**changes: object) -> Judgement:
    points = PointErrors(0.2, 0.3, 0.25, 100)
    better = dataclasses.replace(points, frame_scale=0.1)
    whole = Judgement("both", 0.10, 0.08, 0.11, 0.09, points, better, 0.98)
    return dataclasses.replace(whole, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"points_before": None, "points_after": None}, None),
        ({"photometric_after": 0.0995}, r"drawn no better \(photometric error -0\.5%\)"),
        ({"photometric_after": float("nan")}, "drawn no better"),
        ({"points_after": PointErrors(0.21, 0.1, 0.25, 100)}, r"no better \(error \+5\.0%\)"),
        ({"masks_agree": 0.5}, "only 50% of the pixels keep their label"),
    ],
)
def test_the_original_is_kept_unless_everything_gets_better(changes, reason):
    against = figures(**changes).reasons_against
    if reason is None:
        assert against == []
    else:
        assert len(against) == 1 and re.search(reason, against[0])


def run(tmp_path, a_video, a_model, a_camera, found, cancelled=None, reported=None, config=CONFIG):
    """Four steps; `found` is what structure from motion gave."""
    work, output = tmp_path / "work", tmp_path / "weights.safetensors"
    work.mkdir(exist_ok=True)
    save_motion(work / MOTION_FILE, found)

    def progress(stage: str, done: int, total: int) -> None:
        if stage == "learning" and reported is not None:
            reported.append(done)

    with Video.open(a_video) as video:
        everything = np.ones((video.height, video.width), dtype=bool)
        around = Surroundings(progress, cancelled)
        outcome = adapt(video, everything, output, a_model, a_camera, work, config, Budget(4), surroundings=around)
    return outcome, output


def test_an_interrupted_adaptation_goes_on_where_it_was(tmp_path, a_video, a_model, a_camera, a_motion):
    asked = iter([False] * 9 + [True] * 100)  # 8 frames are read, then it is asked after every step
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, a_video, a_model, a_camera, a_motion, cancelled=lambda: next(asked))
    assert not (tmp_path / "weights.safetensors").exists()
    steps: list[int] = []
    outcome, output = run(tmp_path, a_video, a_model, a_camera, a_motion, reported=steps)
    assert steps == [3, 4]  # two were done
    # An untrained network's masks are noise, so whether it is kept says nothing here; what is written must fit it.
    assert outcome.adapted or output.read_bytes() == a_model.weights.path.read_bytes()
    told = json.loads(output.with_suffix(".json").read_text(encoding="utf-8"))
    assert told["figures"]["teacher"] == "structure from motion and photometric" and told["steps"] == 4
    assert output.with_suffix(".png").stat().st_size > 1000
    with pytest.raises(SettingsError, match=r"config\.seed = 0, now 1"):
        run(tmp_path, a_video, a_model, a_camera, a_motion, config=dataclasses.replace(CONFIG, seed=1))


@pytest.mark.parametrize("kind", ["static", "noise"])
def test_a_video_without_structure_from_motion_that_shows_no_depth_keeps_the_original(
    tmp_path, a_model, a_camera, kind
):
    rng = np.random.default_rng(0)
    still = view(np.eye(4))[0]
    pictures = {
        "static": [still] * 10,
        "noise": [rng.integers(0, 256, still.shape, np.uint8) for _ in range(10)],
    }[kind]
    folder = write_frames(tmp_path / "frames", pictures)
    missing = MotionFailure(MotionProblem.MISSING_PACKAGE, "structure from motion needs the package 'pycolmap'")
    outcome, output = run(tmp_path, folder, a_model, a_camera, missing)
    assert not outcome.adapted and outcome.steps == 0
    assert {"static": "does not move", "noise": "found again"}[kind] in outcome.reason
    same = [hashlib.sha256(file.read_bytes()).digest() for file in (output, a_model.weights.path)]
    assert same[0] == same[1]
    assert "kept" in output.with_suffix(".md").read_text(encoding="utf-8")


def test_adapted_weights_are_weights_like_any_other(tmp_path, a_model):
    from EndoDepthLib.networks import load_checkpoint
    from EndoDepthTrainingLib.adaptation.outcome import Outcome, research_use_of, write_outcome

    output = tmp_path / "adapted.safetensors"
    network = load_checkpoint(a_model.weights.path).network
    outcome = Outcome(True, "", figures(), "8 of 8 frames", 10, 60.0)
    write_outcome(output, outcome, network, a_model.weights, "case.mp4", {"steps": 10}, None)
    loaded = EndoDepthModel.load(output, "cpu")
    told = loaded.weights.metadata["adaptation"]
    assert told["source_sha256"] == a_model.weights.sha256 and told["video"] == "case.mp4"
    assert told["figures"]["masks_agree"] == 0.98 and research_use_of(loaded.weights) is None
    assert "-50.0%" in output.with_suffix(".md").read_text(encoding="utf-8")
