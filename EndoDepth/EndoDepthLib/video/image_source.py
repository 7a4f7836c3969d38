"""A folder of images, or one image, as a sequence of frames."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from EndoDepthLib.errors import InputError
from EndoDepthLib.values import Frame
from EndoDepthLib.video.frame_source import MIN_SIDE_PX, Warnings
from EndoDepthLib.video.image_file import IMAGE_SUFFIXES, image_size, read_image


class ImageSource:
    """Images in natural order (2 before 10), all of one size; times are unknown and count as 0."""

    def __init__(self, path: Path, files: list[Path], width: int, height: int, warnings: Warnings) -> None:
        self.path = path
        self.width = width
        self.height = height
        self.frame_rate: float | None = None
        self.frame_count = len(files)
        self.warnings = warnings
        self._files = files

    @classmethod
    def open(cls, path: Path) -> ImageSource:
        """Look at a folder's images or at one image.

        Raises InputError for a folder without images, images of different sizes, and images below MIN_SIDE_PX.
        """
        files = [path]
        if path.is_dir():
            entries = [p for p in path.iterdir() if not p.name.startswith(".") and p.suffix.lower() in IMAGE_SUFFIXES]
            files = sorted((p for p in entries if p.is_file()), key=natural_key)
            if not files:
                raise InputError(f"folder {path} holds no images; expected {', '.join(sorted(IMAGE_SUFFIXES))}")
        warnings = Warnings()
        first, notes = read_image(files[0])
        for note in notes:
            warnings.add(note)
        height, width = first.shape[:2]
        if min(width, height) < MIN_SIDE_PX:
            least = f"{MIN_SIDE_PX}x{MIN_SIDE_PX}"
            raise InputError(f"image {files[0]} is {width}x{height} pixels; expected at least {least}")
        for file in files[1:]:
            size = image_size(file)
            if size != (width, height):
                raise InputError(
                    f"folder {path} mixes image sizes: {files[0].name} is {width}x{height} but {file.name} "
                    f"{size[0]}x{size[1]}; expected one size"
                )
        return cls(path, files, width, height, warnings)

    def index_at_time(self, time_s: float) -> int:
        """Images have no times: the first for 0, none after."""
        return 0 if time_s <= 0 else self.frame_count

    def frames(self, indices: range) -> Iterator[Frame]:
        """These images in order."""
        for index in indices:
            yield self.read(index)

    def read(self, index: int) -> Frame:
        """One image. Raises InputError when it cannot be decoded."""
        image, notes = read_image(self._files[index])
        for note in notes:
            self.warnings.add(note)
        if image.shape[:2] != (self.height, self.width):
            raise InputError(
                f"image {self._files[index]} is {image.shape[1]}x{image.shape[0]} pixels; "
                f"expected {self.width}x{self.height} like the first one"
            )
        return Frame(image, index, 0.0)

    def close(self) -> None:
        """Nothing is held open."""


def natural_key(path: Path) -> list[tuple[int, int, str]]:
    """Sort key under which numbers inside names count as numbers: frame2 before frame10."""
    pieces = re.split(r"(\d+)", path.name.casefold())
    return [(0, int(piece), "") if piece.isdigit() else (1, 0, piece) for piece in pieces if piece]
