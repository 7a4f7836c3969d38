"""`endodepth scale`: every source finds the millimetres of a known case; its folder; refusals in one line."""

from __future__ import annotations

import hashlib
import json
import shutil

import numpy as np
import pytest
from command_line.process import endodepth_in_one_process
from metric_case.case import (
    COUNT,
    DIAMETER_MM,
    TOOL,
    points_mm,
    write_registration,
    write_results,
    write_right_eye,
    write_surface,
    write_tracked,
    write_tracker,
)

from EndoDepthLib.errors import InputError, ScaleError
from EndoDepthLib.fusion import load_fused
from EndoDepthLib.results import ResultsFolder
from EndoDepthLib.scaling import load_scale
from EndoDepthLib.tracking import load_tracked, open_tracked
from EndoDepthLib.values import Scale

UNIT_MM = 0.37
ENDS = [(60, 40), (170, 60)]


def distance(position, ends=ENDS, factor=1.0):
    first, second = points_mm(position, ends)
    length = np.linalg.norm(first - second) * factor
    return ["--distance", str(position), *(str(x) for end in ends for x in end), f"{length:.4f}"]


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scale")
    results, tracked = folder / "results", folder / "tracked"
    scales = write_results(results, (TOOL,))
    write_tracked(tracked, results, scales, UNIT_MM)
    write_tracked(folder / "submaps", results, scales, UNIT_MM, submaps=2)
    write_right_eye(folder / "right", folder / "stereo.json")
    write_tracker(folder / "handle.tum")
    write_tracker(folder / "camera.tum", at_camera=True)
    still = (folder / "camera.tum").read_text().splitlines()
    lines = [f"{number / 10:.1f} 5 6 7 0 0 0 1" for number in range(COUNT)]
    (folder / "still.tum").write_text("\n".join([still[0], *lines]))
    (folder / "later.tum").write_text("\n".join(f"{900 + number} {number} 6 7 0 0 0 1" for number in range(COUNT)))
    (folder / "broken.tum").write_text("0 1 2 three\n0.1 1 2 3 0 0 0 1\n")
    rig = json.loads((folder / "stereo.json").read_text())
    rig["translation_mm"] = (np.array(rig["translation_mm"]) / 1000.0).tolist()
    (folder / "metres.json").write_text(json.dumps(rig))
    (folder / "taken").mkdir()
    (folder / "taken" / "mine.txt").write_text("mine")
    (folder / "empty").mkdir()
    stereo = ["--stereo-right", folder / "right", "--stereo-calibration", folder / "stereo.json"]
    vertices = write_surface(folder / "fused", UNIT_MM)
    length = np.linalg.norm(vertices[10] - vertices[400])
    write_registration(folder / "registered", UNIT_MM)
    write_registration(folder / "ambiguous", UNIT_MM, ambiguous=True)
    write_registration(folder / "vague", UNIT_MM, log_scale_sd=0.5)
    ends = ["--vertices", 10, 400, f"{length:.4f}"]
    asked = {
        "vertices": [folder / "fused", *ends, "--apply"],
        "registration": [folder / "fused", "--registration", folder / "registered"],
        "registration of frames": [tracked, "--registration", folder / "registered" / "registration.json"],
        "distance": [results, *distance(3), "--apply"],
        "distances": [tracked, *distance(1), *distance(6), *distance(9, [(40, 80), (120, 30)]), "--apply"],
        "one submap": [folder / "submaps", *distance(9), "--apply"],
        "instrument": [tracked, "--instrument-diameter", DIAMETER_MM],
        "instrument by name": [results, "--instrument-diameter", DIAMETER_MM, "--instrument", "grasper", "--apply"],
        "handle": [tracked, "--poses", folder / "handle.tum"],
        "camera": [tracked, "--poses", folder / "camera.tum", "--poses-at-camera"],
        "stereo": [tracked, *stereo],
    }
    refused = {
        "no source": [results],
        "two sources": [results, *distance(1), "--instrument-diameter", 5],
        "no folder": [folder / "nowhere", *distance(1)],
        "empty folder": [folder / "empty", *distance(1)],
        "no number": [results, "--distance", "1", "2", "3", "4", "five", "6"],
        "no such frame": [results, "--distance", "40", "60", "40", "170", "60", "50"],
        "outside": [results, "--distance", "1", "60", "40", "1700", "60", "50"],
        "too close": [results, "--distance", "1", "60", "40", "62", "40", "5"],
        "no length": [results, "--distance", "1", "60", "40", "170", "60", "-3"],
        "ambiguous": [folder / "fused", "--registration", folder / "ambiguous"],
        "vague": [folder / "fused", "--registration", folder / "vague"],
        "no registration": [folder / "fused", "--registration", results],
        "registration of results": [results, "--registration", folder / "registered"],
        "no such vertex": [folder / "fused", "--vertices", "1", "999999", "50"],
        "frames of a surface": [folder / "fused", *distance(1)],
        "vertices of frames": [results, "--vertices", "1", "2", "50"],
        "unknown instrument": [results, "--instrument-diameter", "5", "--instrument", "stapler"],
        "poses without tracking": [results, "--poses", folder / "handle.tum"],
        "still": [tracked, "--poses", folder / "still.tum"],
        "other times": [tracked, "--poses", folder / "later.tum"],
        "broken poses": [tracked, "--poses", folder / "broken.tum"],
        "half a pair": [tracked, "--stereo-right", folder / "right"],
        "metres": [tracked, *stereo[:3], folder / "metres.json"],
        "no calibration": [tracked, *stereo[:3], folder / "camera.tum"],
        "same eye": [tracked, "--stereo-right", results / "frames", *stereo[2:]],
    }
    before = digests(folder)
    calls = {
        name: ["scale", *given, "--output", folder / f"out {name}"] for name, given in {**asked, **refused}.items()
    }
    calls["taken"] = ["scale", results, *distance(1), "--output", folder / "taken"]
    calls["metric already"] = ["scale", folder / "out distance", *distance(0), "--output", folder / "out again"]
    calls["surface already"] = ["scale", folder / "out vertices", *ends, "--output", folder / "out again"]
    outcomes = endodepth_in_one_process(calls)
    after = digests(folder)
    assert {name: after[name] for name in before} == before, "an input was changed"
    return folder, scales, outcomes


