"""Pictures of a scene, drawn off-screen: the axial slice as Slicer shows it and the surface in 3D."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from EndoDepthLib.results import atomic_write
from EndoDepthLib.results.arrays import encode_image
from EndoDepthLib.values import Camera
from EndoDepthScene.cameras import camera_of
from EndoDepthScene.display import show_frame_in_slice
from EndoDepthScene.kinds import BROWSER, CAMERA, FRAME, SURFACE
from EndoDepthScene.readback import find_node, find_sequences
from EndoDepthScene.session import MrmlSession

_BACKGROUND = (0.12, 0.13, 0.16)
_OBLIQUE_AZIMUTH_DEG, _OBLIQUE_ELEVATION_DEG = 35.0, 20.0


def draw_scene(mrb_path: Path, folder: Path, position: int = 0) -> dict[str, Path]:
    """Draw the frame at a position of a scene file: PNG files "axial", "endoscope" and "oblique" in `folder`.

    Raises InputError when the scene cannot be read, OutputError when the folder cannot take the pictures.
    """
    pictures = {}
    with MrmlSession() as session:
        session.read(mrb_path)
        browser = find_node(session.scene, "vtkMRMLSequenceBrowserNode", BROWSER)
        browser.SetSelectedItemNumber(position)
        shown = {kind: browser.GetProxyNode(node) for kind, node in find_sequences(session.scene).items()}
        camera_node = find_node(session.scene, "vtkMRMLCameraNode", CAMERA)
        camera = camera_of(camera_node)
        assert camera is not None
        pictures["axial"] = axial_picture(session, shown[FRAME])
        if SURFACE in shown:
            pictures["endoscope"] = endoscope_picture(shown[SURFACE], camera_node, camera)
            pictures["oblique"] = oblique_picture(shown[SURFACE])
    Path(folder).mkdir(parents=True, exist_ok=True)
    files = {name: Path(folder) / f"{name}.png" for name in pictures}
    for name, picture in pictures.items():
        atomic_write(files[name], encode_image(picture))
    return files


def axial_picture(session: MrmlSession, frame: Any, width: int = 800, height: int = 600) -> np.ndarray:
    """(height, width, 3) uint8 RGB of the axial slice view showing a frame volume, made by Slicer's slice logic."""
    logic = session.slice_logic("Red")
    logic.GetSliceNode().SetDimensions(width, height, 1)
    show_frame_in_slice(logic, frame)
    logic.UpdatePipeline()
    logic.GetBlend().Update()
    image = logic.GetBlend().GetOutput()
    columns, rows, _ = image.GetDimensions()
    pixels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(rows, columns, -1)
    # A slice view draws the first row of its image at the bottom of the screen.
    upright: np.ndarray = pixels[::-1, :, :3].copy()
    return upright


def endoscope_picture(model: Any, camera_node: Any, camera: Camera) -> np.ndarray:
    """(H, W, 3) uint8 RGB of a model from the endoscope: laid over the frame, it covers it pixel by pixel.

    The view angle is the camera node's; principal point and fx against fy come from the intrinsics. Lens distortion
    cannot be drawn by a pinhole, so a distorted frame is met at the centre and missed towards the corners.
    """
    width, height = camera.width, camera.height
    view = vtk.vtkCamera()
    view.DeepCopy(camera_node.GetCamera())
    # VTK's window spans -1 .. 1; pixel centres are at integers, so the image's middle is at (size - 1) / 2.
    view.SetWindowCenter(
        2 * ((width - 1) / 2 - camera.cx) / width,
        2 * (camera.cy - (height - 1) / 2) / height,
    )
    view.SetUserTransform(_stretch(camera))
    return surface_picture(model, view, width, height)


def oblique_picture(model: Any, width: int = 800, height: int = 600) -> np.ndarray:
    """(height, width, 3) uint8 RGB of a model seen from the side of the endoscope, fitted to the picture."""
    view = vtk.vtkCamera()
    bounds = model.GetPolyData().GetBounds()
    view.SetPosition(0, 0, 0)
    view.SetFocalPoint(*(0.5 * (bounds[2 * axis] + bounds[2 * axis + 1]) for axis in range(3)))
    view.SetViewUp(0, 1, 0)
    view.Azimuth(_OBLIQUE_AZIMUTH_DEG)
    view.Elevation(_OBLIQUE_ELEVATION_DEG)
    return surface_picture(model, view, width, height, fit=True)


def surface_picture(model: Any, view: Any, width: int, height: int, fit: bool = False) -> np.ndarray:
    """(height, width, 3) uint8 RGB of a model through a vtkCamera, as its display node says; fit: move the camera."""
    display = model.GetDisplayNode()
    mapper = vtk.vtkPolyDataMapper()
    # What a 3D view of Slicer does: the display node's chosen array, as it is or through its colour table.
    data = vtk.vtkPolyData()
    data.ShallowCopy(model.GetPolyData())
    data.GetPointData().SetActiveScalars(display.GetActiveScalarName())
    mapper.SetInputData(data)
    mapper.SetScalarVisibility(display.GetScalarVisibility())
    if display.GetScalarRangeFlag() == display.UseDirectMapping:
        mapper.SetColorModeToDirectScalars()
    else:
        mapper.SetColorModeToMapScalars()
        mapper.SetLookupTable(display.GetColorNode().GetLookupTable())
        mapper.SetScalarRange(*display.GetScalarRange())
        mapper.SetUseLookupTableScalarRange(False)
    actor = vtk.vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().SetAmbient(display.GetAmbient())
    actor.GetProperty().SetDiffuse(display.GetDiffuse())
    actor.GetProperty().SetSpecular(display.GetSpecular())
    actor.GetProperty().SetColor(*display.GetColor())
    actor.GetProperty().SetOpacity(display.GetOpacity())
    renderer = vtk.vtkRenderer()
    renderer.SetBackground(*_BACKGROUND)
    renderer.AddActor(actor)
    renderer.SetActiveCamera(view)
    if fit:
        renderer.ResetCamera()
    renderer.ResetCameraClippingRange()
    window = vtk.vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(0)
    window.SetSize(width, height)
    window.AddRenderer(renderer)
    window.Render()
    grabber = vtk.vtkWindowToImageFilter()
    grabber.SetInput(window)
    grabber.ReadFrontBufferOff()
    grabber.Update()
    image = grabber.GetOutput()
    pixels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, -1)
    upright: np.ndarray = pixels[::-1, :, :3].copy()
    window.Finalize()
    return upright


def _stretch(camera: Camera) -> Any:
    # The view angle holds for fy; a camera whose pixels are not square sees x scaled by fx / fy.
    transform = vtk.vtkTransform()
    transform.Scale(camera.fx / camera.fy, 1.0, 1.0)
    return transform
