"""`endodepth register`: from two files to transforms, distances, pictures and a scene, or one clear line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from command_line.material import write_camera, write_picture
from command_line.process import Outcome, endodepth_in_one_process
from organ_shapes.ct_images import ct_image, write_segmentation
from organ_shapes.seen_part import Trial, make_trial
from organ_shapes.shapes import organ_mesh

from EndoDepthLib.anatomy import OrganSurface, write_surface_file
from EndoDepthLib.registration import load_registration, read_transform

FILES = {
    "ct_from_surface.tfm",
    "ct_from_surface.h5",
    "residuals.vtp",
    "distances.csv",
    "picture.png",
    "overlay.png",
    "bent.vtp",
    "registration.json",
    "scene.mrb",
}


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trial, OrganSurface, Path]:
    organ = OrganSurface(*organ_mesh("lobed", 4), name="liver")
    return make_trial(organ, 0), organ, tmp_path_factory.mktemp("register")


def _write_landmarks(path: Path, surface: np.ndarray, ct: np.ndarray) -> Path:
    rows = [",".join(f"{value:.4f}" for value in (*a, *b)) for a, b in zip(surface, ct, strict=True)]
    path.write_text("surface_x,surface_y,surface_z,ct_x,ct_y,ct_z\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def outcomes(trial: tuple[Trial, OrganSurface, Path]) -> dict[str, Outcome]:
    import SimpleITK as sitk

    case, organ, folder = trial
    marks = case.landmarks
    surface, ct = folder / "seen.ply", folder / "liver.vtp"
    write_surface_file(surface, case.seen)
    write_surface_file(ct, organ)
    tumour = OrganSurface(organ.vertices * 0.15 + organ.vertices.mean(axis=0) * 0.85, organ.triangles, "tumour")
    write_surface_file(folder / "tumour.stl", tumour)
    _write_stl_in(folder / "metres.stl", organ, 1e-3)
    _write_stl_in(folder / "flat.stl", OrganSurface(organ.vertices, organ.triangles), np.array([1.0, 1.0, 1e-4]))
    (folder / "empty.ply").write_text(
        "ply\nformat ascii 1.0\nelement vertex 0\nproperty float x\nproperty float y\nproperty float z\n"
        "element face 0\nproperty list uchar int vertex_indices\nend_header\n",
        encoding="ascii",
    )
    sitk.WriteImage(ct_image(), str(folder / "ct.nrrd"))
    write_segmentation(folder / "case.seg.nrrd")
    good = _write_landmarks(folder / "good.csv", marks.surface, marks.ct)
    two = _write_landmarks(folder / "two.csv", marks.surface[:2], marks.ct[:2])
    line = np.arange(3.0)[:, None] * [10.0, 1.0, 0.0]
    collinear = _write_landmarks(folder / "line.csv", line, line)
    mirror = np.array([-1.0, 1.0, 1.0])
    mirrored = _write_landmarks(folder / "mirrored.csv", marks.surface, marks.ct * mirror)
    write_surface_file(folder / "mirrored.vtp", OrganSurface(organ.vertices * mirror, organ.triangles))
    camera = write_camera(folder / "camera.json")
    frame = write_picture(folder / "frame.png", np.full((64, 96, 3), 120, np.uint8))
    truth = case.ct_from_surface
    eye = case.seen.vertices.mean(axis=0) + 90 / truth.scale * case.seen.normals.mean(axis=0)
    pose = _looking_at(eye, case.seen.vertices.mean(axis=0))
    (folder / "pose.txt").write_text("\n".join(" ".join(map(str, row)) for row in pose), encoding="utf-8")

    def call(seen: Path, organ_file: Path, name: str, *more: str | Path) -> list[str | Path]:
        return ["register", seen, organ_file, "--output", folder / "out" / name, *more]

    whole = ["--landmarks", good, "--structure", folder / "tumour.stl", "--bend", "--frame", frame]
    return endodepth_in_one_process(
        {
            "whole": call(surface, ct, "whole", *whole, "--camera", camera, "--pose", folder / "pose.txt"),
            "metres": call(surface, folder / "metres.stl", "metres", "--landmarks", good),
            "flat": call(folder / "flat.stl", ct, "flat", "--landmarks", good),
            "empty": call(folder / "empty.ply", ct, "empty", "--landmarks", good),
            "two": call(surface, ct, "two", "--landmarks", two),
            "line": call(surface, ct, "line", "--landmarks", collinear),
            "mirrored": call(surface, folder / "mirrored.vtp", "mirrored", "--landmarks", mirrored),
            "threshold": call(surface, folder / "ct.nrrd", "threshold", "--threshold", "-5", "5"),
            "segment": call(surface, folder / "case.seg.nrrd", "segment", "--segment", "Spleen"),
            "unsaid": call(surface, folder / "ct.nrrd", "unsaid"),
            "missing": call(surface, folder / "missing.nrrd", "missing", "--threshold", "40", "180"),
            "no camera": call(surface, ct, "no-camera", "--landmarks", good, "--frame", frame),
        }
    )


def _write_stl_in(path: Path, organ: OrganSurface, unit: float | np.ndarray) -> None:
    from types import SimpleNamespace

    write_surface_file(path, SimpleNamespace(vertices=organ.vertices * unit, triangles=organ.triangles))


def _looking_at(eye: np.ndarray, target: np.ndarray) -> np.ndarray:
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    pose[:3, 3] = eye
    return pose


def test_everything_is_written(outcomes: dict[str, Outcome], trial: tuple[Trial, OrganSurface, Path]) -> None:
    case, _, folder = trial
    done, output = outcomes["whole"], folder / "out" / "whole"
    assert done.exit_code == 0, done.stderr
    assert "90 % below" in done.stdout and "each landmark from the others" in done.stdout
    assert {path.name for path in output.iterdir()} == FILES
    found = load_registration(output)
    assert np.median(case.target_errors_mm(found.ct_from_surface)) < 3.0
    for suffix in (".tfm", ".h5"):
        assert read_transform(output / f"ct_from_surface{suffix}") == pytest.approx(found.matrix, abs=1e-6)
    values = json.loads((output / "registration.json").read_text(encoding="utf-8"))
    low, high = values["scale"]["interval_90"]
    assert low < values["scale"]["mm_per_unit"] < high and "thin-plate" in values["bent"]["what"]
    with (output / "distances.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["structure"] == "tumour" and 0 < float(row["nearest_mm"]) < 120


def test_pictures_show_something(outcomes: dict[str, Outcome], trial: tuple[Trial, OrganSurface, Path]) -> None:
    output = trial[2] / "out" / "whole"
    assert outcomes["whole"].exit_code == 0
    picture, overlay = (cv2.imread(str(output / name)) for name in ("picture.png", "overlay.png"))
    assert picture.shape == (572, 1120, 3) and len(np.unique(picture.reshape(-1, 3), axis=0)) > 100
    assert overlay.shape == (64, 96, 3) and np.mean(np.any(overlay != 120, axis=-1)) > 0.02


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("metres", ["metres"]),
        ("flat", ["flat"]),
        ("empty", ["empty.ply", "no triangles"]),
        ("two", ["2 landmark pair", "at least 3"]),
        ("line", ["line"]),
        ("mirrored", ["mirror"]),
        ("threshold", ["-1000 to 400"]),
        ("segment", ["'Liver', 'Tumour', 'Nothing'"]),
        ("unsaid", ["threshold", "segment"]),
        ("missing", ["does not exist"]),
        ("no camera", ["--camera"]),
    ],
)
def test_what_cannot_be_registered(
    outcomes: dict[str, Outcome], trial: tuple[Trial, OrganSurface, Path], name: str, words: list[str]
) -> None:
    done = outcomes[name]
    assert done.exit_code == 2, done.stderr
    (line,) = done.error_lines
    assert all(word in line for word in words), line
    assert not (trial[2] / "out" / name.replace(" ", "-")).exists()
