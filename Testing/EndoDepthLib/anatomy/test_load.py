"""An organ comes out of every kind of file in the same place, in LPS millimetres, and bad files are refused clearly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from organ_shapes.ct_images import CENTRE_LPS, PATIENT, RADII_MM, ct_image, write_dicom, write_segmentation

from EndoDepthLib.anatomy import OrganSurface, load_organ, read_mesh, viewpoint_of, visible_side, write_surface_file
from EndoDepthLib.anatomy.mesh_measures import is_closed, signed_volume, triangle_areas
from EndoDepthLib.errors import EndoDepthError, InputError, SettingsError

SOFT = (50.0, 500.0)


def _assert_is_the_ellipsoid(organ: OrganSurface, tolerance_mm: float = 1.2) -> None:
    places = (organ.vertices - CENTRE_LPS) / RADII_MM
    radius = np.linalg.norm(places, axis=1)
    assert np.abs(radius - 1).mean() * RADII_MM.mean() < tolerance_mm
    assert np.all(np.einsum("ij,ij->i", organ.normals, places / RADII_MM) > 0)
    assert is_closed(organ.triangles)
    assert signed_volume(organ.vertices, organ.triangles) == pytest.approx(4 / 3 * np.pi * RADII_MM.prod(), rel=0.06)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("ct")
    made = {name: folder / f"ct{name}" for name in (".nrrd", ".nii.gz", ".mha")}
    for path in made.values():
        sitk.WriteImage(ct_image(), str(path))
    made["dicom"] = write_dicom(folder / "series")
    made["segments"] = write_segmentation(folder / "case.seg.nrrd")
    return made


@pytest.mark.parametrize("kind", [".nrrd", ".nii.gz", ".mha", "dicom"])
def test_threshold_finds_the_largest_part(files: dict[str, Path], kind: str) -> None:
    _assert_is_the_ellipsoid(load_organ(files[kind], SOFT))


@pytest.mark.parametrize("flip", [(1, 1, 1), (-1, -1, 1), (1, 1, -1), (-1, 1, 1)])
def test_direction_of_the_voxels_does_not_matter(tmp_path: Path, flip: tuple[int, int, int]) -> None:
    angle = 0.3
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]]) @ np.diag(flip)
    sitk.WriteImage(ct_image(turn), str(tmp_path / "turned.nrrd"))
    _assert_is_the_ellipsoid(load_organ(tmp_path / "turned.nrrd", SOFT))


def test_segment_by_name(files: dict[str, Path]) -> None:
    organ = load_organ(files["segments"], segment="liver")
    assert organ.name == "Liver"
    _assert_is_the_ellipsoid(OrganSurface(organ.vertices, organ.triangles), 1.5)


def test_nothing_about_the_patient_is_kept(files: dict[str, Path], capfd: pytest.CaptureFixture[str]) -> None:
    assert PATIENT not in load_organ(files["dicom"], SOFT).name
    broken = files["dicom"] / "000.dcm"
    content = broken.read_bytes()
    broken.write_bytes(content[:700])
    try:
        load_organ(files["dicom"], SOFT)
    except EndoDepthError as error:
        assert "DOE" not in str(error)
    finally:
        broken.write_bytes(content)
    said = capfd.readouterr()
    assert "DOE" not in said.out + said.err and "1.2.3.5" not in said.out + said.err


@pytest.mark.parametrize(
    ("kind", "threshold", "segment", "words"),
    [
        (".nrrd", (2000.0, 3000.0), None, ["-1000 to 400"]),
        (".nrrd", (100.0, 50.0), None, ["lower value first"]),
        (".nrrd", None, None, ["threshold or a segment"]),
        (".nrrd", None, "Liver", ["no named segments"]),
        (".nrrd", (0.0, 1.0), "Liver", ["not both"]),
        ("segments", None, "Spleen", ["'Liver', 'Tumour', 'Nothing'"]),
        ("segments", None, None, ["'Liver', 'Tumour', 'Nothing'"]),
        ("segments", None, "Nothing", ["empty"]),
        ("segments", (0.5, 1.5), None, ["several values a voxel"]),
    ],
)
def test_what_does_not_fit_is_said(
    files: dict[str, Path],
    kind: str,
    threshold: tuple[float, float] | None,
    segment: str | None,
    words: list[str],
) -> None:
    with pytest.raises((SettingsError, InputError)) as caught:
        load_organ(files[kind], threshold, segment)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    files = {"a.nrrd": b"NRRD0004\n", "b.nii": b"\0" * 400, "c.ply": b"ply\n", "d.stl": b"", "e.txt": b"x"}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=name):
            load_organ(tmp_path / name, SOFT if name[0] in "ab" else None)
    with pytest.raises(InputError, match="does not exist"):
        load_organ(tmp_path / "missing.nrrd", SOFT)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no DICOM series"):
        load_organ(tmp_path / "empty", SOFT)


def test_ras_surfaces_are_turned(files: dict[str, Path], tmp_path: Path) -> None:
    organ = load_organ(files[".nrrd"], SOFT)
    for suffix in (".vtp", ".ply", ".stl"):
        path = tmp_path / f"organ{suffix}"
        write_surface_file(path, organ)
        assert load_organ(path).vertices.mean(axis=0) == pytest.approx(organ.vertices.mean(axis=0), abs=0.1)
    content = (tmp_path / "organ.ply").read_bytes()
    (tmp_path / "ras.ply").write_bytes(content.replace(b"SPACE=LPS", b"SPACE=RAS"))
    vertices, _ = read_mesh(tmp_path / "ras.ply")
    assert vertices.mean(axis=0) == pytest.approx(organ.vertices.mean(axis=0) * [-1, -1, 1], abs=0.1)


def test_visible_side_is_what_rays_reach(files: dict[str, Path]) -> None:
    organ = load_organ(files[".nrrd"], SOFT)
    side = visible_side(organ, viewpoint_of(organ, "anterior"))
    assert side.vertices[:, 1].max() < CENTRE_LPS[1] + 3  # LPS: anterior is towards -y
    whole = triangle_areas(organ.vertices, organ.triangles).sum()
    assert 0.3 < triangle_areas(side.vertices, side.triangles).sum() / whole < 0.5


def test_what_lies_behind_something_is_hidden() -> None:
    from organ_shapes.shapes import organ_mesh

    vertices, triangles = organ_mesh("smooth", 3)
    front, behind = vertices * 0.4 + [0, -150, 0], vertices
    both = OrganSurface(np.concatenate([behind, front]), np.concatenate([triangles, triangles + len(vertices)]))
    eye = both.vertices[len(vertices) :].mean(axis=0) + np.array([0.0, -60.0, 0.0])
    seen = visible_side(both, eye)
    alone = visible_side(OrganSurface(behind, triangles), eye)
    hidden_area = triangle_areas(alone.vertices, alone.triangles).sum()
    behind_seen = seen.triangles[seen.vertices[seen.triangles[:, 0], 1] > front[:, 1].max() + 5]
    assert triangle_areas(seen.vertices, behind_seen).sum() < 0.8 * hidden_area
