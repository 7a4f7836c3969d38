"""`endodepth fuse` as a user runs it: the folder it makes, and what it refuses in one line."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from command_line.process import endodepth_in_one_process
from fused_scene.true_results import true_sequence, write_results, write_tracked
from fused_scene.wall_and_floor import LENS, SEGMENTS, distance_to_truth, true_frames, true_poses

from EndoDepthLib.fusion import load_fused

FRAMES = 5
FILES = [
    "fused.json",
    "scene.mrb",
    "surface.obj",
    "surface.ply",
    "surface.stl",
    "surface.vtp",
    "views.png",
    "weights.npy",
]


def test_a_surface_is_made_and_mistakes_are_refused(tmp_path: Path) -> None:
    results = write_results(tmp_path / "results", LENS, true_frames(FRAMES), SEGMENTS).folder
    other = write_results(tmp_path / "other", LENS, true_frames(FRAMES)[:3], SEGMENTS)
    poses = true_poses(FRAMES)
    poses_of_two = poses.copy()
    poses_of_two[3:, :3, 3] += 500
    tracked = write_tracked(tmp_path / "tracked", other.open(results), true_sequence(poses))
    parted = true_sequence(poses_of_two, lambda number: int(number >= 3))
    parted_folder = write_tracked(tmp_path / "parted", other.open(results), parted)
    lost = true_sequence(poses, lost=tuple((number, "blurred") for number in range(FRAMES)))
    nothing = write_tracked(tmp_path / "nothing", other.open(results), lost)
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine", encoding="utf-8")

    def fuse(folder: Path, tracking: Path, output: str, *more: str) -> list[str | Path]:
        return ["fuse", folder, "--tracking", tracking, "--output", tmp_path / output, *more]

    outcomes = endodepth_in_one_process(
        {
            "good": fuse(results, tracked, "out", "--triangles", "5000"),
            "parted": fuse(results, parted_folder, "parts", "--voxel", "0.8", "--keep", "instruments"),
            "no results": fuse(tmp_path / "absent", tracked, "a"),
            "no tracking": fuse(results, tmp_path, "b"),
            "other results": fuse(other.folder, tracked, "c"),
            "full": fuse(results, tracked, "full"),
            "keep": fuse(results, tracked, "d", "--keep", "everything"),
            "voxel": fuse(results, tracked, "e", "--voxel", "-1"),
            "memory": fuse(results, tracked, "f", "--voxel", "0.05", "--memory", "10"),
            "nothing": fuse(results, nothing, "g"),
        }
    )
    good = outcomes["good"]
    assert good.exit_code == 0, good.stderr
    assert "5 of 5 frames" in good.stdout and "mm" in good.stdout
    out = tmp_path / "out"
    assert sorted(p.name for p in out.iterdir()) == FILES
    fused = load_fused(out)
    assert np.median(distance_to_truth(fused.surface.vertices)) < 0.1
    report = json.loads((out / "fused.json").read_text(encoding="utf-8"))["report"]
    assert report["left_out"] == [] and (out / report["results"]).resolve() == results.resolve()
    views = cv2.imread(str(out / "views.png"))
    assert views is not None and views.std() > 10

    parts = tmp_path / "parts"
    assert outcomes["parted"].exit_code == 0 and "1 smaller surfaces" in outcomes["parted"].stdout
    assert len(load_fused(parts).surface.triangles) > len(load_fused(parts / "submaps" / "001").surface.triangles)
    for name, words in {
        "no results": "results.json",
        "no tracking": "endodepth track",
        "other results": "made from other results",
        "full": "not empty",
        "keep": "instruments or deformed",
        "voxel": "above 0",
        "memory": "larger --voxel",
        "nothing": "nothing to fuse",
    }.items():
        assert outcomes[name].exit_code == 2, name
        (line,) = outcomes[name].error_lines
        assert words in line, name
    assert not any((tmp_path / name).exists() for name in "abcdefg")
    assert [p.name for p in full.iterdir()] == ["mine.txt"]
