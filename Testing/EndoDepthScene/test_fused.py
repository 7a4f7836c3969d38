"""The scene of a fused surface, read back: the model in RAS with its colours, structures, unit, and the camera."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import slicer
from fused_scene.written import fused_wall_and_floor

from EndoDepthLib.fusion import FusedSurface, save_fused
from EndoDepthScene import MrmlSession
from EndoDepthScene.cameras import camera_of
from EndoDepthScene.fused import FUSED_CAMERA_REFERENCE, FUSED_SURFACE, build_fused_scene
from EndoDepthScene.kinds import nodes_of_kind
from EndoDepthScene.models import camera_points_of, point_scalars_of


@pytest.fixture(scope="module")
def fused(tmp_path_factory: pytest.TempPathFactory) -> FusedSurface:
    return fused_wall_and_floor(tmp_path_factory.mktemp("wall-and-floor"), 3)


def test_the_scene_reads_back_with_surface_structures_unit_and_camera(fused: FusedSurface, tmp_path: Path) -> None:
    path = tmp_path / "scene.mrb"
    fractions: list[float] = []
    build_fused_scene(fused, path, "case", fractions.append)
    assert fractions[-1] == 1.0 and [p.name for p in tmp_path.iterdir()] == ["scene.mrb"]
    with MrmlSession() as session:
        session.read(path)
        (model,) = nodes_of_kind(session.scene, "vtkMRMLModelNode", FUSED_SURFACE)
        assert model.GetName() == "case fused surface (mm)"
        np.testing.assert_allclose(camera_points_of(model), fused.surface.vertices, atol=1e-4)
        np.testing.assert_array_equal(point_scalars_of(model, "RGB"), fused.surface.colors)
        np.testing.assert_array_equal(point_scalars_of(model, "Label"), fused.surface.labels)
        assert model.GetAttribute("EndoDepth.Units") == "mm"
        assert model.GetAttribute("EndoDepth.ScaleSource") == "rendered"
        assert model.GetAttribute("EndoDepth.Structure.1.Name") == "Liver lobe"
        assert "liver" in model.GetAttribute("EndoDepth.Structure.1.Terminology").lower()
        shares = [float(model.GetAttribute(f"EndoDepth.Structure.{number}.AreaShare")) for number in (1, 2, 3)]
        assert shares[0] > shares[1] > shares[2] == 0
        camera = model.GetNodeReference(FUSED_CAMERA_REFERENCE)
        assert camera_of(camera) == fused.camera
        # Where the first fused frame was, in RAS: it looks along its own z, and up is -y of its picture.
        pose = fused.world_from_camera
        turn = np.array([-1.0, -1.0, 1.0])
        np.testing.assert_allclose(camera.GetPosition(), turn * pose[:3, 3], atol=1e-6)
        looks = np.subtract(camera.GetFocalPoint(), camera.GetPosition())
        np.testing.assert_allclose(looks / np.linalg.norm(looks), turn * pose[:3, 2], atol=1e-6)
        np.testing.assert_allclose(camera.GetViewUp(), -turn * pose[:3, 1], atol=1e-6)


def test_slicer_reads_the_files_where_they_belong(fused: FusedSurface, tmp_path: Path) -> None:
    save_fused(tmp_path, fused)
    with MrmlSession() as session:
        for suffix in ("vtp", "ply", "stl", "obj"):
            model = session.scene.AddNewNodeByClass("vtkMRMLModelNode")
            storage = slicer.vtkMRMLModelStorageNode()
            session.scene.AddNode(storage)
            storage.SetFileName(str(tmp_path / f"surface.{suffix}"))
            assert storage.ReadData(model), suffix
            low = camera_points_of(model).min(axis=0)
            np.testing.assert_allclose(low, fused.surface.vertices.min(axis=0), atol=1e-3, err_msg=suffix)
