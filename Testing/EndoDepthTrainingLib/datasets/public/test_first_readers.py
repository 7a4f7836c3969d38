"""Phantoms that `endodepth synthesize` wrote, larynx and SimCol3D: read from small folders of the true layouts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from data_sets.stills import LARYNX_SEQUENCES, write_larynx, write_simcol

from EndoDepthCLI.job.clip import render_clip
from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.phantoms import LABELS, render_video
from EndoDepthTrainingLib.datasets import data_folder
from EndoDepthTrainingLib.datasets.public.registry import DATASETS, open_dataset


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    for seed in (1, 2):
        render_clip("larynx", 2, seed, 40, 32, folder / f"clip{seed}")
    return folder


def test_phantoms_come_back_as_they_were_rendered(clips: Path) -> None:
    samples = open_dataset("phantoms", clips)
    assert [sample.name for sample in samples] == [f"clip{c}/{n:06d}" for c in (1, 2) for n in (0, 1)]
    rendered = list(render_video("larynx", 2, 2, 40, 32))[1]
    sample = samples[3]
    assert (sample.sequence, sample.index) == ("clip2", 1)
    assert sample.depth_mm is not None and sample.labels is not None and sample.camera is not None
    np.testing.assert_array_equal(sample.image(), rendered.image)
    np.testing.assert_array_equal(sample.depth_mm(), rendered.depth)
    np.testing.assert_allclose(sample.world_from_camera_mm, rendered.world_from_camera)
    assert sample.camera == rendered.camera
    classes = DATASETS["phantoms"].read(clips).classes
    assert classes == LABELS[1:]
    np.testing.assert_array_equal(sample.labels(), rendered.labels)


def test_one_clip_is_a_set_too(clips: Path) -> None:
    samples = open_dataset("phantoms", clips / "clip1")
    assert [sample.name for sample in samples] == ["clip1/000000", "clip1/000001"]
    assert len(open_dataset("phantoms", clips / "clip1", exclude=["clip1/000000"])) == 1


def test_what_a_clip_lacks_is_said(clips: Path, tmp_path: Path) -> None:
    clip = tmp_path / "clip"
    shutil.copytree(clips / "clip1", clip)
    (clip / "depth" / "000001.npy").unlink()
    (clip / "poses.json").unlink()
    listing = DATASETS["phantoms"].read(clip)
    assert [frame.sample.depth_mm is None for frame in listing.frames] == [False, True]
    assert any("1 of 2 frames have no depth" in line and "000001.png" in line for line in listing.missing)
    assert any("poses.json" in line for line in listing.missing)


def test_larynx_void_is_void_and_splits_leave_a_sequence_out(tmp_path: Path) -> None:
    folder = write_larynx(tmp_path)
    samples = open_dataset("larynx", folder, "without-patient2_seq8", "train")
    assert {sample.sequence for sample in samples} == {"patient1_seq1"}
    assert [s.sequence for s in open_dataset("larynx", folder, "without-patient2_seq8", "test")] == [
        LARYNX_SEQUENCES[1]
    ] * 2
    assert samples[0].labels is not None
    assert samples[0].labels()[0, :8].tolist() == [255, 1, 2, 3, 4, 5, 6, 255]
    assert DATASETS["larynx"].read(folder).absent == tuple(
        f"sequence {name}" for name in ("patient1_seq2", "patient1_seq4", "patient2_seq7")
    )


def test_simcol_has_millimetres_a_camera_and_right_handed_poses(tmp_path: Path) -> None:
    folder = write_simcol(tmp_path)
    samples = open_dataset("simcol", folder, "challenge", "test")
    assert [sample.name for sample in samples] == [f"SyntheticColon_I/S5/{n:04d}" for n in range(3)]
    sample = samples[1]
    assert sample.depth_mm is not None and sample.camera is not None and sample.world_from_camera_mm is not None
    assert sample.depth_mm().dtype == np.float32
    np.testing.assert_allclose(sample.depth_mm(), 2 * 13056 / 256 / 255 * 200)
    assert (sample.camera.fx, sample.camera.fy, sample.camera.cx) == (227.60416, 227.60416, 237.0)
    # Unity turns by 90 degrees from x to y (up); seen with y down that is from x to -y.
    np.testing.assert_allclose(sample.world_from_camera_mm[:3, 0], [0, -1, 0], atol=1e-9)
    np.testing.assert_allclose(sample.world_from_camera_mm[:3, 3], [10, -20, 5])
    assert np.linalg.det(sample.world_from_camera_mm) == pytest.approx(1)
    assert len(open_dataset("simcol", folder / "SyntheticColon_I")) == 6
    assert open_dataset("simcol", folder / "SyntheticColon_I" / "Frames_S1")[2].name == "Frames_S1/0002"
    with pytest.raises(InputError, match="no sequence of split 'val'"):
        open_dataset("simcol", folder, "challenge", "val")


def test_unknown_names_are_answered_with_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="simcol"):
        open_dataset("kitti", tmp_path)
    with pytest.raises(SettingsError, match="challenge"):
        open_dataset("simcol", tmp_path, "eigen")
    with pytest.raises(SettingsError, match="train, val, test"):
        open_dataset("simcol", write_simcol(tmp_path), "challenge", "eigen")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="SyntheticColon_I.*doi.org"):
        open_dataset("simcol", tmp_path / "empty")


def test_a_cut_picture_is_named_when_it_is_read(tmp_path: Path) -> None:
    folder = write_larynx(tmp_path)
    for relative in ("patient1_seq1/images/0001.jpg", "patient1_seq1/masks/0002.png"):
        path = folder / relative
        path.write_bytes(path.read_bytes()[:-20])
    samples = open_dataset("larynx", folder)
    with pytest.raises(InputError, match=r"0001\.jpg' is cut"):
        samples[0].image()
    assert samples[1].labels is not None
    with pytest.raises(InputError, match=r"0002\.png' is cut"):
        samples[1].labels()


@pytest.mark.parametrize(("name", "frames"), [("larynx", 440), ("simcol", 10)])
def test_the_real_sets_read(name: str, frames: int) -> None:
    try:
        folder = data_folder(name)
    except InputError as error:
        pytest.skip(str(error))
    samples = open_dataset(name, folder)
    assert len(samples) == frames
    image = samples[-1].image()
    truth = samples[-1].depth_mm or samples[-1].labels
    assert truth is not None and truth().shape == image.shape[:2]
    assert cv2.mean(image)[0] > 10


def test_data_sets_are_looked_at_without_torch() -> None:
    code = "import EndoDepthTrainingLib.datasets.public.check, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
