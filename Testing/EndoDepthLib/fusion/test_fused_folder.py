"""A fused folder says what it is, reads back as it was, and other programs read its files in LPS."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from EndoDepthLib.errors import InputError
from EndoDepthLib.fusion import FusedSurface, load_fused, save_fused
from EndoDepthLib.values import Scale


@pytest.fixture(scope="module")
def folder(fused: FusedSurface, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fused") / "out"
    save_fused(path, fused)
    return path


def test_it_reads_back_as_it_was(fused: FusedSurface, folder: Path) -> None:
    back = load_fused(folder)
    for name in ("vertices", "triangles", "colors", "labels"):
        np.testing.assert_array_equal(getattr(back.surface, name), getattr(fused.surface, name))
    np.testing.assert_array_equal(back.weights, fused.weights)
    np.testing.assert_allclose(back.world_from_camera, fused.world_from_camera)
    assert back.scale is fused.scale and back.scale_source == "rendered"
    assert back.segments == fused.segments and back.names == ("Liver lobe", "gallbladder", "grasper")
    assert back.camera == fused.camera and back.report == fused.report


def test_every_format_has_the_same_shape_its_space_and_its_unit(fused: FusedSurface, folder: Path) -> None:
    vtk = pytest.importorskip("vtk")
    from vtk.util.numpy_support import vtk_to_numpy

    readers = {
        "vtp": vtk.vtkXMLPolyDataReader,
        "stl": vtk.vtkSTLReader,
        "obj": vtk.vtkOBJReader,
        "ply": vtk.vtkPLYReader,
    }
    for suffix, make in readers.items():
        reader = make()
        reader.SetFileName(str(folder / f"surface.{suffix}"))
        reader.Update()
        mesh = reader.GetOutput()
        assert mesh.GetNumberOfPolys() == len(fused.surface.triangles), suffix
        bounds = np.array(mesh.GetBounds()).reshape(3, 2)
        np.testing.assert_allclose(bounds[:, 0], fused.surface.vertices.min(axis=0), atol=1e-3)
        np.testing.assert_allclose(bounds[:, 1], fused.surface.vertices.max(axis=0), atol=1e-3)
        if suffix == "vtp":
            words = mesh.GetFieldData()
            assert words.GetAbstractArray("SPACE").GetValue(0) == "LPS"
            assert words.GetAbstractArray("UNITS").GetValue(0) == "mm"
            points = mesh.GetPointData()
            np.testing.assert_array_equal(vtk_to_numpy(points.GetArray("RGB")), fused.surface.colors)
            np.testing.assert_array_equal(vtk_to_numpy(points.GetArray("Label")), fused.surface.labels)
    for suffix in ("ply", "obj", "stl"):
        head = (folder / f"surface.{suffix}").read_bytes()[:400]
        assert b"SPACE=LPS" in head and b"UNITS=mm" in head, suffix


def test_millimetres_scale_lengths_and_say_where_they_come_from(fused: FusedSurface) -> None:
    unknown = replace(fused, surface=replace(fused.surface, scale=Scale.UP_TO_SCALE), scale_source="unknown")
    scaled = unknown.in_millimetres(2.5, "known distance")
    assert scaled.scale is Scale.METRIC_MM and scaled.scale_source == "known distance"
    np.testing.assert_allclose(scaled.surface.vertices, 2.5 * fused.surface.vertices, rtol=1e-6)
    np.testing.assert_allclose(scaled.areas(), 2.5**2 * fused.areas(), rtol=1e-5)
    assert scaled.report["voxel"] == pytest.approx(2.5 * fused.report["voxel"])
    assert scaled.report["holes"] == fused.report["holes"]
    with pytest.raises(InputError, match="above 0"):
        unknown.in_millimetres(0.0, "known distance")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": "other"}, "no EndoDepth fused file"),
        ({"version": 99}, "version 99"),
        ({"scale": "furlongs"}, "misstates"),
        ({"world_from_camera": [[1.0]]}, "misstates"),
        ({"segments": []}, "misstates"),
    ],
)
def test_a_damaged_folder_is_refused_in_one_line(
    folder: Path, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    for name in ("surface.ply", "weights.npy"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    values = json.loads((folder / "fused.json").read_text(encoding="utf-8"))
    (tmp_path / "fused.json").write_text(json.dumps(values | change), encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        load_fused(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_surface_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="endodepth fuse"):
        load_fused(tmp_path)
    (tmp_path / "fused.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="damaged"):
        load_fused(tmp_path)
