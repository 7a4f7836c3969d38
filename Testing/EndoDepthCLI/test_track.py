"""`endodepth track` as a user runs it: what it writes, what it says, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from command_line.process import Outcome, endodepth_in_one_process
from moving_camera.tracked_planes import planes_results
from moving_camera.two_planes import poses

from EndoDepthLib.tracking import open_tracked


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> tuple[Path, dict[str, Outcome]]:
    base = tmp_path_factory.mktemp("track")
    truth = poses(14)
    planes_results(base / "results", truth[:12], unusable=(5,))
    planes_results(base / "two", truth[:2])
    (base / "full").mkdir()
    (base / "full" / "file").write_text("x", encoding="utf-8")
    (base / "h.json").write_text("[1]", encoding="utf-8")
    (base / "p.csv").write_text("frame,x\n1,2\n", encoding="utf-8")
    results = base / "results"

    def to(name: str) -> list[str | Path]:
        return ["--output", base / name]

    outcomes = endodepth_in_one_process(
        {
            "direct": ["track", results, "--engine", "direct", *to("tracked")],
            "no results": ["track", base / "full", *to("a")],
            "not empty": ["track", results, *to("full")],
            "two frames": ["track", base / "two", *to("b")],
            "engine": ["track", results, "--engine", "magic", *to("c")],
            "hand-eye alone": ["track", results, "--hand-eye", base / "h.json", *to("d")],
            "hand-eye": ["track", results, "--poses", base / "p.csv", "--hand-eye", base / "h.json", *to("e")],
            "poses": ["track", results, "--poses", base / "p.csv", *to("f")],
            "no poses": ["track", results, "--poses", base / "none.csv", *to("g")],
            "sfm": ["track", base / "two", "--engine", "sfm", *to("h")],
        }
    )
    return base, outcomes


def test_what_is_written_and_said(runs):
    base, outcomes = runs
    done = outcomes["direct"]
    assert done.exit_code == 0, done.stderr
    assert "11 of 12 frames tracked in one submap: 11 by direct alignment" in done.stdout
    assert "up to scale" in done.stdout
    assert any("1 frames have no pose; the first is frame 5" in warning for warning in done.warnings)
    tracked = open_tracked(base / "tracked")
    assert [position for position, _ in tracked.sequence.lost] == [5]
    assert tracked.sequence.trajectory.frame_indices.tolist() == [2 * p for p in range(12) if p != 5]
    assert tracked.open_results().folder.resolve() == (base / "results").resolve()
    assert len(np.loadtxt(base / "tracked" / "poses.tum")) == 11
    report = json.loads((base / "tracked" / "report.json").read_text(encoding="utf-8"))
    assert report["tracked"] == 11 and report["methods"] == {"direct alignment": 11} and report["submaps"] == 1
    assert report["lost"][0]["position"] == 5 and report["lost"][0]["reason"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no results", "endodepth reconstruct"),
        ("not empty", "not empty"),
        ("two frames", "tracking needs 3 or more"),
        ("engine", "magic"),
        ("hand-eye alone", "--poses"),
        ("hand-eye", "no rigid 4 x 4"),
        ("poses", "expected a header"),
        ("no poses", "not there"),
        ("sfm", "tracking needs 3 or more"),
    ],
)
def test_what_is_refused(runs, name, said):
    base, outcomes = runs
    assert outcomes[name].exit_code == 2
    assert len(outcomes[name].error_lines) == 1 and said in outcomes[name].error_lines[0]
    assert {path.name for path in base.iterdir()} == {"results", "two", "full", "h.json", "p.csv", "tracked"}
