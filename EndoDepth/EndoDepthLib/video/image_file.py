"""Single images of any usual kind as 8-bit RGB."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from EndoDepthLib.errors import InputError

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"})
_PNG_START = b"\x89PNG\r\n\x1a\n"


def read_image(path: Path) -> tuple[np.ndarray, list[str]]:
    """Decode one image to (H, W, 3) uint8 RGB, and say what had to be converted.

    Grey is repeated into three channels, 16 bit is scaled from 0..65535 to 0..255, transparency is put on black.
    Raises InputError for a file that is empty, no image, or of another number type.
    """
    try:
        content = np.fromfile(path, dtype=np.uint8)  # not cv2.imread: it cannot open non-ASCII paths on Windows
    except OSError as error:
        raise InputError(f"image {path} cannot be read ({error.strerror})") from None
    if content.size == 0:
        raise InputError(f"image {path} is empty (0 bytes)")
    start = content[:8].tobytes()
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
    """(width, height) from the header of a PNG, BMP or JPEG, of others by decoding. Raises InputError as read_image."""
    try:
        with path.open("rb") as file:
            head = file.read(32)
            if head[:8] == _PNG_START and len(head) >= 24:
                return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
            if head[:2] == b"BM" and len(head) >= 26 and int.from_bytes(head[14:18], "little") >= 40:
                width = int.from_bytes(head[18:22], "little", signed=True)
                return abs(width), abs(int.from_bytes(head[22:26], "little", signed=True))
            if head[:2] == b"\xff\xd8":
                file.seek(2)
                while (marker := file.read(4))[:1] == b"\xff" and len(marker) == 4:
                    kind, length = marker[1], int.from_bytes(marker[2:], "big")
                    if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):  # start of frame
                        frame = file.read(5)
                        return int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big")
                    file.seek(length - 2, 1)
    except OSError as error:
        raise InputError(f"image {path} cannot be read ({error.strerror})") from None
    height, width = read_image(path)[0].shape[:2]
    return width, height
