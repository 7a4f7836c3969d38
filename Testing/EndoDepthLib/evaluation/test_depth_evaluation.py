"""Folders of predictions against folders of references: layouts, pairing, messages."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from EndoDepthLib.errors import InputError
from EndoDepthLib.evaluation import evaluate_depth, find_depth_references

TRUTH = np.linspace(10.0, 90.0, 48 * 64).reshape(48, 64)


def write_png(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())


def write_npy(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, array)


@pytest.fixture
def predictions(tmp_path: Path) -> Path:
    for i in range(3):
        write_npy(tmp_path / "predictions" / f"{i:06d}.npy", (TRUTH * (i + 1)).astype(np.float32))
    return tmp_path / "predictions"


def test_simcol_layout_is_read_in_millimetres(tmp_path: Path, predictions: Path) -> None:
    folder = tmp_path / "simcol"
    for i in range(3):
        counts = np.round(TRUTH / 200.0 * 255.0 * 256.0).astype(np.uint16)
        write_png(folder / f"Depth_{i:04d}.png", counts)
        write_png(folder / f"FrameBuffer_{i:04d}.png", np.full((48, 64, 3), 80, np.uint8))
    references = find_depth_references(folder)
    assert (references.layout, references.unit, references.max_depth) == ("SimCol3D", "mm", 200.0)
    assert references.load("Depth_0001").depth == pytest.approx(TRUTH, abs=0.01)
    evaluation = evaluate_depth(predictions, folder)
    assert evaluation.means()["prediction"].abs_rel < 1e-3
    assert set(evaluation.means()) == {"prediction", "constant depth", "depth = L^-0.25", "depth = L^-0.5"}
    assert evaluation.paired == "in order"


def test_npz_reference_and_one_prediction(tmp_path: Path) -> None:
    depth = TRUTH.astype(np.float32).copy()
    depth[:10] = 0
    (tmp_path / "reference").mkdir()
    np.savez(tmp_path / "reference" / "reference.npz", depth_mm=depth, image=np.full((48, 64, 3), 80, np.uint8))
    write_npy(tmp_path / "predictions" / "left.npy", TRUTH)
    for reference in (tmp_path / "reference", tmp_path / "reference" / "reference.npz"):
        means = evaluate_depth(tmp_path / "predictions", reference).means()
        assert means["prediction"].abs_rel == pytest.approx(0, abs=1e-6)


def test_synthesized_layout_brings_its_pictures(tmp_path: Path, predictions: Path) -> None:
    folder = tmp_path / "phantom"
    for i in range(3):
        write_npy(folder / "depth" / f"{i:06d}.npy", TRUTH)
        write_png(folder / "frames" / f"{i:06d}.png", np.full((48, 64, 3), 60, np.uint8))
    evaluation = evaluate_depth(predictions, folder)
    assert evaluation.unit == "mm"
    assert evaluation.paired == "by name"
    assert "depth = L^-0.5" in evaluation.means()


def test_plain_folders_of_16_bit_png_and_pictures_apart(tmp_path: Path, predictions: Path) -> None:
    for i in range(3):
        write_png(tmp_path / "truth" / f"{i:06d}.png", np.round(TRUTH * 100).astype(np.uint16))
        write_png(tmp_path / "pictures" / f"{i:06d}.png", np.full((48, 64, 3), 60, np.uint8))
    assert set(evaluate_depth(predictions, tmp_path / "truth").means()) == {"prediction", "constant depth"}
    evaluation = evaluate_depth(predictions, tmp_path / "truth", tmp_path / "pictures")
    assert evaluation.unit == "unknown unit"
    assert evaluation.means()["prediction"].abs_rel < 1e-3
    assert len(evaluation.means()) == 4


def test_confidence_of_a_results_folder_is_calibrated(tmp_path: Path) -> None:
    """Said .9 where right and .2 where wrong: the error of calibration is .1 and .2, each on its share of pixels."""
    wrong = TRUTH.copy()
    wrong[:12] *= 2.0
    sure = np.full(TRUTH.shape, 0.9, np.float16)
    sure[:12] = 0.2
    write_npy(tmp_path / "predictions" / "depth" / "000000.npy", wrong)
    write_npy(tmp_path / "predictions" / "confidence" / "000000.npy", sure)
    write_npy(tmp_path / "truth" / "000000.npy", TRUTH)
    evaluation = evaluate_depth(tmp_path / "predictions", tmp_path / "truth", scaling="none")
    assert evaluation.calibration.pixels == TRUTH.size
    assert evaluation.calibration.expected_error() == pytest.approx(0.75 * 0.1 + 0.25 * 0.2, abs=1e-3)


def test_table_names_protocol_and_rows(tmp_path: Path, predictions: Path) -> None:
    for i in range(3):
        write_npy(tmp_path / "truth" / f"{i:06d}.npy", TRUTH)
    evaluation = evaluate_depth(predictions, tmp_path / "truth", max_depth=85.0)
    lines = evaluation.table().splitlines()
    assert lines[0].split()[:2] == ["AbsRel", "SqRel"]
    assert lines[1].split()[:2] == ["prediction", "0.000"]
    assert "3 images paired by name" in lines[-1] and "0.001 to 85" in lines[-1] and "median-scaled" in lines[-1]
    assert json.loads(json.dumps(evaluation.to_dict(), allow_nan=False))["mean"]["prediction"]["delta_1"] == 1.0


def test_counts_that_differ_are_refused(tmp_path: Path, predictions: Path) -> None:
    for i in range(5):
        write_npy(tmp_path / "truth" / f"frame{i}.npy", TRUTH)
    with pytest.raises(InputError, match="3 files do not match 5 references: none is named 'frame0'"):
        evaluate_depth(predictions, tmp_path / "truth")


@pytest.mark.parametrize("name", ["missing", "empty", "text"])
def test_unusable_references_are_refused_in_one_line(tmp_path: Path, predictions: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "000000.npy").write_text("not an array", encoding="utf-8")
    for number in (1, 2):
        (tmp_path / "text" / f"00000{number}.npy").write_bytes(b"")
    with pytest.raises(InputError) as refusal:
        evaluate_depth(predictions, tmp_path / name)
    assert "\n" not in str(refusal.value)
