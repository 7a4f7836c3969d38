"""A fused surface as a camera sees it, through the full camera model: picture, depth, and where there is any."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import numpy as np

from EndoDepthLib.geometry import project
from EndoDepthLib.values import Camera, Surface

_NEAR = 1e-3  # of the surface's median depth: what lies closer to the camera is cut away


class SurfaceRenderer:
    """Draws a surface from many poses; use as a context manager.

    Every vertex is projected through the lens, distortion included, and the triangles are drawn by VTK's z-buffer
    between them in pixel coordinates, with disparity as their depth (it is linear along a flat triangle).
    """

    def __init__(self, surface: Surface, camera: Camera) -> None:
        import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  # registers what draws
        from vtkmodules.vtkCommonCore import vtkLogger
        from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkRenderWindow

        from EndoDepthLib.fusion.poly_data import poly_data

        # Without a display VTK warns, and then draws without one.
        vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)
        self._surface, self._camera = surface, camera
        self._data = poly_data(surface.vertices, surface.triangles[:0], {"RGB": surface.colors})
        self._data.GetPointData().SetActiveScalars("RGB")
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._data)
        mapper.SetColorModeToDirectScalars()
        actor = vtkActor()
        actor.SetMapper(mapper)
        actor.GetProperty().LightingOff()
        self._renderer = vtkRenderer()
        self._renderer.SetBackground(0, 0, 0)
        self._renderer.AddActor(actor)
        view = self._renderer.GetActiveCamera()
        view.ParallelProjectionOn()
        # Pixel (0, 0) is the middle of the first pixel; rows run down, so the view's up is -v and it looks along +z.
        view.SetParallelScale(camera.height / 2)
        middle = (camera.width - 1) / 2, (camera.height - 1) / 2
        view.SetFocalPoint(*middle, 0.0)
        view.SetPosition(*middle, -1.0)
        view.SetViewUp(0.0, -1.0, 0.0)
        view.SetClippingRange(0.5, 2.5)
        self._window = vtkRenderWindow()
        self._window.SetOffScreenRendering(True)
        self._window.SetMultiSamples(0)
        self._window.SetSize(camera.width, camera.height)
        self._window.AddRenderer(self._renderer)

    def __enter__(self) -> SurfaceRenderer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._window.Finalize()

    def render(self, world_from_camera: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Picture (H, W, 3) uint8 RGB, black where nothing is, and z-depth (H, W) float32, NaN there; pose (4, 4).

        Only sides that were seen are drawn: the back of a surface hides nothing.
        """
        camera_from_world = np.linalg.inv(world_from_camera)
        points = self._surface.vertices @ camera_from_world[:3, :3].T + camera_from_world[:3, 3]
        shape = (self._camera.height, self._camera.width)
        z = points[:, 2]
        near = _NEAR * float(np.median(np.abs(z))) if len(z) else 1.0
        pixels = project(self._camera, points)
        with np.errstate(invalid="ignore"):
            there = (z > near) & (np.abs(pixels - np.array(shape)[::-1] / 2) < 2 * np.array(shape)[::-1]).all(axis=1)
        triangles = self._surface.triangles[there[self._surface.triangles].all(axis=1)]
        a, b, c = (np.nan_to_num(pixels)[triangles[:, corner]] for corner in range(3))
        turn = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
        triangles = triangles[turn < 0]  # counter-clockwise for the eye; v runs down
        if not len(triangles):
            return np.zeros((*shape, 3), np.uint8), np.full(shape, np.nan, np.float32)
        used = np.zeros(len(z), bool)
        used[triangles] = True
        disparity = 1.0 / np.where(used, z, 1.0)
        low, high = float(disparity[used].min()), float(disparity[used].max())
        span = max(high - low, 1e-12 * high)
        place = np.concatenate([np.nan_to_num(pixels), ((high - disparity) / span)[:, None]], axis=1)
        drawn, depth = self._draw(np.where(used[:, None], place, 0.0), triangles)
        disparity_drawn = high - (depth * 2.0 - 0.5) * span  # the clipping range 0.5..2.5 is the depth's 0..1
        seen = depth < 1.0
        z_drawn = np.where(seen, 1.0 / np.where(seen, np.clip(disparity_drawn, low, high), 1.0), np.nan)
        return np.where(seen[..., None], drawn, 0).astype(np.uint8), z_drawn.astype(np.float32)

    def _draw(self, places: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        from EndoDepthLib.fusion.poly_data import poly_data

        made: Any = poly_data(places, triangles)
        self._data.SetPoints(made.GetPoints())
        self._data.SetPolys(made.GetPolys())
        self._data.Modified()
        self._window.Render()
        return self._grab(depth=False)[..., :3], self._grab(depth=True)[..., 0].astype(np.float64)

    def _grab(self, depth: bool) -> np.ndarray:
        """The colours (H, W, 3) uint8 or the depth buffer (H, W, 1) float32 of what was drawn, first row on top."""
        from vtkmodules.util.numpy_support import vtk_to_numpy
        from vtkmodules.vtkRenderingCore import vtkWindowToImageFilter

        grabber = vtkWindowToImageFilter()
        grabber.SetInput(self._window)
        grabber.ReadFrontBufferOff()
        grabber.ShouldRerenderOff()
        if depth:
            grabber.SetInputBufferTypeToZBuffer()
        grabber.Update()
        values = vtk_to_numpy(grabber.GetOutput().GetPointData().GetScalars())
        upright: np.ndarray = values.reshape(self._camera.height, self._camera.width, -1)[::-1].copy()
        return upright
