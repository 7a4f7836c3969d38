"""Landmark files, overlay, distances, the bend that is kept apart, and the JSON that other programs read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from organ_shapes.seen_part import Trial, make_trial
from organ_shapes.shapes import organ_mesh

from EndoDepthLib.anatomy import OrganSurface
from EndoDepthLib.errors import EndoDepthError, InputError
from EndoDepthLib.fusion import FusedSurface, save_fused
from EndoDepthLib.geometry import Similarity
from EndoDepthLib.registration import (
    Registration,
    bend_onto,
    distance_table,
    draw_overlay,
    draw_registration,
    load_registration,
    project_ct_points,
    read_landmark_table,
    read_point_lists,
    read_seen,
    read_transform,
    register_surface,
    save_registration,
    structure_distances,
    write_transform,
)
from EndoDepthLib.results.manifest import ResultsSegment
from EndoDepthLib.values import Camera, DistortionModel, Surface

CAMERA = Camera(600.0, 590.0, 330.0, 235.0, 640, 480, DistortionModel.BROWN_CONRADY, (-0.15, 0.04, 1e-3, -5e-4))


@pytest.fixture(scope="module")
def exact() -> tuple[Trial, OrganSurface, Registration]:
    """A surface without depth error, found."""
    organ = OrganSurface(*organ_mesh("lobed", 4), name="liver")
    trial = make_trial(organ, 5, landmark_noise_mm=0.01, depth_error=False)
    return trial, organ, register_surface(trial.seen, organ, trial.landmarks)


@pytest.fixture(scope="module")
def noisy() -> tuple[Trial, OrganSurface, Registration]:
    organ = OrganSurface(*organ_mesh("lobed", 4), name="liver")
    trial = make_trial(organ, 6)
    return trial, organ, register_surface(trial.seen, organ, trial.landmarks)


def _pose_over(trial: Trial, height_mm: float) -> np.ndarray:
    """world_from_camera, in the surface's unit, looking at the middle of the seen surface."""
    middle, normal = trial.seen.vertices.mean(axis=0), trial.seen.normals.mean(axis=0)
    forward = -normal / np.linalg.norm(normal)
    right = np.cross(forward, [0.3, 0.2, 1.0])
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    pose[:3, 3] = middle - height_mm / trial.ct_from_surface.scale * forward
    return pose


def test_a_point_of_the_ct_lands_within_two_pixels(exact: tuple[Trial, OrganSurface, Registration]) -> None:
    trial, organ, found = exact
    pose, truth = _pose_over(trial, 80.0), trial.ct_from_surface
    points = np.concatenate([trial.targets_ct, truth.apply(trial.seen.vertices)[::40]])
    pixels = project_ct_points(points, found, CAMERA, pose)
    # Independently: OpenCV's projection, with the true place of everything.
    in_world = (points - truth.translation) @ truth.rotation / truth.scale
    camera_from_world = np.linalg.inv(pose)
    turn, _ = cv2.Rodrigues(camera_from_world[:3, :3])
    true, _ = cv2.projectPoints(in_world, turn, camera_from_world[:3, 3], CAMERA.matrix, np.array(CAMERA.distortion))
    inside = np.all((true[:, 0] > 0) & (true[:, 0] < [640, 480]), axis=1)
    assert inside.sum() > 20
    assert np.max(np.linalg.norm(pixels - true[:, 0], axis=1)[inside]) < 2.0


def test_the_overlay_covers_the_structure_and_leaves_the_rest(exact: tuple[Trial, OrganSurface, Registration]) -> None:
    trial, organ, found = exact
    small = OrganSurface(organ.vertices * 0.1 + 0.9 * trial.targets_ct[0], organ.triangles, "tumour")
    frame = np.full((480, 640, 3), 90, np.uint8)
    pose = _pose_over(trial, 150.0)
    drawn = draw_overlay(frame, [small], found, CAMERA, pose)
    place = project_ct_points(small.vertices.mean(axis=0)[None], found, CAMERA, pose)[0]
    column, row = np.rint(place).astype(int)
    assert drawn[row, column, 0] > drawn[row, column, 2] + 20  # red
    changed = np.any(drawn != 90, axis=-1)
    changed[:40] = False  # the name
    rows, columns = np.nonzero(changed)
    assert np.hypot(rows - row, columns - column).max() < 120
    with pytest.raises(InputError, match="grid"):
        draw_overlay(frame[:100], [small], found, CAMERA, pose)


def test_distances_to_a_structure(exact: tuple[Trial, OrganSurface, Registration]) -> None:
    trial, organ, found = exact
    centre = trial.targets_ct[0]
    ball = OrganSurface(5.0 * _unit_sphere() + centre, organ_mesh("smooth", 3)[1], "tumour")
    tip = (centre + [0.0, 0.0, 25.0] - found.ct_from_surface.translation) @ found.ct_from_surface.rotation
    tip = tip / found.ct_from_surface.scale
    rows = structure_distances(found, {"instrument": tip[None], "nothing": np.zeros((0, 3))}, [ball])
    (row,) = rows
    assert row.nearest_mm == pytest.approx(20.0, abs=0.2)
    assert row.nearest_ct_mm == pytest.approx(centre + [0.0, 0.0, 5.0], abs=0.6)
    assert 0 < row.expected_error_mm < row.bound_90_mm < 5
    assert distance_table(rows).splitlines()[1].startswith("instrument,tumour,")


def _unit_sphere() -> np.ndarray:
    vertices, _ = organ_mesh("smooth", 3)
    centred = vertices - vertices.mean(axis=0)
    return centred / np.linalg.norm(centred, axis=1, keepdims=True)


