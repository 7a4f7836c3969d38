"""PNG files by VTK: Slicer has it from the start, OpenCV only once the computing packages are installed."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from EndoDepthLib.errors import InputError, OutputError
from EndoDepthLib.results.atomic import atomic_path
from EndoDepthScene.quiet import quiet_vtk
from EndoDepthScene.volumes import image_data

_START = b"\x89PNG\r\n\x1a\n"


def read_png(path: Path) -> np.ndarray:
    """(H, W) or (H, W, C) uint8 or uint16 pixels of a PNG file, first row on top. Raises InputError."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"picture '{path}' cannot be read ({error.strerror}); run the job again") from error
    if not _is_whole(content):
        raise InputError(f"'{path}' is no whole PNG; run the job again")
    reader = vtk.vtkPNGReader()
    reader.SetFileName(str(path))
    with quiet_vtk():
        reader.Update()
    width, height, _ = reader.GetOutput().GetDimensions()
    pixels = vtk_to_numpy(reader.GetOutput().GetPointData().GetScalars()).reshape(height, width, -1)
    # VTK counts rows from the bottom of the picture.
    upright = np.ascontiguousarray(pixels[::-1])
    return upright[..., 0] if upright.shape[2] == 1 else upright


def png_size(path: Path) -> tuple[int, int]:
    """(width, height) of a PNG file, from its first bytes. Raises InputError."""
    try:
        with Path(path).open("rb") as stream:
            start = stream.read(24)
    except OSError as error:
        raise InputError(f"picture '{path}' cannot be read ({error.strerror}); run the job again") from error
    if len(start) < 24 or not start.startswith(_START):
        raise InputError(f"'{path}' is no PNG; run the job again")
    width, height = struct.unpack(">II", start[16:24])
    return int(width), int(height)


def _is_whole(content: bytes) -> bool:
    # VTK's reader ends the process, Slicer's as well, when a file is cut or altered: every checksum is looked at first.
    if not content.startswith(_START):
        return False
    at, name = len(_START), b""
    while name != b"IEND":
        if len(content) < at + 12:
            return False
        (length,) = struct.unpack(">I", content[at : at + 4])
        name, end = content[at + 4 : at + 8], at + 8 + length
        if zlib.crc32(memoryview(content)[at + 4 : end]) != int.from_bytes(content[end : end + 4]):
            return False
        at = end + 4
    return True


def write_png(pixels: np.ndarray, path: Path) -> None:
    """Write (H, W) or (H, W, C) uint8 or uint16 pixels, first row on top, in one step. Raises OutputError."""
    writer = vtk.vtkPNGWriter()
    writer.SetInputData(image_data(pixels[::-1]))
    writer.SetCompressionLevel(1)  # speed: the files are read once and removed
    with atomic_path(Path(path)) as aside, quiet_vtk():
        writer.SetFileName(str(aside))
        writer.Write()
        if writer.GetErrorCode() or not aside.is_file():
            reason = vtk.vtkErrorCode.GetStringFromErrorCode(writer.GetErrorCode())
            raise OutputError(
                f"picture '{path}' cannot be written ({reason}); check free space and rights of its folder"
            )
