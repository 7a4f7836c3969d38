"""The surface of a set of voxels: its largest part, smoothed, with a bearable number of triangles."""

from __future__ import annotations

import numpy as np

from EndoDepthLib.anatomy.poly_data import from_poly_data, silent_vtk

MOST_TRIANGLES = 60_000
_SMOOTHING_STEPS, _PASS_BAND = 20, 0.08
_SMALLEST_PART = 0.02


def mask_surface(
    mask: np.ndarray, lps_from_index: np.ndarray, all_parts: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (N, 3) float64 in LPS and triangles (M, 3) int32 around a mask (D, H, W) of at least one voxel.

    The largest connected part, or with all_parts every part of at least 2 % of its size. Flying edges (Schroeder et al.
    2015), then windowed sinc smoothing (Taubin et al. 1996), which does not shrink.
    """
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D, vtkQuadricDecimation, vtkWindowedSincPolyDataFilter

    inside, first = _cropped(_parts(mask, all_parts))
    image = vtkImageData()
    image.SetDimensions(*inside.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(inside.ravel(), deep=True))
    edges, smooth = vtkFlyingEdges3D(), vtkWindowedSincPolyDataFilter()
    edges.SetInputData(image)
    edges.SetValue(0, 0.5)
    edges.ComputeNormalsOff()
    smooth.SetInputConnection(edges.GetOutputPort())
    smooth.SetNumberOfIterations(_SMOOTHING_STEPS)
    smooth.SetPassBand(_PASS_BAND)
    smooth.NormalizeCoordinatesOn()
    smooth.BoundarySmoothingOff()
    with silent_vtk():
        smooth.Update()
        found = smooth.GetOutput()
        if found.GetNumberOfPolys() > MOST_TRIANGLES:
            fewer = vtkQuadricDecimation()
            fewer.SetInputData(found)
            fewer.SetTargetReduction(1 - MOST_TRIANGLES / found.GetNumberOfPolys())
            fewer.Update()
            found = fewer.GetOutput()
    vertices, triangles = from_poly_data(found)
    vertices = (vertices + first) @ lps_from_index[:3, :3].T + lps_from_index[:3, 3]
    if np.linalg.det(lps_from_index[:3, :3]) < 0:  # voxels counted in a left-handed order: triangles turn with them
        triangles = np.ascontiguousarray(triangles[:, ::-1])
    return vertices, triangles


def _parts(mask: np.ndarray, all_parts: bool) -> np.ndarray:
    import SimpleITK as sitk

    labels = sitk.ConnectedComponent(sitk.GetImageFromArray(mask.astype(np.uint8)))
    numbers = sitk.GetArrayViewFromImage(labels)
    sizes = np.bincount(numbers.ravel())
    sizes[0] = 0
    kept = sizes >= _SMALLEST_PART * sizes.max() if all_parts else np.arange(len(sizes)) == int(sizes.argmax())
    kept[0] = False
    found: np.ndarray = kept[numbers]
    return found


def _cropped(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The box of the mask with an empty voxel around it, float32, and the index (i, j, k) of its first voxel."""
    bounds = []
    for axis in range(3):
        there = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
        bounds.append(slice(int(there[0]), int(there[-1]) + 1))
    first = np.array([bounds[2].start, bounds[1].start, bounds[0].start], float) - 1
    return np.pad(mask[tuple(bounds)], 1).astype(np.float32), first