def test_the_bend_is_kept_apart(noisy: tuple[Trial, OrganSurface, Registration]) -> None:
    trial, organ, found = noisy
    before = found.matrix.copy()
    bent = bend_onto(trial.seen, organ, found)
    assert bent.rms_after_mm < 0.9 * bent.rms_before_mm
    assert np.quantile(bent.moved_mm, 0.95) < 5.0
    stiff = bend_onto(trial.seen, organ, found, stiffness=1e6)
    assert bent.rms_after_mm < stiff.rms_after_mm <= 1.01 * stiff.rms_before_mm
    assert np.array_equal(found.matrix, before)


def test_saved_and_loaded(tmp_path: Path, noisy: tuple[Trial, OrganSurface, Registration]) -> None:
    trial, _, found = noisy
    save_registration(tmp_path, found)
    back = load_registration(tmp_path)
    assert back.matrix == pytest.approx(found.matrix)
    assert back.target_error_mm(trial.targets_ct)[1] == pytest.approx(found.target_error_mm(trial.targets_ct)[1])
    assert back.scale_interval_90() == pytest.approx(found.scale_interval_90())
    good = json.loads((tmp_path / "registration.json").read_text(encoding="utf-8"))
    mirrored = np.array(good["ct_from_surface"]) @ np.diag([-1.0, 1.0, 1.0, 1.0])
    for wrong in ({"schema": "other"}, {"ct_from_surface": mirrored.tolist()}, {"covariance": [1]}, {"warnings": 3}):
        (tmp_path / "registration.json").write_text(json.dumps({**good, **wrong}), encoding="utf-8")
        with pytest.raises(InputError):
            load_registration(tmp_path)


def test_the_picture_is_painted(noisy: tuple[Trial, OrganSurface, Registration]) -> None:
    trial, organ, found = noisy
    picture = draw_registration(trial.seen, organ, found)
    assert picture.dtype == np.uint8 and picture.std() > 10
    said = draw_registration(trial.seen, organ, replace(found, ambiguous=True))
    assert not np.array_equal(picture, said)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.3, 3.0), st.integers(0, 1000))
def test_transform_files_come_back(tmp_path_factory: pytest.TempPathFactory, scale: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    rotation = np.linalg.qr(random.standard_normal((3, 3)))[0]
    matrix = Similarity(scale, rotation * np.sign(np.linalg.det(rotation)), random.uniform(-300, 300, 3)).matrix()
    path = tmp_path_factory.mktemp("transform") / "t.tfm"
    write_transform(path, matrix)
    assert read_transform(path) == pytest.approx(matrix, abs=1e-6)


def test_a_fused_folder_is_read(tmp_path: Path, noisy: tuple[Trial, OrganSurface, Registration]) -> None:
    trial = noisy[0]
    count = len(trial.seen.vertices)
    labels = (np.arange(count) < 0.7 * count).astype(np.uint8)
    surface = Surface(
        trial.seen.vertices.astype(np.float32),
        trial.seen.triangles,
        np.full((count, 3), 120, np.uint8),
        labels,
        np.zeros((count, 2), np.float32),
    )
    weights = np.linspace(0, 3, count, dtype=np.float32)
    liver = ResultsSegment("liver", "liver", (200, 90, 80))
    save_fused(tmp_path, FusedSurface(surface, weights, (liver,), "unknown", CAMERA, np.eye(4)))
    case = read_seen(tmp_path)
    assert case.camera == CAMERA and case.names == ("liver",) and not case.seen.is_metric
    assert case.seen.weights == pytest.approx(np.clip(weights, 0, 1), abs=1e-6)
    part = case.only("Liver")
    assert 0 < len(part.seen.vertices) <= labels.sum() and np.all(part.labels == 1)
    with pytest.raises(InputError, match="'liver'"):
        case.only("spleen")


def test_landmarks_from_files(tmp_path: Path) -> None:
    points = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 10.0]])
    lists = {}
    for name, system, order in (("surface", "LPS", [0, 1, 2, 3]), ("ct", "RAS", [2, 0, 3, 1])):
        turn = [-1, -1, 1] if system == "RAS" else [1, 1, 1]
        controls = [{"label": f"P{i}", "position": (points[i] * turn * 3).tolist()} for i in order]
        lists[name] = tmp_path / f"{name}.mrk.json"
        lists[name].write_text(
            json.dumps({"markups": [{"coordinateSystem": system, "controlPoints": controls}]}), encoding="utf-8"
        )
    pairs = read_point_lists(lists["surface"], lists["ct"])
    assert pairs.surface == pytest.approx(points * 3)
    assert pairs.ct == pytest.approx(points * 3)
    table = tmp_path / "pairs.csv"
    rows = [",".join(map(str, [*p, *p, 2.0, f"n{i}"])) for i, p in enumerate(points)]
    head = "surface_x,surface_y,surface_z,ct_x,ct_y,ct_z,noise_mm,name"
    table.write_text("\n".join([head, *rows]), encoding="utf-8")
    assert read_landmark_table(table).noises_mm.tolist() == [2.0] * 4
    for content in ("", "a,b\n1,2\n", head + "\n" + "x" * 20 + "\n", "\0\xff", "surface_x\n1"):
        table.write_text(content, encoding="utf-8")
        with pytest.raises(EndoDepthError):
            read_landmark_table(table)
        with pytest.raises(EndoDepthError):
            read_point_lists(table, lists["ct"])
