"""Single images of any usual kind as 8-bit RGB."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.video.frame_source import check_most_pixels

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"})
_PNG_START = b"\x89PNG\r\n\x1a\n"
_HEAD_BYTES = 1 << 20


def read_image(path: Path) -> tuple[np.ndarray, list[str]]:
    """Decode one image to (H, W, 3) uint8 RGB, and say what had to be converted.

    Grey is repeated into three channels, 16 bit is scaled from 0..65535 to 0..255, transparency is put on black.
    Raises InputError for a file that is empty, no image, too large, or of another number type.
    """
    try:
        content = np.fromfile(path, dtype=np.uint8)  # not cv2.imread: it cannot open non-ASCII paths on Windows
    except OSError as error:
        raise InputError(f"image {path} cannot be read ({error.strerror})") from None
    if content.size == 0:
        raise InputError(f"image {path} is empty (0 bytes)")
    start = content[:8].tobytes()
    check_stated_size(content[:_HEAD_BYTES].tobytes(), f"image {path}")
    if start == _PNG_START and b"IEND" not in content.tobytes():  # libpng would write its own line to stderr
        raise InputError(f"image {path} is cut: its end is missing; copy or export it again")
    try:
        decoded = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    except cv2.error:
        decoded = None
    if decoded is None:
        raise InputError(f"{path} is not a readable image; expected png, jpg, tif or bmp content")
    notes: list[str] = []
    image = np.asarray(decoded)
    if image.dtype == np.uint16:
        notes.append("16-bit images are scaled to 8 bits (65535 becomes 255)")
        image = ((image.astype(np.uint32) * 255 + 32767) // 65535).astype(np.uint8)
    elif image.dtype != np.uint8:
        raise InputError(f"image {path} holds {image.dtype} numbers; expected 8 or 16 bits a channel")
    if image.ndim == 2 or image.shape[2] == 1:
        notes.append("grey images are read as colour images without colour")
        return cv2.cvtColor(image, cv2.COLOR_GRAY2RGB), notes
    if image.shape[2] == 4:
        notes.append("transparent pixels are put on black")
        alpha = image[..., 3:].astype(np.uint16)
        image = ((image[..., :3] * alpha + 127) // 255).astype(np.uint8)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB), notes


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) as the head of a PNG, BMP, JPEG or TIFF states, else as decoded. Raises as read_image."""
    try:
        with path.open("rb") as file:
            stated = _stated_size(file.read(_HEAD_BYTES))
    except OSError as error:
        raise InputError(f"image {path} cannot be read ({error.strerror})") from None
    if stated is not None:
        return stated
    height, width = read_image(path)[0].shape[:2]
    return width, height


def check_stated_size(content: bytes, what: str) -> None:
    """Raise InputError, which begins with `what`, for a picture whose head states a size that is too large.

    Called before anything decodes it, since the decoder asks for memory for what is stated.
    """
    stated = _stated_size(content[:_HEAD_BYTES])
    if stated is not None:
        check_most_pixels(what, *stated)


def _stated_size(head: bytes) -> tuple[int, int] | None:
    """(width, height) that the first bytes of a PNG, BMP, JPEG or TIFF state; None where they do not."""
    if head[:8] == _PNG_START and len(head) >= 24:
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    if head[:2] == b"BM" and len(head) >= 26 and int.from_bytes(head[14:18], "little") >= 40:
        width = int.from_bytes(head[18:22], "little", signed=True)
        return abs(width), abs(int.from_bytes(head[22:26], "little", signed=True))
    if head[:2] == b"\xff\xd8":
        return _jpeg_size(head)
    return _tiff_size(head) if head[:4] in (b"II*\0", b"MM\0*") else None


def _jpeg_size(head: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 <= len(head) and head[place] == 0xFF:
        kind, length = head[place + 1], int.from_bytes(head[place + 2 : place + 4], "big")
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):  # start of frame
            return int.from_bytes(head[place + 7 : place + 9], "big"), int.from_bytes(
                head[place + 5 : place + 7], "big"
            )
        place += 2 + length
    return None


def _tiff_size(head: bytes) -> tuple[int, int] | None:
    """From the first directory, where that lies in the first bytes (TIFF 6.0, section 2)."""
    order: Literal["little", "big"] = "little" if head[:2] == b"II" else "big"
    place = int.from_bytes(head[4:8], order)
    found = {}
    for number in range(int.from_bytes(head[place : place + 2], order)):
        entry = head[place + 2 + 12 * number : place + 14 + 12 * number]
        if len(entry) < 12:
            return None
        tag, is_short = int.from_bytes(entry[:2], order), int.from_bytes(entry[2:4], order) == 3
        if tag in (256, 257):
            found[tag] = int.from_bytes(entry[8:10] if is_short else entry[8:12], order)
    return (found[256], found[257]) if len(found) == 2 else None
