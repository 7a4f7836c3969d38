"""Data sets of single pictures, from tiny copies in the layouts of their archives."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from data_sets.stills import (
    write_c3vd,
    write_c3vdv2,
    write_cholecseg8k,
    write_dsad,
    write_hamlyn,
    write_kvasir,
    write_serv_ct,
)

from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry import camera_rays
from EndoDepthLib.values import DistortionModel
from EndoDepthTrainingLib.datasets.public.c3vd import V1_CAMERA
from EndoDepthTrainingLib.datasets.public.registry import DATASETS, open_dataset
from EndoDepthTrainingLib.datasets.public.sample import Sample


def depth_of(sample: Sample) -> np.ndarray:
    assert sample.depth_mm is not None
    depth = sample.depth_mm()
    assert depth.dtype == np.float32 and depth.shape == sample.image().shape[:2]
    return depth


def labels_of(sample: Sample) -> np.ndarray:
    assert sample.labels is not None
    labels = sample.labels()
    assert labels.dtype == np.uint8 and labels.shape == sample.image().shape[:2]
    return labels


def test_serv_ct_depth_is_millimetres_with_the_camera_of_its_frame(tmp_path: Path) -> None:
    samples = open_dataset("serv-ct", write_serv_ct(tmp_path), "cap-180", "test")
    assert [sample.name for sample in samples] == ["Experiment_1/001", "Experiment_2/009"]
    depth = depth_of(samples[1])
    assert np.isnan(depth[0, 0]) and depth[1, 1] == 60
    assert samples[0].camera is not None
    camera = samples[0].camera
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (15, 16, 9.5, 7.5)
    assert (camera.width, camera.height) == (20, 16)
    (scan,) = (sample for sample in open_dataset("serv-ct", tmp_path) if sample.sequence == "Experiment_2-RGB")
    assert depth_of(scan)[1, 1] == 55
    assert DATASETS["serv-ct"].read(tmp_path).absent == ("14 of 16 frames with CT",)


def test_hamlyn_counts_up_to_its_saturation(tmp_path: Path) -> None:
    description = DATASETS["hamlyn"]
    samples = open_dataset("hamlyn", write_hamlyn(tmp_path))
    assert [(s.sequence, s.index) for s in samples] == [(f"rectified{n}", i) for n in ("01", "04") for i in (1, 2)]
    depth = depth_of(samples[0])
    assert np.isnan(depth[0, 0]) and depth[0, 1] == 300 and depth[1, 1] == 41
    limits = description.protocol().depth
    assert (limits.min_depth, limits.max_depth) == (1.0, 300.0)
    assert samples[0].camera is not None and samples[0].camera.cx == 9
    assert len(description.read(tmp_path).absent) == 20


def test_c3vd_pairs_names_with_and_without_zeros_and_reads_poses_by_columns(tmp_path: Path) -> None:
    samples = open_dataset("c3vd", write_c3vd(tmp_path))
    assert [sample.name for sample in samples] == ["cecum_t1_a/0", "cecum_t1_a/1"]
    np.testing.assert_allclose(depth_of(samples[0]), 25.0, atol=2e-3)
    pose = samples[1].world_from_camera_mm
    assert pose is not None
    np.testing.assert_array_equal(pose[:3, 3], [11, 20, 30])
    np.testing.assert_array_equal(pose[3], [0, 0, 0, 1])
    np.testing.assert_array_equal(pose[:3, 1], [0, 0, 1])
    with pytest.raises(InputError, match="t4"):
        open_dataset("c3vd", tmp_path, "texture-4-out", "test")


def test_the_fisheye_of_c3vd_has_the_rays_of_the_omnidirectional_camera() -> None:
    camera = V1_CAMERA.fisheye()
    assert camera.distortion_model is DistortionModel.FISHEYE
    step = 15
    rays = camera_rays(camera)[::step, ::step]
    columns, rows = np.meshgrid(np.arange(0, camera.width, step), np.arange(0, camera.height, step))
    dx, dy = columns - V1_CAMERA.cx, rows - V1_CAMERA.cy
    along = sum(factor * np.hypot(dx, dy) ** power for power, factor in enumerate(V1_CAMERA.polynomial))
    seen = np.hypot(dx, dy) < 700  # the corners beyond look sideways or back, and are black
    truth = np.stack([dx, dy, along], axis=2)[seen]
    truth /= np.linalg.norm(truth, axis=1, keepdims=True)
    ours = rays[seen] / np.linalg.norm(rays[seen], axis=1, keepdims=True)
    angle_deg = np.degrees(np.arccos(np.clip((truth * ours).sum(axis=1), -1, 1)))
    assert angle_deg.max() < 0.05, angle_deg.max()  # a pixel is 0.07 degrees


def test_c3vdv2_reads_folders_of_kinds_and_videos_without_depth(tmp_path: Path) -> None:
    samples = open_dataset("c3vdv2", write_c3vdv2(tmp_path))
    assert [sample.sequence for sample in samples] == ["c2_cecum_t1_v4"] * 2 + ["c1_cecum_t1_v1"] * 2
    assert samples[0].depth_mm is None
    np.testing.assert_allclose(depth_of(samples[2]), 25.0, atol=2e-3)
    assert samples[2].world_from_camera_mm is not None and samples[2].world_from_camera_mm[0, 3] == -265.3
    assert samples[2].camera is not None and samples[2].camera.cx == 677.739464094188
    assert not DATASETS["c3vdv2"].read(tmp_path).missing
    assert len(open_dataset("c3vdv2", tmp_path, "clean", "all-clean")) == 2


def test_cholecseg8k_values_become_classes_and_rims_void(tmp_path: Path) -> None:
    samples = open_dataset("cholecseg8k", write_cholecseg8k(tmp_path), "by-video", "test")
    assert [sample.name for sample in samples] == [f"video12/video12_15750/frame_{n}" for n in (15750, 15751)]
    classes = DATASETS["cholecseg8k"].read(tmp_path).classes
    liver, gallbladder = 1 + classes.index("liver"), 1 + classes.index("gallbladder")
    assert labels_of(samples[0])[3, ::5].tolist() == [0, liver, gallbladder, 255]


def test_kvasir_masks_are_cut_at_half_whatever_jpeg_did_to_their_rims(tmp_path: Path) -> None:
    samples = open_dataset("kvasir-seg", write_kvasir(tmp_path))
    assert [sample.image().shape for sample in samples] == [(32, 48, 3), (32, 64, 3)]
    labels = labels_of(samples[0])
    assert labels[:, :24].max() == 0 and labels[:, 24:].min() == 1
    (tmp_path / "val.txt").write_text(samples[1].name + "\n", encoding="utf-8")
    assert [sample.name for sample in open_dataset("kvasir-seg", tmp_path, "published", "val")] == [samples[1].name]
    with pytest.raises(InputError, match=r"train\.txt' is missing"):
        open_dataset("kvasir-seg", tmp_path, "published", "train")


def test_dsad_knows_nothing_of_other_organs_where_one_was_labelled(tmp_path: Path) -> None:
    folder = write_dsad(tmp_path)
    classes = DATASETS["dsad"].read(folder).classes
    liver, stomach = 1 + classes.index("liver"), 1 + classes.index("stomach")
    single, several = open_dataset("dsad", folder, "by-surgery")
    assert single.name == "liver/01/00" and several.name == "multilabel/02/03"
    assert labels_of(single)[0, [0, 15]].tolist() == [liver, 255]
    assert labels_of(several)[0, [0, 7, 15]].tolist() == [liver, stomach, 0]
    assert [sample.name for sample in open_dataset("dsad", folder, "multilabel", "test")] == [several.name]


@pytest.mark.parametrize("name", DATASETS)
def test_another_folder_is_refused_with_what_was_expected_and_where_it_is(name: str, tmp_path: Path) -> None:
    (tmp_path / "something").mkdir()
    (tmp_path / "something" / "notes.txt").write_text("else", encoding="utf-8")
    description = DATASETS[name]
    with pytest.raises(InputError) as raised:
        open_dataset(name, tmp_path)
    line = str(raised.value)
    assert str(tmp_path) in line and description.layout[0] in line and description.url in line
    with pytest.raises(InputError, match="is not there"):
        open_dataset(name, tmp_path / "nowhere")


def test_samples_go_to_other_processes(tmp_path: Path) -> None:
    for sample in (
        *open_dataset("serv-ct", write_serv_ct(tmp_path / "serv-ct")),
        *open_dataset("dsad", write_dsad(tmp_path / "dsad")),
    ):
        copy = pickle.loads(pickle.dumps(sample))
        np.testing.assert_array_equal(copy.image(), sample.image())
        truth, truth_copy = sample.depth_mm or sample.labels, copy.depth_mm or copy.labels
        assert truth is not None and truth_copy is not None
        np.testing.assert_array_equal(truth_copy(), truth())
