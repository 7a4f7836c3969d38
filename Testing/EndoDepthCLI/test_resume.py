"""A run that is ended at any moment goes on with --resume and gives what an undisturbed run gives."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from command_line.comparison import contents, differences
from command_line.interruption import end_when, frames_done, scene_begun
from command_line.process import endodepth, endodepth_in_one_process


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL and sends Ctrl-C to the whole console")
def test_interrupted_and_killed_runs_end_as_an_undisturbed_one(
    tmp_path: Path, job: list[str | Path], undisturbed: Path
) -> None:
    folder = tmp_path / "results"
    run = [*job, "--output", folder]
    interrupted = end_when(run, frames_done(folder, 1), signal.SIGINT)
    assert interrupted.exit_code == 130
    assert "--resume" in interrupted.stderr.splitlines()[-1]
    assert "Traceback" not in interrupted.stderr
    assert not list(folder.rglob(".partial-*"))
    for moment in (frames_done(folder, 4), scene_begun(folder)):
        assert end_when([*run, "--resume"], moment).exit_code == -signal.SIGKILL
    finished = endodepth(*run, "--resume")
    assert finished.exit_code == 0, finished.stderr
    assert differences(folder, undisturbed) == []


def test_only_an_equal_request_is_resumed(
    tmp_path: Path, video: Path, weights: Path, job: list[str | Path], undisturbed: Path
) -> None:
    before = contents(undisturbed)
    target = ["--output", undisturbed, "--resume"]
    other_video = tmp_path / "clip.mp4"
    other_video.write_bytes(video.read_bytes() + b"\0\0\0\x08free")
    outcomes = endodepth_in_one_process(
        {
            "prompt": [*job, *target, "--prompt", "fat"],
            "every": [*job, *target, "--every", "2"],
            "camera": [*job, *target, "--fov", "70"],
            "input": [job[0], other_video, *job[2:], *target],
            "step": [*job, *target, "--surface-step", "3"],
            "kind": ["depth", video, "--weights", weights, *target],
            "without --resume": [*job, "--output", undisturbed],
            "equal": [*job, *target],
        }
    )
    assert outcomes.pop("equal").exit_code == 0
    for name, outcome in outcomes.items():
        assert outcome.exit_code == 2, name
        assert len(outcome.error_lines) == 1, name
        assert "not empty" in outcome.error_lines[0] or "cannot resume" in outcome.error_lines[0], outcome.error_lines
    assert "every" in outcomes["every"].error_lines[0]
    assert "input_sha256" in outcomes["input"].error_lines[0]
    assert contents(undisturbed) == before


def test_depth_and_segment_resume_file_by_file(tmp_path: Path, video: Path, weights: Path) -> None:
    calls = {}
    for kind in ("depth", "segment"):
        for name in ("whole", "broken"):
            calls[f"{kind} {name}"] = [kind, video, "--output", tmp_path / f"{kind}-{name}", "--weights", weights]
    assert {o.exit_code for o in endodepth_in_one_process(calls).values()} == {0}
    # What a kill leaves: some frames missing, one half written, no report.
    for kind, suffix in (("depth", ".npy"), ("segment", ".png")):
        broken = tmp_path / f"{kind}-broken"
        (broken / f"000003{suffix}").unlink()
        (broken / f"000005{suffix}").unlink()
        (broken / f".partial-000005{suffix}").write_bytes(b"half")
        (broken / "report.json").unlink()
        if kind == "depth":
            (broken / "validity" / "000001.png").unlink()
            (broken / "validity" / ".partial-000001.png").write_bytes(b"half")
    resumed = endodepth_in_one_process({k: [*a, "--resume"] for k, a in calls.items() if k.endswith("broken")})
    assert {o.exit_code for o in resumed.values()} == {0}
    for kind in ("depth", "segment"):
        assert differences(tmp_path / f"{kind}-whole", tmp_path / f"{kind}-broken") == []
