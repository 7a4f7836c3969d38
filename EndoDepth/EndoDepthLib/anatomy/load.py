"""The organ out of whatever the user has of the CT."""

from __future__ import annotations

from pathlib import Path

from EndoDepthLib.anatomy.image_file import is_image_file, read_image
from EndoDepthLib.anatomy.isosurface import mask_surface
from EndoDepthLib.anatomy.organ_surface import OrganSurface
from EndoDepthLib.anatomy.segments import segment_mask, segment_names, threshold_mask
from EndoDepthLib.anatomy.surface_file import SURFACE_SUFFIXES, is_surface_file, read_surface_file
from EndoDepthLib.errors import InputError, SettingsError

ORGAN = "organ"
"""What an organ found by a threshold is called: nothing of a CT's header ever becomes a name."""


def load_organ(
    path: str | Path,
    threshold: tuple[float, float] | None = None,
    segment: str | None = None,
    all_parts: bool = False,
) -> OrganSurface:
    """The organ's surface in LPS millimetres.

    path: a DICOM folder, NRRD, NIfTI or MetaImage with threshold (lowest, highest value, Hounsfield units for CT) or
    the name of a segment (.seg.nrrd), or a surface file (.stl .ply .obj .vtp .vtk). all_parts: not only the largest.
    Raises InputError when the file cannot be used, SettingsError when threshold or segment do not fit it.
    """
    path = Path(path)
    if path.is_file() and is_surface_file(path):
        if threshold is not None or segment is not None:
            raise SettingsError(f"'{path}' is a surface already: leave out threshold and segment")
        return read_surface_file(path)
    if path.is_file() and not is_image_file(path):
        raise InputError(
            f"'{path}' is of a kind that is not read; expected a DICOM folder, .nrrd, .nii, .nii.gz, .mha, or a "
            f"surface ({', '.join(SURFACE_SUFFIXES)})"
        )
    if threshold is not None and segment is not None:
        raise SettingsError("give a threshold or a segment, not both")
    image = read_image(path)
    if threshold is not None:
        mask, name = threshold_mask(image, *threshold, str(path)), ORGAN
    elif segment is not None or segment_names(image):
        mask, name = segment_mask(image, segment, str(path))
    else:
        raise SettingsError(f"'{path}' is an image: say which voxels are the organ, by a threshold or a segment's name")
    vertices, triangles = mask_surface(mask, image.lps_from_index, all_parts)
    return OrganSurface(vertices, triangles, name)
