"""CT images and segmentations of an ellipsoid, as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

CENTRE_LPS = np.array([12.0, -30.0, 45.0])
RADII_MM = np.array([40.0, 28.0, 20.0])
PATIENT = "DOE^JANE"
ORGAN_HU, OTHER_HU, AIR_HU = 90, 400, -1000


def ct_image(direction: np.ndarray | None = None, spacing: tuple[float, float, float] = (2.0, 2.0, 2.5)) -> sitk.Image:
    """An ellipsoid of 90 HU, a bead of 400 HU inside it, a small piece of 90 HU far from it, in air."""
    turn = np.eye(3) if direction is None else direction
    size = np.array([56, 50, 44])
    index = np.stack(np.meshgrid(*(np.arange(n) for n in size), indexing="ij"), axis=-1)
    origin = CENTRE_LPS - turn @ ((size - 1) / 2 * spacing)
    places = origin + (index * spacing) @ turn.T
    values = np.full(size, AIR_HU, np.int16)
    values[(np.square((places - CENTRE_LPS) / RADII_MM)).sum(axis=-1) <= 1] = ORGAN_HU
    values[np.square(places - CENTRE_LPS - [10, 0, 0]).sum(axis=-1) <= 36] = OTHER_HU
    values[:3, :3, :3] = ORGAN_HU
    image = sitk.GetImageFromArray(np.ascontiguousarray(values.transpose(2, 1, 0)))
    image.SetOrigin(origin.tolist())
    image.SetSpacing(list(map(float, spacing)))
    image.SetDirection(turn.ravel().tolist())
    return image


def write_segmentation(path: Path) -> Path:
    """A .seg.nrrd with 'Liver' (90 and 400 HU) and 'Tumour' (400 HU), in two layers, and 'Nothing', which is empty."""
    image = ct_image()
    values = sitk.GetArrayFromImage(image)
    layers = np.stack([values >= ORGAN_HU, values == OTHER_HU], axis=-1).astype(np.uint8)
    segmentation = sitk.GetImageFromArray(layers, isVector=True)
    segmentation.CopyInformation(image)
    for number, (name, layer, label) in enumerate([("Liver", 0, 1), ("Tumour", 1, 1), ("Nothing", 1, 7)]):
        for key, value in (("Name", name), ("Layer", layer), ("LabelValue", label), ("ID", f"Segment_{number}")):
            segmentation.SetMetaData(f"Segment{number}_{key}", str(value))
    sitk.WriteImage(segmentation, str(path), useCompression=True)
    return path


def write_dicom(folder: Path) -> Path:
    """The CT as a DICOM series of a patient with a name."""
    folder.mkdir(parents=True)
    image = ct_image()
    spacing, origin = image.GetSpacing(), image.GetOrigin()
    writer = sitk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    for number in range(image.GetDepth()):
        piece = image[:, :, number]
        position = [origin[0], origin[1], origin[2] + number * spacing[2]]
        for tag, value in {
            "0008|0060": "CT",
            "0010|0010": PATIENT,
            "0010|0020": "4711",
            "0020|000d": "1.2.3.4",
            "0020|000e": "1.2.3.5",
            "0008|103e": f"Abdomen {PATIENT}",
            "0008|0018": f"1.2.3.6.{number}",
            "0020|0032": "\\".join(map(str, position)),
            "0020|0037": "1\\0\\0\\0\\1\\0",
            "0020|0013": str(number),
            "0018|0050": str(spacing[2]),
        }.items():
            piece.SetMetaData(tag, value)
        writer.SetFileName(str(folder / f"{number:03d}.dcm"))
        writer.Execute(piece)
    return folder
