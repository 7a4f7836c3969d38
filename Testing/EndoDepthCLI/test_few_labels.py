"""Labels of one's own through the command line: stage 1, proposals, import, and what cannot be learned from."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from command_line.material import HEIGHT, WIDTH, picture, write_picture
from command_line.process import Outcome, endodepth_in_one_process

from EndoDepthLib.networks import load_checkpoint
from EndoDepthLib.prompts import Vocabulary
from EndoDepthTrainingLib.labels.seg_nrrd import Segments, write_seg_nrrd


def annotated(folder: Path, labelled: int, frames: int, is_marked: bool = True) -> Path:
    for number in range(frames):
        image = picture(number)
        write_picture(folder / f"f{number}.png", image)
        if number < labelled:
            bright = (image[..., 2] > 200) & is_marked
            marked = Segments(bright.astype(np.uint8), ("bright spot",), ((255, 220, 0),))
            write_seg_nrrd(folder / f"f{number}.seg.nrrd", marked)
    return folder


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> tuple[Path, dict[str, Outcome]]:
    place = tmp_path_factory.mktemp("few-labels")
    own = annotated(place / "own", 4, 6)
    apart, one, empty, cut = (place / name for name in ("apart", "one", "empty", "cut"))
    annotated(apart, 2, 2)
    for file in apart.glob("*.seg.nrrd"):
        file.rename(apart / f"other-{file.name}")
    annotated(one, 1, 3)
    annotated(empty, 3, 3, is_marked=False)
    annotated(cut, 3, 3)
    (cut / "f1.png").write_bytes((cut / "f1.png").read_bytes()[:200])
    (place / "proposals").mkdir()  # verdicts that are there are kept
    (place / "proposals" / "review.json").write_text(json.dumps({"f4": "kept", "f5": "dropped"}), encoding="utf-8")
    short = ("--steps", "2", "--device", "cpu", "--weights", weights)

    def train(*arguments: str | Path) -> tuple[str | Path, ...]:
        return ("train", "segmentation", *arguments, *short)

    calls: dict[str, tuple[str | Path, ...]] = {
        "trained": train(own, "--output", place / "run"),
        "segmented": (
            *("segment", own / "f0.png", "--weights", place / "run" / "weights.safetensors"),
            *("--prompt", "Bright Spots", "--output", place / "labels"),
        ),
        "proposed": (
            *("labels", "propose", own, "--network", "none", "--weights", place / "run" / "weights.safetensors"),
            *("--output", place / "proposals"),
        ),
        "imported": ("labels", "import", place / "proposals", "--output", place / "more"),
        "apart": train(apart, "--output", place / "no-apart"),
        "one": train(one, "--output", place / "no-one"),
        "empty": train(empty, "--output", place / "no-empty"),
        "cut": train(cut, "--output", place / "no-cut"),
        "skipped": train(cut, "--output", place / "skipped", "--skip-damaged", "--held-out", "0"),
        "nowhere": train(place / "nowhere", "--output", place / "no-where"),
        "tower": train(own, "--output", place / "no-tower", "--text-tower", "ViT-B-32"),
        "download": train(
            own, "--output", place / "no-download", "--text-tower", "ViT-B-32", "--text-checkpoint", "openai"
        ),
    }
    return place, endodepth_in_one_process(calls)


def test_stage_1_makes_weights_that_segment_takes(outcomes: tuple[Path, dict[str, Outcome]]) -> None:
    place, outcome = outcomes
    assert outcome["trained"].exit_code == 0, outcome["trained"].stderr
    assert "held-out frames 1, Dice" in outcome["trained"].stdout
    assert "depth: that of the start weights, held by distillation" in outcome["trained"].stdout
    checkpoint = load_checkpoint(place / "run" / "weights.safetensors")
    vocabulary = Vocabulary.from_dict(checkpoint.vocabulary)
    assert vocabulary.classes == ("bright spot",) and vocabulary.taught_by == ("4 of your images",)
    assert checkpoint.metadata["text_tower"]["name"] == "endodepth"
    assert np.shape(checkpoint.metadata["text_tower"]["context"])[0] == 8
    assert outcome["segmented"].exit_code == 0, outcome["segmented"].stderr
    labels = cv2.imread(str(place / "labels" / "000000.png"), cv2.IMREAD_UNCHANGED)
    assert labels.shape == (HEIGHT, WIDTH) and labels.max() <= 1


def test_proposals_wait_for_a_review_and_then_become_labels(outcomes: tuple[Path, dict[str, Outcome]]) -> None:
    place, outcome = outcomes
    assert outcome["proposed"].exit_code == 0, outcome["proposed"].stderr
    assert "2 new proposals" in outcome["proposed"].stdout
    assert outcome["imported"].exit_code == 0 and "1 kept, 0 corrected" in outcome["imported"].stdout
    assert (place / "more" / "f4.seg.nrrd").exists() and not (place / "more" / "f5.png").exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("apart", "none of the 2 segmentations"),
        ("one", "gives 1 labelled frame; expected at least 2"),
        ("empty", "'bright spot' has no labelled pixel in any of the 3 frames"),
        ("cut", "f1.png"),
        ("nowhere", "nowhere' is not there"),
        ("tower", "give both --text-tower and --text-checkpoint"),
        ("download", "there is no file 'openai'"),
    ],
)
def test_what_cannot_be_learned_from_is_one_line(
    outcomes: tuple[Path, dict[str, Outcome]], name: str, expected: str
) -> None:
    place, outcome = outcomes
    assert outcome[name].exit_code == 2 and len(outcome[name].stderr.splitlines()) == 1
    assert expected in outcome[name].error_lines[0]
    assert not (place / f"no-{name}").exists() and not (place / "no-where").exists()


def test_damaged_frames_are_left_out_by_choice_and_named(outcomes: tuple[Path, dict[str, Outcome]]) -> None:
    outcome = outcomes[1]["skipped"]
    assert outcome.exit_code == 0, outcome.stderr
    assert len(outcome.warnings) == 1 and "f1.png" in outcome.warnings[0]
    assert "from 2 frames in 2 steps" in outcome.stdout
