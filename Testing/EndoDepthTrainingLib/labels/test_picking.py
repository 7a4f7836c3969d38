"""Few frames that are spread over time and appearance."""

from __future__ import annotations

import numpy as np

from EndoDepthTrainingLib.labels.picking import frame_appearance, pick_spread


def test_frames_are_spread_over_time_when_all_look_alike() -> None:
    picked = pick_spread(np.zeros((101, 6)), [1.0] * 101, 5)
    assert len(picked) == 5 and picked[0] == 0 and picked[-1] == 100
    assert min(np.diff(picked)) >= 20


def test_a_short_scene_of_another_kind_is_not_missed() -> None:
    rng = np.random.default_rng(0)
    appearances = rng.normal(0, 0.05, (200, 20))
    appearances[120:124] += 3.0
    picked = pick_spread(appearances, rng.uniform(1, 2, 200).tolist(), 6)
    assert set(picked) & set(range(120, 124))
    evenly = set(np.linspace(0, 199, 6).round().astype(int).tolist())
    assert not evenly & set(range(120, 124)), "what even spacing misses"


def test_blurred_frames_are_passed_over_while_others_are_left() -> None:
    sharpness = [0.1 if number % 5 == 0 else 10.0 for number in range(50)]
    assert not [number for number in pick_spread(np.zeros((50, 3)), sharpness, 8) if number % 5 == 0]
    assert pick_spread(np.zeros((3, 3)), [0.1, 9.0, 9.0], 3) == [0, 1, 2]


def test_appearance_tells_scenes_apart_and_sharp_from_blurred() -> None:
    rng = np.random.default_rng(1)
    sharp = rng.integers(0, 255, (90, 120, 3), np.uint8)
    red = np.full((90, 120, 3), (200, 40, 40), np.uint8)
    looks, value = frame_appearance(sharp)
    assert looks.shape == (16 * 12 * 3,) and value > 100 * max(frame_appearance(red)[1], 1e-6)
    dark = frame_appearance(red // 2)[0]
    assert np.linalg.norm(frame_appearance(red)[0] - looks) > np.linalg.norm(frame_appearance(red)[0] - dark) > 0
