"""EndoDepthModel: depth and labels on the decoded pixels, the same every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from EndoDepthLib.errors import CameraError, InputError, PromptError, SettingsError, WeightsError
from EndoDepthLib.inference import EndoDepthModel
from EndoDepthLib.values import Camera, Frame, Scale
from EndoDepthLib.video import HIGHLIGHT_CONFIDENCE, Validity


@pytest.fixture(scope="session")
def a_round_content(a_frame: Frame) -> np.ndarray:
    y, x = np.mgrid[: a_frame.height, : a_frame.width]
    return (x - 50) ** 2 + (y - 37) ** 2 < 33**2


def test_depth_alone(a_model: EndoDepthModel, a_frame: Frame) -> None:
    result = a_model.predict(a_frame)
    depth = result.depth
    assert result.labels is None
    assert depth.depth.shape == depth.confidence.shape == (75, 101) and depth.valid.all()
    assert depth.scale is Scale.UP_TO_SCALE and (depth.camera.width, depth.camera.height) == (101, 75)
    assert depth.depth.std() > 0 and 0 <= depth.confidence.min() <= depth.confidence.max() <= 1


def test_the_camera_given_is_kept(a_model: EndoDepthModel, a_frame: Frame) -> None:
    camera = Camera.from_fov(80.0, 101, 75)
    assert a_model.predict(a_frame, camera).depth.camera == camera
    with pytest.raises(CameraError, match="640 x 480"):
        a_model.predict(a_frame, Camera.from_fov(80.0, 640, 480))


def test_outside_the_content_nothing_is_said(
    a_model: EndoDepthModel, a_frame: Frame, a_round_content: np.ndarray
) -> None:
    result = a_model.predict(a_frame, None, a_model.vocabulary.classes, a_round_content)
    outside = ~a_round_content
    assert np.array_equal(result.depth.valid, a_round_content)
    assert not result.depth.confidence[outside].any() and not result.labels.labels[outside].any()
    assert not result.labels.scores[:, outside].any()


def test_highlights_are_marked_and_little_trusted(
    a_model: EndoDepthModel, a_frame: Frame, a_round_content: np.ndarray
) -> None:
    shining = a_frame.image // 2
    shining[30:36, 40:48] = 252
    shining[2:6, 2:6] = 252  # outside the content
    result = a_model.predict(Frame(shining), content_mask=a_round_content)
    highlight = result.validity == Validity.SPECULAR
    assert highlight[31:35, 41:47].all() and not highlight[:10, :10].any()
    assert np.array_equal(result.validity == Validity.OUTSIDE, ~a_round_content)
    confidence = result.depth.confidence
    assert confidence[highlight].max() <= HIGHLIGHT_CONFIDENCE
    assert confidence[result.validity == Validity.TISSUE].max() > HIGHLIGHT_CONFIDENCE
    assert result.depth.valid[highlight].all()


def test_what_lies_outside_the_content_is_not_seen(
    a_model: EndoDepthModel, a_frame: Frame, a_round_content: np.ndarray
) -> None:
    other = a_frame.image.copy()
    other[~a_round_content] = 255 - other[~a_round_content]
    first = a_model.predict(a_frame, content_mask=a_round_content)
    second = a_model.predict(Frame(other), content_mask=a_round_content)
    assert np.array_equal(first.depth.depth, second.depth.depth, equal_nan=True)


def test_a_mask_does_not_depend_on_the_other_prompts_of_its_procedure(a_model: EndoDepthModel, a_frame: Frame) -> None:
    vocabulary = a_model.vocabulary
    procedures = sorted({procedure for (procedure, *more) in vocabulary.procedures if not more})
    compared = 0
    for procedure in procedures:
        seen_in = dict(zip(vocabulary.classes, vocabulary.procedures, strict=True))
        names = [name for name, where in seen_in.items() if where == (procedure,)]
        everything = a_model.predict(a_frame, prompts=names).labels
        for index, name in enumerate(names):
            alone = a_model.predict(a_frame, prompts=[name]).labels
            assert np.array_equal(alone.labels == 1, everything.labels == index + 1)
            assert np.array_equal(alone.scores[0], everything.scores[index])
            compared += bool((alone.labels == 1).any())
    assert compared > 1


def test_structures_of_another_procedure_do_not_compete(a_model: EndoDepthModel, a_frame: Frame) -> None:
    # Among all classes probabilities sum to one; a wall of the colon leaves its share to the liver's neighbours.
    names = a_model.vocabulary.classes
    among_all = a_model.predict(a_frame, prompts=names).labels.scores[names.index("liver")]
    among_neighbours = a_model.predict(a_frame, prompts=["liver"]).labels.scores[0]
    assert (among_neighbours >= among_all - 1e-6).all() and among_neighbours.sum() > among_all.sum()


def test_the_order_of_prompts_numbers_the_labels(a_model: EndoDepthModel, a_frame: Frame) -> None:
    names = a_model.vocabulary.classes
    everything = a_model.predict(a_frame, prompts=names).labels
    backwards = a_model.predict(a_frame, prompts=names[::-1]).labels
    inside = everything.labels > 0
    assert np.array_equal(backwards.labels[inside], len(names) + 1 - everything.labels[inside])
    assert not backwards.labels[~inside].any()


def test_labels_carry_the_names_as_asked(a_model: EndoDepthModel, a_frame: Frame) -> None:
    labels = a_model.predict(a_frame, prompts=["Grasper", "liver", "surgical instruments"]).labels
    assert labels.names == ("Grasper", "liver") and labels.scores.shape == (2, 75, 101)
    assert a_model.predict(a_frame, prompts=["liver"], with_scores=False).labels.scores is None


def test_resolved_prompts_are_taken_too(a_model: EndoDepthModel, a_frame: Frame) -> None:
    resolved = a_model.resolve(["liver"])
    assert a_model.predict(a_frame, prompts=resolved).labels.names == ("liver",)
    with pytest.raises(InputError, match="mixes"):
        a_model.predict(a_frame, prompts=[*resolved, "fat"])
    with pytest.raises(InputError, match="list"):
        a_model.predict(a_frame, prompts="liver")


def test_never_taught(a_model: EndoDepthModel, a_frame: Frame) -> None:
    with pytest.raises(PromptError, match="spleen"):
        a_model.predict(a_frame, prompts=["spleen"])


def test_scores_are_probabilities(a_model: EndoDepthModel, a_frame: Frame) -> None:
    scores = a_model.predict(a_frame, prompts=a_model.vocabulary.classes).labels.scores
    assert scores.dtype == np.float32 and scores.min() >= 0
    assert scores.sum(axis=0).max() <= 1 + 1e-5  # the rest is "none of these"


def test_same_input_same_output(a_model: EndoDepthModel, a_weight_file: Path, a_frame: Frame) -> None:
    again = EndoDepthModel.load(str(a_weight_file), device="cpu")
    first, second = (model.predict(a_frame, prompts=["liver"]) for model in (a_model, again))
    assert np.array_equal(first.depth.depth, second.depth.depth)
    assert np.array_equal(first.labels.scores, second.labels.scores)


@pytest.mark.parametrize("size", [(16, 16), (17, 301), (400, 30)])
def test_odd_sizes(a_model: EndoDepthModel, size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 255, (*size, 3), dtype=np.uint8)
    result = a_model.predict(Frame(image), prompts=["fat"])
    assert result.depth.depth.shape == result.labels.labels.shape == size and result.depth.valid.all()


def test_wrong_masks(a_model: EndoDepthModel, a_frame: Frame) -> None:
    for mask in (np.ones((75, 100), dtype=bool), np.ones((75, 101), dtype=np.uint8)):
        with pytest.raises(InputError, match="expected"):
            a_model.predict(a_frame, content_mask=mask)


def test_unknown_weights_and_devices(a_weight_file: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="endodepth-default-v0"):
        EndoDepthModel.load(tmp_path / "none.safetensors")
    with pytest.raises(SettingsError, match="tpu"):
        EndoDepthModel.load(a_weight_file, device="tpu")
