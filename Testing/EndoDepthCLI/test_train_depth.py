"""`endodepth train depth` as a user runs it: weights from a plain video, and each mistake in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line.material import write_picture
from command_line.process import Outcome, endodepth_in_one_process
from moving_camera.two_planes import poses, view, write_frames

SMALL = ("--steps", "2", "--batch", "2", "--pixels", "4096", "--device", "cpu")


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> dict[str, Outcome]:
    place = tmp_path_factory.mktemp("train_depth")
    moving = write_frames(place / "moving", [view(pose)[0] for pose in poses(10)])
    static = write_frames(place / "static", [view(poses(3)[1])[0]] * 4)
    one = write_picture(place / "one.png", view(poses(3)[1])[0])
    calls: dict[str, list[str | Path]] = {
        "done": [moving, *SMALL, "--start-weights", weights],
        "again": [moving, *SMALL, "--start-weights", weights],
        "static": [static, *SMALL, "--start-weights", weights, "--fov", "80"],
        "one": [one, *SMALL, "--start-weights", weights],
        "missing": [place / "nothing.mp4", *SMALL, "--start-weights", weights],
        "no_weights": [moving, *SMALL, "--start-weights", "nowhere"],
        "no_video_set": ["kvasir-seg=" + str(moving), *SMALL, "--start-weights", weights],
    }
    folder = {name: place / ("done" if name == "again" else name) for name in calls}
    return endodepth_in_one_process(
        {name: ["train", "depth", *call, "--output", folder[name]] for name, call in calls.items()}
    )


def test_weights_come_out_with_their_card_and_a_learned_field_of_view(outcomes: dict[str, Outcome]) -> None:
    done = outcomes["done"]
    assert done.exit_code == 0, done.stderr
    assert "moving: 10 frames, neighbours 2 frames apart" in done.stdout
    assert "field of view learned for moving: 90 degrees" in done.stdout
    file = Path(done.stdout.split("weights: ")[1].split(";")[0])
    from EndoDepthLib.networks import load_checkpoint

    checkpoint = load_checkpoint(file)
    assert checkpoint.metadata["settings"]["steps"] == 2 and checkpoint.metadata["strides"] == {"moving": 2}
    card = file.with_name("weights.md").read_text(encoding="utf-8")
    assert checkpoint.sha256 in card and "without any truth" in card
    assert list((file.parent / "training").rglob("*.png"))


def test_a_finished_run_stays_as_it_is(outcomes: dict[str, Outcome]) -> None:
    assert outcomes["again"].exit_code == 0, outcomes["again"].stderr
    assert outcomes["again"].stdout == outcomes["done"].stdout


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("static", "camera does not move in 'static'"),
        ("one", "has 1 frames; expected at least 3"),
        ("missing", "nothing.mp4"),
        ("no_weights", "no weights 'nowhere'"),
        ("no_video_set", "do not follow one another"),
    ],
)
def test_each_mistake_is_one_clear_line_and_leaves_nothing(outcomes: dict[str, Outcome], name: str, says: str) -> None:
    outcome = outcomes[name]
    assert outcome.exit_code == 2 and len(outcome.error_lines) == 1 and says in outcome.error_lines[0], outcome.stderr
    assert "Traceback" not in outcome.stderr
