"""Evaluation of a network on a data set: the figures themselves, and what happens when a run or a file breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.evaluation import IGNORED, ConfusionMatrix, depth_metrics, trivial_depths
from EndoDepthLib.inference import EndoDepthModel
from EndoDepthLib.values import Frame
from EndoDepthLib.video import find_content_area
from EndoDepthTrainingLib.evaluation import DatasetEvaluation, figures, select, summary_text, write_report
from EndoDepthTrainingLib.evaluation.image_rows import Outcome
from EndoDepthTrainingLib.evaluation.selection import compared_classes
from EndoDepthTrainingLib.evaluation.tally import IMAGES_FILE, POOLED_FILE


@pytest.fixture(scope="module")
def whole(
    clips: Path, model: EndoDepthModel, tmp_path_factory: pytest.TempPathFactory
) -> tuple[DatasetEvaluation, Path]:
    """An undisturbed evaluation of all frames, and its folder."""
    folder = tmp_path_factory.mktemp("whole")
    evaluation = DatasetEvaluation(select("phantoms", clips), model)
    evaluation.run(folder)
    return evaluation, folder


def test_figures_equal_those_computed_by_hand_from_the_files(
    clips: Path, model: EndoDepthModel, whole: tuple[DatasetEvaluation, Path]
) -> None:
    evaluation, folder = whole
    names = {
        entry["value"]: entry["name"] for entry in json.loads((clips / "colon" / "labels.json").read_text())["labels"]
    }
    errors: dict[str, list[float]] = {"prediction": [], "constant depth": []}
    matrix = ConfusionMatrix(evaluation.tally.masks.matrix.classes)
    for clip, procedure in (("colon", "colonoscopy"), ("laparoscopy", "laparoscopy")):
        seen = [
            name
            for name, procedures in zip(model.vocabulary.classes, model.vocabulary.procedures, strict=True)
            if procedure in procedures
        ]
        for picture in sorted((clips / clip / "frames").iterdir()):
            frame = Frame(cv2.imread(str(picture))[..., ::-1].copy())
            depth = np.load(clips / clip / "depth" / f"{picture.stem}.npy")
            answer = model.predict(frame, None, seen, find_content_area([frame]))
            errors["prediction"].append(depth_metrics(answer.depth.depth, depth).abs_rel)
            errors["constant depth"].append(
                depth_metrics(trivial_depths(None, *depth.shape)["constant depth"], depth).abs_rel
            )
            labels = cv2.imread(str(clips / clip / "labels" / picture.name), cv2.IMREAD_UNCHANGED)
            reference, found = np.zeros_like(labels), np.zeros_like(labels)
            for value, name in names.items():
                reference[labels == value] = matrix.classes.index(name) if name in matrix.classes else 0
            assert answer.labels is not None
            for value, name in enumerate(seen, start=1):
                found[answer.labels.labels == value] = matrix.classes.index(name)
            matrix.update(found, reference)
    means = evaluation.tally.depth.means()
    for name, values in errors.items():
        assert means[name].abs_rel == pytest.approx(np.mean(values), rel=1e-6)
    assert (evaluation.tally.masks.matrix.counts == matrix.counts).all()
    written = figures(evaluation)
    assert written["depth"]["mean"]["prediction"]["abs_rel"] == means["prediction"].abs_rel
    assert written["depth"]["confidence"]["sparsification"]["pooled"]["ause"] > 0
    assert written["masks"]["mean_iou"] == pytest.approx(matrix.mean_iou(leave_out=("none of them",)))
    assert written["settings"]["weights_sha256"] == model.weights.sha256
    lines = (folder / IMAGES_FILE).read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + len(errors["prediction"])
    text = summary_text(evaluation)
    assert "constant depth" in text and "median-scaled" in text and model.weights.sha256 in text
    assert "not taught" in text and "airway wall" in text  # a class of the phantoms that no weights know


class Ended(Exception):
    """A run ends here."""


@pytest.mark.parametrize("damage", ["none", "half a row", "a row too many"])
def test_a_run_that_was_ended_goes_on_to_the_same_figures(
    clips: Path, model: EndoDepthModel, whole: tuple[DatasetEvaluation, Path], tmp_path: Path, damage: str
) -> None:
    steps = 0

    def end_after_three(count: int) -> None:
        nonlocal steps
        steps += count
        if steps == 3:
            raise Ended

    with pytest.raises(Ended):
        DatasetEvaluation(select("phantoms", clips), model).run(tmp_path, step=end_after_three)
    images = tmp_path / IMAGES_FILE
    kept = images.read_text(encoding="utf-8")
    if damage == "half a row":
        images.write_text(kept + "colon/0000", encoding="utf-8")
    if damage == "a row too many":  # killed after the row was written and before the counts were
        images.write_text(kept + kept.splitlines()[-1] + "\n", encoding="utf-8")
    again = DatasetEvaluation(select("phantoms", clips), model)
    told: list[int] = []
    again.run(tmp_path, resume=True, step=told.append)
    assert told == [3] + [1] * (6 - 3)  # three were there, the others came
    undisturbed, folder = whole
    assert images.read_bytes() == (folder / IMAGES_FILE).read_bytes()
    assert figures(again) == figures(undisturbed)


def test_a_run_goes_on_with_the_same_settings_only(clips: Path, model: EndoDepthModel, tmp_path: Path) -> None:
    begun = DatasetEvaluation(select("phantoms", clips, limit=2), model)
    begun.run(tmp_path)
    with pytest.raises(SettingsError, match="begun with frames 2, now it is 1"):
        DatasetEvaluation(select("phantoms", clips, limit=1), model).run(tmp_path, resume=True)
    (tmp_path / POOLED_FILE).write_bytes(b"PK nonsense")
    with pytest.raises(InputError, match="cannot be continued"):
        DatasetEvaluation(select("phantoms", clips, limit=2), model).run(tmp_path, resume=True)


def cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:200])
    return path


def test_a_broken_picture_ends_the_run_and_is_named(
    copied: Callable[[], Path], model: EndoDepthModel, tmp_path: Path
) -> None:
    clips = copied()
    broken = cut(clips / "colon" / "frames" / "000002.png")
    with pytest.raises(InputError, match="000002.png.*--skip-broken") as raised:
        DatasetEvaluation(select("phantoms", clips), model).run(tmp_path / "out")
    assert str(broken) in str(raised.value) and "\n" not in str(raised.value)


def test_broken_frames_are_left_out_by_choice_and_listed(
    copied: Callable[[], Path], model: EndoDepthModel, tmp_path: Path
) -> None:
    clips = copied()
    cut(clips / "colon" / "frames" / "000002.png")
    (clips / "laparoscopy" / "depth" / "000000.npy").write_bytes(b"")
    np.save(clips / "laparoscopy" / "depth" / "000001.npy", np.full((32, 48), np.nan, np.float32))
    cv2.imwrite(str(clips / "laparoscopy" / "labels" / "000001.png"), np.full((32, 48), 200, np.uint8))  # no such label
    evaluation = DatasetEvaluation(select("phantoms", clips), model, skip_broken=True)
    evaluation.run(tmp_path / "out")
    write_report(evaluation, tmp_path / "out")
    outcomes = {row.name: row.outcome for row in evaluation.tally.rows}
    assert outcomes["colon/000002"] is outcomes["laparoscopy/000000"] is Outcome.BROKEN
    assert outcomes["laparoscopy/000001"] is Outcome.WITHOUT_TRUTH
    assert len(evaluation.tally.depth.images) == len(evaluation.tally.masks.image_dice) == 3
    left_out = json.loads((tmp_path / "out" / "figures.json").read_text(encoding="utf-8"))["left_out"]
    assert "000002.png" in left_out["could not be read, left out"]["colon/000002"]
    assert "2 frames could not be read" in summary_text(evaluation)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "2 of 6 frames could not be read" in page and "colon/000002" in page
    rows = (tmp_path / "out" / IMAGES_FILE).read_text(encoding="utf-8")
    assert rows.count(",broken,") == 2 and rows.count(",without truth,") == 1


def test_frames_that_all_lack_truth_are_an_error(
    copied: Callable[[], Path], model: EndoDepthModel, tmp_path: Path
) -> None:
    clips = copied()
    for path in clips.rglob("*.npy"):
        np.save(path, np.full((32, 48), np.nan, np.float32))
    for path in clips.rglob("labels/*.png"):
        cv2.imwrite(str(path), np.full((32, 48), 200, np.uint8))
    with pytest.raises(InputError, match="none of 6 frames could be compared; the first: no depth between"):
        DatasetEvaluation(select("phantoms", clips), model).run(tmp_path / "out")


def test_frames_are_chosen_by_step_and_spread_evenly(clips: Path) -> None:
    assert [sample.name for sample in select("phantoms", clips, every=3).frames] == [
        "colon/000000",
        "laparoscopy/000000",
    ]
    limited = select("phantoms", clips, limit=3)
    assert [sample.name for sample in limited.frames] == ["colon/000000", "colon/000002", "laparoscopy/000002"]
    assert len(limited.split_frames) == 6


def test_classes_are_matched_by_name_and_synonym(model: EndoDepthModel) -> None:
    labelled = ("Grasper", "spleen", "gallbladder", "L-hook electrocautery", "surgical instruments")
    found = compared_classes(labelled, model.vocabulary)
    assert found is not None and set(found.names) == {"surgical instrument", "gallbladder"}
    tool, gallbladder = found.names.index("surgical instrument") + 1, found.names.index("gallbladder") + 1
    assert found.from_label[[0, 1, 2, 3, 5, IGNORED]].tolist() == [0, tool, 0, gallbladder, tool, IGNORED]
    assert "spleen" in found.unknown
    only = compared_classes(labelled, model.vocabulary, ["grasper"])
    assert only is not None and only.names == ("surgical instrument",) and only.from_label[3] == 0
    with pytest.raises(SettingsError, match="'liver' is not both"):
        compared_classes(labelled, model.vocabulary, ["liver"])
    assert compared_classes(("spleen",), model.vocabulary) is None
