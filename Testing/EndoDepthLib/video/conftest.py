"""Real video files for the tests, with the frame's number readable in each picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

_BITS = 12


@dataclass(frozen=True)
class NumberedVideos:
    """Writes videos whose pictures carry their number as bright and dark bars, and reads the number back."""

    folder: Path

    def picture(self, number: int, width: int, height: int) -> np.ndarray:
        """(height, width, 3) uint8 RGB: bars of bits over a gradient that moves."""
        columns = np.arange(width)
        bits = (number >> (columns * _BITS // width)) & 1
        image = np.empty((height, width, 3), np.uint8)
        image[: height // 2] = np.where(bits, 230, 25)[None, :, None]
        image[height // 2 :] = ((columns + 5 * number) % 200 + 30)[None, :, None]
        image[height // 2 :, :, 2] = 60
        return image

    def number(self, image: np.ndarray) -> int:
        """The number in a decoded picture."""
        height, width = image.shape[:2]
        centres = ((np.arange(_BITS) + 0.5) * width / _BITS).astype(int)
        row = image[height // 8 : height // 3].mean(axis=(0, 2))[centres]
        return int(sum(1 << bit for bit in np.flatnonzero(row > 128)))

    def write(
        self,
        name: str,
        count: int = 40,
        codec: str = "libx264",
        size: tuple[int, int] = (96, 64),
        codec_options: dict[str, str] | None = None,
        container_options: dict[str, str] | None = None,
        times_ms: Sequence[int] | None = None,
        rotation_deg: int = 0,
        pixel_format: str = "yuv420p",
    ) -> Path:
        """Encode `count` pictures at 25 frames/s, or at the given times."""
        path = self.folder / name
        with av.open(str(path), "w", options=container_options or {}) as container:
            stream = container.add_stream(codec, rate=25, options=codec_options or {})
            stream.width, stream.height, stream.pix_fmt = *size, pixel_format
            if rotation_deg:
                stream.set_display_rotation(rotation_deg)
            if times_ms is not None:
                stream.codec_context.time_base = Fraction(1, 1000)
            for number in range(count):
                frame = av.VideoFrame.from_ndarray(self.picture(number, *size), format="rgb24")
                if times_ms is not None:
                    frame.pts, frame.time_base = times_ms[number], Fraction(1, 1000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path


@pytest.fixture
def videos(tmp_path: Path) -> NumberedVideos:
    """A writer of numbered videos into the test's own folder."""
    return NumberedVideos(tmp_path)


@pytest.fixture
def cut() -> Callable[[Path, float], Path]:
    """Cuts a file to a part of its bytes, beside the original."""

    def to_part(path: Path, part: float) -> Path:
        content = path.read_bytes()
        shorter = path.with_name(f"cut_{path.name}")
        shorter.write_bytes(content[: int(len(content) * part)])
        return shorter

    return to_part
