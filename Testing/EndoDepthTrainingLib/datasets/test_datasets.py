"""Reading of data sets, label mapping, and batches that are the same every time."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from EndoDepthLib.errors import InputError
from EndoDepthTrainingLib.datasets import (
    AugmentationConfig,
    BatchConfig,
    FrameSet,
    PhantomSetConfig,
    augment_colors,
    data_folder,
    draw_batch,
    read_larynx,
    read_polyp,
    render_phantoms,
)
from EndoDepthTrainingLib.datasets.batches import sampling_weights, without_classes
from EndoDepthTrainingLib.datasets.geometry import sample_grids, view
from EndoDepthTrainingLib.datasets.larynx import larynx_label_table
from EndoDepthTrainingLib.losses import IGNORE, NOT_CLASS

CLASSES = (
    "polyp",
    "vocal folds",
    "glottis",
    "laryngeal tissue",
    "laryngeal lesion",
    "endotracheal tube",
    "surgical instrument",
)


def write_pair(folder, name, mask):
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / "images" / f"{name}.png"), np.full((*mask.shape, 3), (10, 20, 200), np.uint8))
    cv2.imwrite(str(folder / "masks" / f"{name}.png"), mask)


def test_larynx_masks_become_vocabulary_labels(tmp_path):
    mask = np.arange(8, dtype=np.uint8).repeat(8).reshape(8, 8)
    write_pair(tmp_path / "seq1", "a", mask)
    write_pair(tmp_path / "seq2", "b", mask)
    frames = read_larynx(tmp_path, CLASSES, (8, 8))
    assert list(frames.groups) == ["seq1", "seq2"] and frames.depth is None
    assert frames.images[0, 0, 0].tolist() == [200, 20, 10]
    assert frames.labels[0, :, 0].tolist() == [IGNORE, 2, 4, 3, 5, 7, 6, IGNORE]
    assert larynx_label_table(("glottis",))[[1, 3]].tolist() == [IGNORE, 1]


def test_polyp_masks_say_only_what_is_no_polyp(tmp_path):
    write_pair(tmp_path / "train", "a", np.eye(8, dtype=np.uint8))
    frames = read_polyp(tmp_path, "train", CLASSES, (8, 8))
    assert set(np.unique(frames.labels)) == {1, NOT_CLASS + 1}


def test_a_missing_mask_is_named(tmp_path):
    write_pair(tmp_path / "train", "a", np.eye(8, dtype=np.uint8))
    (tmp_path / "train" / "masks" / "a.png").unlink()
    with pytest.raises(InputError, match=r"a\.png is missing"):
        read_polyp(tmp_path, "train", CLASSES)


def test_the_real_larynx_set_reads():
    try:
        folder = data_folder("larynx")
    except InputError as error:
        pytest.skip(str(error))
    frames = read_larynx(folder, CLASSES, (32, 32))
    assert len(frames) == 440 and len(set(frames.groups)) == 5
    assert set(np.unique(frames.labels)) <= {2, 3, 4, 5, 6, 7, IGNORE}


def test_an_interrupted_rendering_goes_on_and_gives_the_same_set(tmp_path):
    config = PhantomSetConfig(("larynx",), 2, 1, random_every=2, width=64, height=48)
    whole = render_phantoms(tmp_path / "whole", config, CLASSES, processes=1)
    render_phantoms(tmp_path / "cut", config, CLASSES, processes=1)
    (tmp_path / "cut" / "done.txt").write_text("0\n", encoding="utf-8")
    np.load(tmp_path / "cut" / "images.npy", mmap_mode="r+")[1] = 0
    again = render_phantoms(tmp_path / "cut", config, CLASSES, processes=1)
    for name in ("images", "labels", "depth"):
        np.testing.assert_array_equal(getattr(again, name), getattr(whole, name))
    assert (whole.labels[0] == IGNORE).all() and not (whole.labels[1] == IGNORE).any()
    with pytest.raises(InputError, match="another phantom set"):
        render_phantoms(tmp_path / "cut", PhantomSetConfig(("larynx",), 3, 1), CLASSES)


@pytest.fixture
def frames() -> FrameSet:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, (6, 48, 64), np.uint8)
    depth = rng.uniform(1, 9, (6, 48, 64)).astype(np.float16)
    return FrameSet(rng.integers(0, 255, (6, 48, 64, 3), np.uint8), depth, labels, np.array(["a"] * 4 + ["b"] * 2))


def test_a_batch_follows_from_seed_and_step_alone(frames):
    sets, config = {"phantoms": frames}, BatchConfig({"phantoms": 3}, sizes=((32, 64),))
    weights = {"phantoms": sampling_weights(frames, 2)}
    first, again, other = (draw_batch(sets, weights, config, 5, step) for step in (7, 7, 8))
    assert torch.equal(first.images, again.images) and torch.equal(first.labels, again.labels)
    assert not torch.equal(first.images, other.images)
    assert first.images.shape == (3, 3, 32, 64) and first.images.min() >= 0 and first.images.max() <= 1


def test_groups_are_drawn_alike(frames):
    weights = sampling_weights(frames, 2)
    assert weights[:4].sum() == pytest.approx(0.5) and weights.sum() == pytest.approx(1.0)


def test_image_depth_and_labels_stay_together_in_every_view():
    labels = torch.zeros((4, 96, 96), dtype=torch.uint8)
    labels[:, 20:70, 30:80] = 1
    depth, images = labels[:, None].float() + 1, labels[:, None].float().expand(-1, 3, -1, -1)
    grid = sample_grids(4, (96, 96), (64, 64), torch.Generator().manual_seed(3))
    seen, new_depth, new_labels = view(images, depth, labels, grid)
    inside = new_labels != IGNORE
    assert torch.equal(torch.isfinite(new_depth[:, 0]), inside)
    assert torch.equal(new_depth[:, 0][inside], new_labels[inside].float() + 1)
    assert ((seen[:, 0] > 0.5)[inside] == (new_labels == 1)[inside]).float().mean() > 0.98


def test_colour_changes_stay_in_range_and_leave_the_input_alone():
    images = torch.rand((3, 3, 32, 64), generator=torch.Generator().manual_seed(0))
    before = images.clone()
    changed = augment_colors(images, AugmentationConfig(), torch.Generator().manual_seed(1))
    assert torch.equal(images, before) and changed.shape == images.shape
    assert changed.min() >= 0 and changed.max() <= 1 and not torch.equal(changed, images)


def test_classes_that_are_not_asked_for_become_none_of_these():
    labels = torch.tensor([0, 1, 2, 3, NOT_CLASS + 1, NOT_CLASS + 3, IGNORE], dtype=torch.uint8)
    asked = without_classes(labels, torch.tensor([True, False, True]))
    assert asked.tolist() == [0, 1, 0, 2, NOT_CLASS + 1, NOT_CLASS + 2, IGNORE]
