"""A partial, bent, noisy surface of unknown scale finds its place on the organ."""

from __future__ import annotations

import numpy as np
import pytest
from organ_shapes.seen_part import Trial, make_trial
from organ_shapes.shapes import SHAPES, organ_mesh

from EndoDepthLib.anatomy import OrganSurface
from EndoDepthLib.errors import InputError, RegistrationError
from EndoDepthLib.registration import LandmarkPairs, RegistrationSettings, SeenSurface, register_surface


@pytest.fixture(scope="module")
def organs() -> dict[str, OrganSurface]:
    return {shape: OrganSurface(*organ_mesh(shape, 4), name=shape) for shape in SHAPES}


@pytest.fixture(scope="module")
def trials(organs: dict[str, OrganSurface]) -> dict[str, Trial]:
    return {shape: make_trial(organ, seed) for seed, (shape, organ) in enumerate(organs.items())}


@pytest.mark.parametrize("shape", SHAPES)
def test_targets_below_the_surface_are_found(
    shape: str, organs: dict[str, OrganSurface], trials: dict[str, Trial]
) -> None:
    trial = trials[shape]
    found = register_surface(trial.seen, organs[shape], trial.landmarks)
    errors = trial.target_errors_mm(found.ct_from_surface)
    alone = trial.target_errors_mm(trial.landmarks.fit())
    assert np.median(errors) < 3.0 and np.median(errors) < np.median(alone)
    assert not found.ambiguous
    low, high = found.scale_interval_90()
    assert low < found.scale < high and abs(np.log(found.scale / trial.ct_from_surface.scale)) < 0.08
    _, bound = found.target_error_mm(trial.targets_ct)
    assert np.median(bound) < 5.0


def test_without_noise_the_truth_comes_back(organs: dict[str, OrganSurface]) -> None:
    organ = organs["lobed"]
    trial = make_trial(organ, 3, landmark_noise_mm=1e-3, depth_error=False)
    found = register_surface(trial.seen, organ, trial.landmarks)
    assert np.max(trial.target_errors_mm(found.ct_from_surface)) < 0.5
    assert found.inlier_share > 0.99 and found.rms_mm < 0.3


def test_coverage_is_the_share_that_was_seen(organs: dict[str, OrganSurface], trials: dict[str, Trial]) -> None:
    trial = trials["lobed"]
    found = register_surface(trial.seen, organs["lobed"], trial.landmarks)
    assert found.coverage == pytest.approx(trial.share, abs=0.1)
    assert len(found.residuals_mm) == len(trial.seen.vertices)


def test_landmarks_alone(organs: dict[str, OrganSurface], trials: dict[str, Trial]) -> None:
    trial = trials["lobed"]
    found = register_surface(trial.seen, organs["lobed"], trial.landmarks, RegistrationSettings(refine=False))
    assert found.method == "landmarks"
    assert found.matrix == pytest.approx(trial.landmarks.fit().matrix())
    assert found.leave_one_out_mm is not None and len(found.leave_one_out_mm) == 4


def test_without_landmarks_the_place_is_found_or_said_to_be_ambiguous(organs: dict[str, OrganSurface]) -> None:
    told: list[float] = []
    trial = make_trial(organs["lobed"], 0)
    found = register_surface(trial.seen, organs["lobed"], progress=told.append)
    assert found.method == "surface" and not found.ambiguous
    assert np.median(trial.target_errors_mm(found.ct_from_surface)) < 10.0
    assert told == sorted(told) and told[-1] == 1.0


def test_a_symmetric_organ_is_ambiguous() -> None:
    vertices, triangles = organ_mesh("smooth", 3)
    directions = vertices - vertices.mean(axis=0)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    egg = OrganSurface(directions * [55.0, 40.0, 40.0], triangles, "egg")  # turns onto itself
    trial = make_trial(egg, 2)
    found = register_surface(trial.seen, egg)
    assert found.ambiguous and found.alternatives and found.warnings


def test_a_mirrored_organ_is_refused(organs: dict[str, OrganSurface], trials: dict[str, Trial]) -> None:
    trial, flip = trials["lobed"], np.array([-1.0, 1.0, 1.0])
    mirrored = OrganSurface(organs["lobed"].vertices * flip, organs["lobed"].triangles[:, ::-1], "mirrored")
    pairs = LandmarkPairs(trial.landmarks.surface, trial.landmarks.ct * flip, 2.0)
    with pytest.raises(RegistrationError, match="mirror"):
        register_surface(trial.seen, mirrored, pairs)
    # Three landmarks lie in a plane and fit the mirror image as well: the surface tells.
    three = LandmarkPairs(pairs.surface[:3], pairs.ct[:3], 4.0)
    with pytest.raises(RegistrationError, match="mirror"):
        register_surface(trial.seen, mirrored, three)


def test_surfaces_that_cannot_be_used(organs: dict[str, OrganSurface]) -> None:
    organ = organs["lobed"]
    with pytest.raises(InputError, match="metres"):
        OrganSurface(organ.vertices / 1000, organ.triangles)
    with pytest.raises(InputError, match="flat"):
        OrganSurface(organ.vertices * [1, 1, 0.001], organ.triangles)
    with pytest.raises(InputError, match="empty"):
        SeenSurface(organ.vertices, organ.triangles[:0])
    with pytest.raises(InputError, match="triangles"):
        SeenSurface(organ.vertices, organ.triangles[:5])


@pytest.mark.parametrize(
    ("surface", "word"),
    [
        ([[0, 0, 0], [1, 0, 0]], "at least 3"),
        ([[0, 0, 0], [1, 0, 0], [2, 0.01, 0]], "line"),
        ([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0.001]], "one place"),
    ],
)
def test_landmarks_that_cannot_be_used(surface: list[list[float]], word: str) -> None:
    points = np.array(surface, float)
    with pytest.raises(RegistrationError, match=word):
        LandmarkPairs(points, 30 * points)
