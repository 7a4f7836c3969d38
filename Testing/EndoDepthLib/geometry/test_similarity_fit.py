"""A similarity is found again from points that it moved; weights leave out what they should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from EndoDepthLib.geometry import Similarity, fit_similarity


def a_similarity(random: np.random.Generator, scale: float) -> Similarity:
    turn, _ = np.linalg.qr(random.normal(size=(3, 3)))
    return Similarity(scale, turn * np.sign(np.linalg.det(turn)), random.normal(0, 50, 3))


@given(seed=st.integers(0, 10_000), scale=st.floats(0.1, 10))
def test_it_is_found_again(seed: int, scale: float) -> None:
    random = np.random.default_rng(seed)
    true = a_similarity(random, scale)
    source = random.normal(size=(8, 3))
    found = fit_similarity(source, true.apply(source))
    assert found.scale == pytest.approx(scale, rel=1e-8)
    assert np.allclose(found.rotation, true.rotation, atol=1e-8)
    homogeneous = np.column_stack([source, np.ones(8)]) @ found.matrix().T
    assert np.allclose(homogeneous[:, :3], true.apply(source), atol=1e-6)


def test_a_point_without_weight_has_no_say_and_a_mirror_is_no_similarity() -> None:
    random = np.random.default_rng(3)
    true = a_similarity(random, 2.0)
    source = random.normal(size=(6, 3))
    target = true.apply(source)
    target[5] += 100
    found = fit_similarity(source, target, np.array([1.0, 1, 1, 1, 1, 0]))
    assert np.allclose(found.apply(source[:5]), target[:5])
    assert not np.allclose(fit_similarity(source, target).apply(source[:5]), target[:5], atol=1)
    assert np.linalg.det(fit_similarity(source, source * [1, 1, -1]).rotation) == pytest.approx(1)


def test_a_rigid_motion_keeps_lengths() -> None:
    random = np.random.default_rng(4)
    source = random.normal(size=(6, 3))
    found = fit_similarity(source, a_similarity(random, 3.0).apply(source), with_scale=False)
    assert found.scale == 1.0
    assert np.allclose(found.rotation @ found.rotation.T, np.eye(3))
