"""SCARED from its archives: stacked video, forwards-only truth, poses, stills, and the lists of its protocols."""

from __future__ import annotations

import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
from command_line.material import picture
from data_sets.scared import FRAMES, HEIGHT, WIDTH, K, write_poses, write_scared, write_truth

from EndoDepthLib.errors import InputError
from EndoDepthLib.values import DistortionModel
from EndoDepthTrainingLib.datasets.public.registry import DATASETS, open_dataset


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_scared(tmp_path)


def test_video_frames_are_the_upper_view_with_depth_camera_and_pose(folder: Path) -> None:
    samples = open_dataset("scared", folder, "challenge", "train")
    assert [sample.name for sample in samples] == [f"dataset1/keyframe3/{n}" for n in range(FRAMES)]
    both = picture(2, WIDTH, 2 * HEIGHT)
    assert np.abs(samples[2].image().astype(int) - both[:HEIGHT]).mean() < 12
    for number, sample in enumerate(samples):
        assert sample.depth_mm is not None
        depth = sample.depth_mm()
        assert depth.shape == (HEIGHT, WIDTH) and np.isnan(depth[0, 0]) and depth[1, 1] == 50 + number
        assert sample.world_from_camera_mm is not None
        np.testing.assert_allclose(sample.world_from_camera_mm[:3, 3], [number, 0, 0])
    camera = samples[0].camera
    assert camera is not None and camera.distortion_model is DistortionModel.BROWN_CONRADY
    np.testing.assert_allclose(camera.matrix, K)
    assert camera.distortion == (-0.1, 0.02, 0.001, -0.002, 0.0)


def test_truth_in_an_archive_can_be_read_in_any_order(folder: Path) -> None:
    data = folder / "dataset_1" / "keyframe_3" / "data"
    write_truth(data / "scene_points.tar.gz", [1, 0, 2])
    samples = open_dataset("scared", folder, "challenge", "train")
    for number in (2, 0, 1, 1, 2):
        depth = samples[number].depth_mm
        assert depth is not None and depth()[1, 1] == 50 + number
    write_truth(data / "scene_points.tar.gz", [0, 1])
    lost = open_dataset("scared", folder, "challenge", "train")[2].depth_mm
    assert lost is not None
    with pytest.raises(InputError, match="holds no scene_points000002"):
        lost()


def test_unpacked_truth_is_read_as_well(folder: Path) -> None:
    import tarfile

    data = folder / "dataset_1" / "keyframe_3" / "data"
    for kind in ("scene_points", "frame_data"):
        with tarfile.open(data / f"{kind}.tar.gz") as tar:
            tar.extractall(data / kind, filter="data")
        (data / f"{kind}.tar.gz").unlink()
    sample = open_dataset("scared", folder, "challenge", "train")[1]
    assert sample.depth_mm is not None and sample.depth_mm()[1, 1] == 51
    assert sample.world_from_camera_mm is not None and sample.world_from_camera_mm[0, 3] == pytest.approx(1)
    assert DATASETS["scared"].read(folder).missing == ()


@pytest.mark.parametrize("lost", [None, "left_depth_map.tiff"])
def test_stills_have_measured_depth_from_either_file(folder: Path, lost: str | None) -> None:
    if lost:
        (folder / "dataset_1" / "keyframe_3" / lost).unlink()
    (sample,) = open_dataset("scared", folder, "keyframes", "train")
    assert sample.name == "keyframes/dataset1/3" and sample.depth_mm is not None
    depth = sample.depth_mm()
    assert depth.shape == (HEIGHT, WIDTH) and np.isnan(depth[0, 0]) and depth[1, 1] == pytest.approx(40)


def test_the_fields_split_comes_from_its_owners_list(folder: Path) -> None:
    with pytest.raises(InputError, match="AF-SfMLearner"):
        open_dataset("scared", folder, "af-sfmlearner", "test")
    lists = folder / "splits" / "endovis"
    lists.mkdir(parents=True)
    (lists / "test_files.txt").write_text("dataset1/keyframe3\t3\tl\ndataset_8/keyframe_0 1 l\n", encoding="utf-8")
    samples = open_dataset("scared", folder, "af-sfmlearner", "test")
    assert [sample.name for sample in samples] == ["dataset1/keyframe3/2", "dataset8/keyframe0/0"]
    camera = samples[0].camera
    assert camera is not None and not camera.has_distortion
    assert (camera.fx, camera.fy) == pytest.approx((0.82 * WIDTH, 1.02 * HEIGHT))
    assert (camera.cx, camera.cy) == (0.5 * WIDTH, 0.5 * HEIGHT)
    (lists / "test_files.txt").write_text("dataset1/keyframe3 4 l\n", encoding="utf-8")
    with pytest.raises(InputError, match="dataset1/keyframe3/3"):
        open_dataset("scared", folder, "af-sfmlearner", "test")
    (lists / "test_files.txt").write_text("one two three four\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 1"):
        open_dataset("scared", folder, "af-sfmlearner", "test")


def test_what_a_keyframe_lacks_is_said(folder: Path) -> None:
    root = folder / "dataset_8" / "keyframe_0"
    for name in ("left_depth_map.tiff", "point_cloud.obj", "data/scene_points.tar.gz", "endoscope_calibration.yaml"):
        (root / name).unlink()
    write_poses(root / "data" / "frame_data.tar.gz", FRAMES - 1)
    listing = DATASETS["scared"].read(folder)
    text = "\n".join(listing.missing)
    assert "scene_points.tar.gz" in text and "endoscope_calibration.yaml" in text
    assert f"{FRAMES} frames and frame_data {FRAMES - 1}" in text
    assert any("still of dataset8/keyframe0" in line for line in listing.absent)
    assert "dataset_2" in listing.absent and "dataset_1" not in listing.absent


def test_damage_is_named(folder: Path) -> None:
    root = folder / "dataset_1" / "keyframe_3"
    archive = root / "data" / "scene_points.tar.gz"
    archive.write_bytes(archive.read_bytes()[:200])
    depth = open_dataset("scared", folder, "challenge", "train")[1].depth_mm
    assert depth is not None
    with pytest.raises(InputError, match=r"scene_points\.tar\.gz' is damaged"):
        depth()
    assert cv2.imwrite(str(root / "left_depth_map.tiff"), np.ones((HEIGHT, WIDTH), np.float32))
    (still,) = open_dataset("scared", folder, "keyframes", "train")
    assert still.depth_mm is not None
    with pytest.raises(InputError, match=r"left_depth_map\.tiff' holds"):
        still.depth_mm()
    (root / "endoscope_calibration.yaml").write_text("not: yaml: of opencv", encoding="utf-8")
    with pytest.raises(InputError, match=r"endoscope_calibration\.yaml"):
        open_dataset("scared", folder)


def test_samples_go_to_other_processes(folder: Path) -> None:
    sample = open_dataset("scared", folder, "challenge", "test")[1]
    copy = pickle.loads(pickle.dumps(sample))
    np.testing.assert_array_equal(copy.image(), sample.image())
    np.testing.assert_array_equal(copy.depth_mm(), sample.depth_mm() if sample.depth_mm else None)