def digests(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize(
    ("name", "within"),
    [
        ("distances", 0.01),
        ("registration of frames", 0.02),
        ("instrument", 0.03),
        ("handle", 0.01),
        ("camera", 0.01),
        ("stereo", 0.02),
    ],
)
def test_a_source_finds_the_scale_of_a_tracked_sequence(case, name, within):
    folder, _, outcomes = case
    assert outcomes[name].exit_code == 0, outcomes[name].stderr
    estimate = load_scale(folder / f"out {name}")
    found = estimate.only
    assert found.mm_per_unit == pytest.approx(UNIT_MM, rel=within)
    assert found.interval_90[0] <= UNIT_MM <= found.interval_90[1] and found.relative_width < 0.2
    assert found.positions == tuple(range(COUNT)) and estimate.kind == "tracked"
    assert found.text() in outcomes[name].stdout and estimate.source in outcomes[name].stdout


def test_frames_that_were_not_tracked_get_a_scale_each(case):
    folder, scales, outcomes = case
    assert outcomes["distance"].exit_code == 0, outcomes["distance"].stderr
    assert "a unit of its own" in outcomes["distance"].stdout
    estimate = load_scale(folder / "out distance")
    assert estimate.only.positions == (3,) and estimate.only.mm_per_unit == pytest.approx(scales[3], rel=0.01)
    shafts = load_scale(folder / "out instrument by name" / "scale.json")
    assert shafts.only is None and len(shafts.units) > COUNT // 2
    for unit in shafts.units:
        assert unit.mm_per_unit == pytest.approx(scales[unit.positions[0]], rel=0.05)
    kept = json.loads((folder / "out instrument by name" / "scale.json").read_text())
    assert kept["mm_per_unit"] is None


def test_results_are_written_in_millimetres_with_their_source(case):
    folder, scales, _ = case
    before, after = ResultsFolder.open(folder / "results"), ResultsFolder.open(folder / "out distance")
    assert after.is_complete and len(after) == 1 and after.manifest.frames[0] == before.manifest.frames[3]
    assert after.request.scale is Scale.METRIC_MM and after.request.scale_source.startswith("known distance: ")
    np.testing.assert_allclose(after.depth(0).depth_mm(), before.depth(3).depth * scales[3], rtol=0.01)
    ratio = after.surface(0).vertices / before.surface(3).vertices
    assert after.surface(0).scale is Scale.METRIC_MM and np.nanmedian(ratio) == pytest.approx(scales[3], rel=0.01)
    with pytest.raises(ScaleError):
        before.depth(3).depth_mm()


def test_a_tracked_folder_is_written_in_millimetres(case):
    folder, scales, _ = case
    scale = load_scale(folder / "out distances").only.mm_per_unit
    before, tracked = load_tracked(folder / "tracked"), open_tracked(folder / "out distances")
    after = tracked.sequence
    assert after.scale is Scale.METRIC_MM and "3 measurements" not in after.scale_source
    ratio = after.trajectory.world_from_camera[:, :3, 3] / before.trajectory.world_from_camera[:, :3, 3]
    np.testing.assert_allclose(ratio, scale, rtol=1e-9)
    depth = tracked.open_results().depth(4)
    np.testing.assert_allclose(
        after.consistent(4, depth).depth_mm(), before.consistent(4, depth).depth * scale, rtol=1e-5
    )


def test_a_scale_of_one_submap_leaves_out_the_frames_of_the_other(case):
    folder, _, outcomes = case
    assert any("left out" in warning for warning in outcomes["one submap"].warnings)
    after = load_tracked(folder / "out one submap")
    assert after.positions.tolist() == list(range(COUNT // 2, COUNT))
    assert len(after.lost) == COUNT // 2 and "no scale" in after.lost[0][1]


def test_a_fused_surface_is_written_in_millimetres(case):
    folder, _, outcomes = case
    for name, within in (("vertices", 1e-3), ("registration", 0.02)):
        assert outcomes[name].exit_code == 0, outcomes[name].stderr
        unit = load_scale(folder / f"out {name}").only
        assert unit.mm_per_unit == pytest.approx(UNIT_MM, rel=within)
        assert unit.interval_90[0] <= UNIT_MM <= unit.interval_90[1]
    before, after = load_fused(folder / "fused"), load_fused(folder / "out vertices")
    assert after.scale is Scale.METRIC_MM and after.scale_source.startswith("known distance: ")
    written = {path.name for path in (folder / "out vertices").iterdir()}
    assert {"surface.vtp", "surface.stl", "scene.mrb", "views.png", "scale.json"} <= written
    np.testing.assert_allclose(after.surface.vertices, before.surface.vertices * UNIT_MM, rtol=1e-3, atol=1e-3)
    assert after.report["voxel"] == pytest.approx(1.0, rel=1e-3)
    assert after.report["scale"]["mm_per_unit"] == pytest.approx(UNIT_MM, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no source", ["no source", "--distance"]),
        ("two sources", ["--distance", "--instrument-diameter"]),
        ("no folder", ["nowhere"]),
        ("empty folder", ["empty", "endodepth reconstruct"]),
        ("no number", ["five", "FRAME U1 V1 U2 V2 MM"]),
        ("no such frame", ["frame 40", "12 frames"]),
        ("outside", ["1700", "240 x 180"]),
        ("too close", ["2.0 px", "at least 5"]),
        ("no length", ["-3 mm"]),
        ("ambiguous", ["ambiguous", "landmarks"]),
        ("vague", ["too wide"]),
        ("no registration", ["results"]),
        ("registration of results", ["12 units", "fused"]),
        ("no such vertex", ["999999"]),
        ("frames of a surface", ["--vertices or --registration", "tracked"]),
        ("surface already", ["millimetres already"]),
        ("vertices of frames", ["--vertices", "--distance"]),
        ("unknown instrument", ["stapler", "grasper"]),
        ("poses without tracking", ["endodepth track"]),
        ("still", ["move"]),
        ("other times", ["0 of 12 frames", "times"]),
        ("broken poses", ["line 1", "three"]),
        ("half a pair", ["--stereo-calibration"]),
        ("metres", ["0.005 mm apart", "millimetres"]),
        ("no calibration", ["not JSON"]),
        ("same eye", ["cannot be matched"]),
        ("taken", ["taken", "not empty"]),
        ("metric already", ["millimetres already", "known distance"]),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(case, name, said):
    folder, _, outcomes = case
    outcome = outcomes[name]
    assert outcome.exit_code == 2 and len(outcome.error_lines) == 1, (outcome.stdout, outcome.stderr)
    assert all(part in outcome.error_lines[0] for part in said), outcome.error_lines[0]
    assert not (folder / f"out {name}").exists()
    assert not (folder / "out again").exists() and [p.name for p in (folder / "taken").iterdir()] == ["mine.txt"]


def test_a_scale_file_that_is_damaged_is_refused(case, tmp_path):
    folder, _, _ = case
    good = folder / "out distance" / "scale.json"
    for change in (
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("endodepth-scale", "other"),
        lambda text: text.replace("known distance", "a guess", 1),
        lambda text: text.replace('"measurements_used": 1', '"measurements_used": null'),
        lambda text: text.replace('"mm_per_unit": ', '"mm_per_unit": -'),
    ):
        changed = change(good.read_text())
        assert changed != good.read_text()
        (tmp_path / "scale.json").write_text(changed)
        with pytest.raises(InputError, match=r"scale\.json"):
            load_scale(tmp_path)
    shutil.copy(good, tmp_path / "scale.json")
    assert load_scale(tmp_path) == load_scale(good)
