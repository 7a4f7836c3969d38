"""PLY files: round trip, header, other programs, damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from EndoDepthLib.errors import InputError
from EndoDepthLib.reconstruction import read_ply, write_ply
from EndoDepthLib.values import Scale, Surface

FIELDS = ("vertices", "triangles", "colors", "labels", "pixels")


def surface(scale: Scale = Scale.UP_TO_SCALE) -> Surface:
    rng = np.random.default_rng(0)
    return Surface(
        vertices=rng.normal(0, 30, (50, 3)).astype(np.float32),
        triangles=rng.integers(0, 50, (80, 3)).astype(np.int32),
        colors=rng.integers(0, 256, (50, 3)).astype(np.uint8),
        labels=rng.integers(0, 5, 50).astype(np.uint8),
        pixels=rng.uniform(0, 600, (50, 2)).astype(np.float32),
        scale=scale,
    )


@pytest.mark.parametrize("scale", list(Scale))
def test_what_is_written_is_read(scale: Scale, tmp_path: Path) -> None:
    write_ply(surface(scale), tmp_path / "a.ply")
    read = read_ply(tmp_path / "a.ply")
    for name in FIELDS:
        assert np.array_equal(getattr(read, name), getattr(surface(), name)), name
        assert getattr(read, name).dtype == getattr(surface(), name).dtype
    assert read.scale is scale
    header = (tmp_path / "a.ply").read_bytes().split(b"end_header")[0].decode()
    assert "comment SPACE=LPS" in header
    units = {Scale.METRIC_MM: "UNITS=mm", Scale.UP_TO_SCALE: "UNITS=up to scale, not millimetres"}
    assert units[scale] in header.splitlines()[4]


def test_empty_surface(tmp_path: Path) -> None:
    empty = Surface(
        np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32), np.zeros((0, 3), np.uint8), np.zeros(0, np.uint8),
        np.zeros((0, 2), np.float32),
    )  # fmt: skip
    write_ply(empty, tmp_path / "empty.ply")
    assert len(read_ply(tmp_path / "empty.ply").vertices) == 0


def test_vtk_reads_it(tmp_path: Path) -> None:
    reader_module = pytest.importorskip("vtkmodules.vtkIOPLY")
    from vtkmodules.util.numpy_support import vtk_to_numpy

    write_ply(surface(), tmp_path / "a.ply")
    reader = reader_module.vtkPLYReader()
    reader.SetFileName(str(tmp_path / "a.ply"))
    reader.Update()
    mesh = reader.GetOutput()
    assert np.array_equal(vtk_to_numpy(mesh.GetPoints().GetData()), surface().vertices)
    assert np.array_equal(vtk_to_numpy(mesh.GetPolys().GetConnectivityArray()).reshape(-1, 3), surface().triangles)
    assert np.array_equal(vtk_to_numpy(mesh.GetPointData().GetScalars()), surface().colors)


def test_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ply"
    write_ply(surface(), path)
    content = path.read_bytes()
    for changed, expected in (
        (content[: len(content) // 2], "is cut"),
        (b"solid stl\n", "not a binary little-endian PLY"),
        (content.replace(b"SPACE=LPS", b"SPACE=RAS"), "RAS"),
        (content.replace(b"property float x", b"property word x"), "damaged PLY header"),
    ):
        path.write_bytes(changed)
        with pytest.raises(InputError, match=expected):
            read_ply(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_ply(tmp_path / "nowhere.ply")
