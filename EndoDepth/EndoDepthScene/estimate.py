"""How large a scene will be, before anything is computed.

MRML stores volumes as gzip-compressed NRRD and surfaces as uncompressed binary VTK. Bytes per pixel and vertex below
were measured on scenes of laparoscopy, larynx, polyp, heart phantom and synthetic frames.
"""

from __future__ import annotations

from EndoDepthLib.errors import SettingsError

_FRAME_BYTES_PER_PIXEL = 3 * 0.5  # gzip leaves 0.3 (clean laparoscopy) to 0.9 (noisy larynx) of video's pixels
_DEPTH_BYTES_PER_PIXEL = 4 * 0.8 + 1 * 0.33  # float32 depth hardly compresses; confidence in percent does
_LABEL_BYTES_PER_PIXEL = 0.05
_BYTES_PER_VERTEX = 24 + 2 * 16  # position, colours, label, depth, confidence; two triangles with their offsets
_COPIES_OF_SHOWN_FRAME = 1  # the nodes that show the selected frame are stored beside their sequences
_COPIES_OF_SHOWN_SURFACE = 2  # and the chosen surface once more
_FIXED_BYTES = 40_000  # scene.mrml, headers

_MEMORY_BYTES_PER_PIXEL = 3 + 4 + 1 + 1


def estimate_scene_bytes(n_frames: int, width: int, height: int, stride: int, coverage: float = 1.0) -> int:
    """Expected size of scene.mrb in bytes, within about 30 %.

    coverage: the part (0..1] of the image inside the endoscope's dark border, which has depth and surface. Raises
    SettingsError for numbers that make no scene.
    """
    _check(n_frames, width, height, stride, coverage)
    pixels, vertices = width * height, _vertices(width, height, stride)
    return scene_bytes(n_frames, pixels, round(coverage * pixels), round(coverage * vertices))


def scene_bytes(n_frames: int, pixels: int, pixels_with_depth: int, vertices: int) -> int:
    """Expected size of scene.mrb in bytes from the numbers of pixels and surface vertices of one frame."""
    volumes = pixels * (_FRAME_BYTES_PER_PIXEL + _LABEL_BYTES_PER_PIXEL) + pixels_with_depth * _DEPTH_BYTES_PER_PIXEL
    surfaces = (n_frames + _COPIES_OF_SHOWN_SURFACE) * vertices * _BYTES_PER_VERTEX
    return round((n_frames + _COPIES_OF_SHOWN_FRAME) * volumes + surfaces + _FIXED_BYTES)


def estimate_scene_memory_bytes(n_frames: int, width: int, height: int, stride: int, coverage: float = 1.0) -> int:
    """Expected memory in bytes of the open scene's nodes, which hold everything uncompressed. Raises SettingsError."""
    _check(n_frames, width, height, stride, coverage)
    frame = width * height * _MEMORY_BYTES_PER_PIXEL
    surface = round(coverage * _vertices(width, height, stride) * _BYTES_PER_VERTEX)
    return (n_frames + _COPIES_OF_SHOWN_FRAME) * frame + (n_frames + _COPIES_OF_SHOWN_SURFACE) * surface


def _vertices(width: int, height: int, stride: int) -> int:
    return -(-width // stride) * -(-height // stride)


def _check(n_frames: int, width: int, height: int, stride: int, coverage: float) -> None:
    for name, value in {"frames": n_frames, "width": width, "height": height, "stride": stride}.items():
        if value < 1:
            raise SettingsError(f"{name} is {value!r}; expected at least 1")
    if not 0 < coverage <= 1:
        raise SettingsError(f"coverage is {coverage!r}; expected more than 0 and at most 1")
