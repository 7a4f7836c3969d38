"""`endodepth adapt`: refusals in one line with nothing left behind; a video that teaches nothing keeps the weights."""

from __future__ import annotations

import pytest
from command_line.material import write_pictures, write_untrained_weights
from command_line.process import endodepth_in_one_process


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapt")
    weights = write_untrained_weights(folder / "untrained.safetensors")
    pictures = write_pictures(folder / "pictures", 4)
    (folder / "taken.safetensors").write_bytes(b"mine")
    adapt = ["adapt", pictures, "--weights", weights, "--device", "cpu", "--output"]
    calls = {
        "another ending": [*adapt, folder / "weights.pt"],
        "file that is there": [*adapt, folder / "taken.safetensors"],
        "missing folder": [*adapt, folder / "nowhere" / "weights.safetensors"],
        "undistort": [*adapt, folder / "weights.safetensors", "--undistort"],
        "no minutes": [*adapt, folder / "weights.safetensors", "--minutes", "0"],
        "four frames": [*adapt, folder / "kept.safetensors"],
    }
    return folder, weights, endodepth_in_one_process(calls)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("another ending", ["weights.pt", ".safetensors"]),
        ("file that is there", ["taken.safetensors", "already"]),
        ("missing folder", ["nowhere", "does not exist"]),
        ("undistort", ["--undistort"]),
        ("no minutes", ["--minutes", "'0'"]),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(outcomes, name, said):
    folder, _, found = outcomes
    outcome = found[name]
    assert outcome.exit_code == 2 and len(outcome.stderr.strip().splitlines()) == 1
    assert all(part in outcome.error_lines[0] for part in said)
    assert (folder / "taken.safetensors").read_bytes() == b"mine"
    assert not (folder / "weights.safetensors").exists() and not (folder / "weights-work").exists()


def test_a_video_that_is_too_short_keeps_the_weights_and_says_so(outcomes):
    folder, weights, found = outcomes
    outcome = found["four frames"]
    assert outcome.exit_code == 0, outcome.stderr
    assert "the original weights are kept" in outcome.stdout and "4 frames" in outcome.stdout
    assert (folder / "kept.safetensors").read_bytes() == weights.read_bytes()
    assert {path.name for path in folder.glob("kept*")} == {
        "kept.safetensors",
        "kept.md",
        "kept.json",
        "kept-work",
    }
