"""The main job end to end on a small video: results folder, scene, pictures, report."""

from __future__ import annotations

import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from command_line.material import write_camera
from command_line.process import Outcome, endodepth_in_one_process

from EndoDepthLib.results import ResultsFolder
from EndoDepthLib.video import Validity, Video

PROMPTS = ("--prompt", "gall bladder", "--prompt", "forceps", "--prompt", "grasper", "--prompt", "vocal folds")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reconstruct")


@pytest.fixture(scope="module")
def outcomes(folder: Path, video: Path, weights: Path) -> dict[str, Outcome]:
    camera = write_camera(folder / "camera.json")
    common = ["--weights", weights, "--camera", camera]
    return endodepth_in_one_process(
        {
            "named": ["reconstruct", video, "--output", folder / "named", *common, "--every", "2", *PROMPTS],
            "segment": ["segment", video, "--output", folder / "segment", *common, "--every", "2", *PROMPTS],
            "all classes": ["segment", video, "--output", folder / "all", *common, "--every", "5"],
        }
    )


@pytest.fixture(scope="module")
def results(outcomes: dict[str, Outcome], folder: Path) -> ResultsFolder:
    assert outcomes["named"].exit_code == 0, outcomes["named"].stderr
    return ResultsFolder.open(folder / "named")


def test_every_file_of_the_contract_is_there(results: ResultsFolder) -> None:
    names = {path.name for path in results.folder.iterdir()}
    assert names == {
        *("results.json", "camera.json", "content.png", "scene.mrb", "preview.mp4", "contact_sheet.png", "report.json"),
        *("frames", "depth", "confidence", "validity", "labels", "surfaces"),
    }
    assert results.is_complete
    assert [frame.index for frame in results.manifest.frames] == [0, 2, 4]


def test_every_stage_says_how_many_frames_it_did(outcomes: dict[str, Outcome], results: ResultsFolder) -> None:
    ends = [line for line in outcomes["named"].stderr.splitlines() if ": done, " in line]
    said = [end.partition(" in ")[0] for end in ends]
    stages = ("frames", "scene.mrb", "preview.mp4", "contact_sheet.png")
    assert said == [f"{stage}: done, {len(results)} frames" for stage in stages]


def test_frames_are_the_decoded_pixels(results: ResultsFolder, video: Path) -> None:
    with Video.open(video, every=2) as decoded:
        for position, frame in enumerate(decoded):
            np.testing.assert_array_equal(results.frame(position).image, frame.image)
            assert results.frame(position).time_s == pytest.approx(frame.time_s)


def test_highlights_are_marked_and_little_trusted(results: ResultsFolder) -> None:
    for position in range(len(results)):
        validity, confidence = results.validity(position), results.depth(position).confidence
        assert validity is not None
        spot = validity == Validity.SPECULAR
        bright = results.frame(position).image.min(axis=2) > 230  # the disc in every picture
        assert bright.any() and spot[bright].all()
        assert spot.mean() < 0.2
        assert confidence[spot].max() <= 0.2001  # float16 in the file
        np.testing.assert_array_equal(validity == Validity.OUTSIDE, ~results.content)


def test_two_prompts_for_one_class_are_one_segment_named_as_asked_first(results: ResultsFolder) -> None:
    assert results.request.names == ("gall bladder", "forceps", "vocal folds")
    assert [s.class_name for s in results.request.segments] == ["gallbladder", "surgical instrument", "vocal folds"]


def test_the_scene_says_what_the_results_say(results: ResultsFolder) -> None:
    from EndoDepthScene.readback import check_scene

    check = check_scene(results.folder / "scene.mrb", results)
    assert check.problems(results) == []


def test_the_preview_shows_every_frame(results: ResultsFolder) -> None:
    with av.open(str(results.folder / "preview.mp4")) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        assert float(container.streams.video[0].average_rate) == pytest.approx(5)
    assert len(frames) == 3
    assert all(frame.shape == frames[0].shape for frame in frames)
    assert not np.array_equal(frames[0], frames[2])


def test_the_contact_sheet_holds_the_frames(results: ResultsFolder) -> None:
    sheet = cv2.imread(str(results.folder / "contact_sheet.png"))
    assert sheet is not None
    assert sheet.shape[1] > 3 * 400


def test_the_report_says_what_was_done(results: ResultsFolder, outcomes: dict[str, Outcome]) -> None:
    report = json.loads((results.folder / "report.json").read_text(encoding="utf-8"))
    assert report["frames"] == 3
    assert report["camera"]["source"] == "file"
    assert report["settings"]["device"] in ("cpu", "cuda", "mps")  # what is resumed must go on as it began
    assert report["weights"] == {"id": "untrained.safetensors", "sha256": results.request.weights_sha256}
    assert "not millimetres" in report["scale"]["in_words"]
    assert {"python", "torch", "numpy", "endodepth"} <= report["program"].keys()
    assert {"prepare", "frames", "scene.mrb", "preview.mp4"} <= report["timing"]["stages_s"].keys()
    assert report["timing"]["peak_memory_bytes"] > 2**26
    said = [line.removeprefix("endodepth: warning: ") for line in outcomes["named"].warnings]
    assert report["warnings"] == said


def test_classes_that_only_phantoms_taught_are_pointed_out(outcomes: dict[str, Outcome]) -> None:
    (line,) = [line for line in outcomes["named"].warnings if "phantoms only" in line]
    assert "'gall bladder'" in line
    assert "forceps" not in line
    assert "vocal folds" not in line


def test_segment_writes_the_same_labels(results: ResultsFolder, outcomes: dict[str, Outcome], folder: Path) -> None:
    assert outcomes["segment"].exit_code == 0, outcomes["segment"].stderr
    for position in range(3):
        labels = cv2.imread(str(folder / "segment" / f"{position:06d}.png"), cv2.IMREAD_UNCHANGED)
        expected = results.labels(position)
        assert expected is not None
        np.testing.assert_array_equal(labels, expected.labels)
    entries = json.loads((folder / "segment" / "labels.json").read_text(encoding="utf-8"))["labels"]
    assert [(entry["value"], entry["name"]) for entry in entries] == [
        (0, "background"),
        (1, "gall bladder"),
        (2, "forceps"),
        (3, "vocal folds"),
    ]
    assert entries[1]["taught_by"] == "phantoms only"


def test_segment_without_prompts_marks_all_classes(outcomes: dict[str, Outcome], folder: Path) -> None:
    from EndoDepthLib.prompts import load_vocabulary

    assert outcomes["all classes"].exit_code == 0, outcomes["all classes"].stderr
    entries = json.loads((folder / "all" / "labels.json").read_text(encoding="utf-8"))["labels"]
    assert [entry["name"] for entry in entries[1:]] == list(load_vocabulary().classes)
