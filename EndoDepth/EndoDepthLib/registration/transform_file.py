"""The registration as ITK transform files that Slicer, and every program that resamples with ITK, understands.

A transform file of ITK maps from the fixed image's space to the moving one's, the way resampling needs it. Slicer reads
it as "from parent", so a file that shall bring the surface into the CT holds surface_from_ct; everything is LPS.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.results.atomic import atomic_path

TRANSFORM_SUFFIXES = (".tfm", ".h5")


def write_transform(path: Path, ct_from_surface: np.ndarray) -> None:
    """Write (4, 4) ct_from_surface (LPS) as .tfm or .h5, in one step. Raises OutputError when that is not possible."""
    import SimpleITK as sitk

    inverse = np.linalg.inv(ct_from_surface)
    transform = sitk.AffineTransform(3)
    transform.SetMatrix(inverse[:3, :3].ravel().tolist())
    transform.SetTranslation(inverse[:3, 3].tolist())
    with atomic_path(Path(path)) as aside:
        try:
            sitk.WriteTransform(transform, str(aside))
        except RuntimeError as error:
            raise OSError(f"ITK could not write {Path(path).name}") from error


def read_transform(path: Path) -> np.ndarray:
    """(4, 4) ct_from_surface of a file that write_transform made. Raises InputError when it cannot be read."""
    import SimpleITK as sitk

    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        transform = sitk.AffineTransform(sitk.ReadTransform(str(path)))
    except RuntimeError as error:
        raise InputError(f"'{path}' is no affine ITK transform; expected .tfm or .h5") from error
    inverse = np.eye(4)
    inverse[:3, :3] = np.array(transform.GetMatrix()).reshape(3, 3)
    # ITK's own translation leaves out what its centre adds.
    inverse[:3, 3] = transform.TransformPoint([0.0, 0.0, 0.0])
    ct_from_surface: np.ndarray = np.linalg.inv(inverse)
    return ct_from_surface
