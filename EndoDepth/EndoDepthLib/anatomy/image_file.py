"""CT images and segmentations read by SimpleITK; nothing of what they say about the patient is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from EndoDepthLib.errors import InputError

IMAGE_SUFFIXES = (".nrrd", ".nhdr", ".nii", ".nii.gz", ".mha", ".mhd")
_LARGEST_VOXELS = 2_000_000_000


@dataclass(frozen=True)
class CtImage:
    """Voxels (D, H, W) or, with layers, (D, H, W, C); lps_from_index (4, 4): millimetres of voxel (i, j, k, 1).

    texts: the file's own key-value texts, for segmentations only.
    """

    voxels: np.ndarray
    lps_from_index: np.ndarray
    texts: dict[str, str]


def is_image_file(path: Path) -> bool:
    """Whether the name is one of an image that can be read."""
    return path.name.lower().endswith(IMAGE_SUFFIXES)


def read_image(path: Path) -> CtImage:
    """A file, or a folder with one DICOM series. Raises InputError when it cannot be read or is no volume."""
    path = Path(path)
    if path.is_dir():
        image = _read_series(path)
    elif not path.is_file():
        raise InputError(f"CT '{path}' does not exist; expected a DICOM folder, an image or a surface file")
    else:
        image = _attempt(path, lambda sitk: sitk.ReadImage(str(path)))
    if image.GetDimension() != 3 or min(image.GetSize()) < 3:
        raise InputError(f"'{path}' is {image.GetSize()} voxels; expected a volume, at least 3 in each direction")
    import SimpleITK as sitk

    matrix = np.eye(4)
    matrix[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    matrix[:3, 3] = image.GetOrigin()
    if not np.all(np.isfinite(matrix)) or abs(np.linalg.det(matrix)) < 1e-9:
        raise InputError(f"'{path}' states no usable voxel size and directions; export it again")
    texts = {}
    if path.name.lower().endswith((".nrrd", ".nhdr")):
        texts = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys() if key.startswith("Segment")}
    return CtImage(sitk.GetArrayFromImage(image), matrix, texts)


def _read_series(folder: Path) -> Any:
    def read(sitk: Any) -> Any:
        reader = sitk.ImageSeriesReader()
        series = [reader.GetGDCMSeriesFileNames(str(folder), each) for each in reader.GetGDCMSeriesIDs(str(folder))]
        volumes = [files for files in series if len(files) >= 3]
        if not volumes:
            raise InputError(f"'{folder}' holds no DICOM series of at least 3 slices; choose the folder with the CT")
        if len(volumes) > 1:
            counts = ", ".join(str(len(files)) for files in volumes)
            raise InputError(
                f"'{folder}' holds {len(volumes)} DICOM series (of {counts} slices); put the one to use into a folder "
                "of its own"
            )
        reader.SetFileNames(volumes[0])
        return reader.Execute()

    return _attempt(folder, read)


def _attempt(path: Path, read: Callable[[Any], Any]) -> Any:
    import SimpleITK as sitk

    sitk.ProcessObject.SetGlobalWarningDisplay(False)  # it names files and what stands in their headers
    try:
        image = read(sitk)
    except RuntimeError as error:  # what SimpleITK raises for everything; its text repeats headers
        raise InputError(
            f"'{path}' cannot be read as an image: it is damaged, cut, or of another kind; expected a DICOM folder or "
            f"{', '.join(IMAGE_SUFFIXES)}"
        ) from error
    if np.prod(image.GetSize(), dtype=float) > _LARGEST_VOXELS:
        raise InputError(f"'{path}' has {image.GetSize()} voxels; expected at most {_LARGEST_VOXELS:.0e}: crop it")
    return image
