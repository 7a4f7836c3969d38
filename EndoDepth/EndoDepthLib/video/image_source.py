"""A folder of images, or one image, as a sequence of frames."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from EndoDepthLib.errors import InputError
from EndoDepthLib.values import Frame
from EndoDepthLib.video.frame_source import Warnings, check_picture_size
from EndoDepthLib.video.image_file import IMAGE_SUFFIXES, image_size, read_image
from EndoDepthLib.video.image_times import read_times


class ImageSource:
    """Images in natural order (2 before 10), all of one size; their times are those of times.csv, or count as 0."""

    def __init__(
        self,
        path: Path,
        files: list[Path],
        width: int,
        height: int,
        warnings: Warnings,
        times_s: list[float] | None = None,
    ) -> None:
        self.path = path
        self.width = width
        self.height = height
        self.frame_rate: float | None = None
        if times_s is not None and len(times_s) > 1:
            self.frame_rate = (len(times_s) - 1) / (times_s[-1] - times_s[0])
        self.frame_count = len(files)
        self.warnings = warnings
        self._files = files
        self._times_s = times_s

    @classmethod
    def open(cls, path: Path) -> ImageSource:
        """Look at a folder's images or at one image; a folder's damaged images are left out with a warning.

        Raises InputError for a folder without readable images, images of different sizes, and images below MIN_SIDE_PX.
        """
        warnings = Warnings()
        if not path.is_dir():
            image, notes = read_image(path)
            return cls._of_size(path, [path], path, image, notes, warnings)
        files = image_files(path)
        if not files:
            raise InputError(f"folder {path} holds no images; expected {', '.join(sorted(IMAGE_SUFFIXES))}")
        for position, file in enumerate(files):
            try:
                image, notes = read_image(file)
            except InputError as error:
                warnings.add(_left_out(file, error))
                continue
            source = cls._of_size(path, files, file, image, notes, warnings)
            source._check_sizes(file, files[position + 1 :])
            return source
        raise InputError(f"no image of folder {path} can be read; {files[0].name} and the others are damaged")

    @classmethod
    def _of_size(
        cls, path: Path, files: list[Path], first: Path, image: np.ndarray, notes: list[str], warnings: Warnings
    ) -> ImageSource:
        height, width = image.shape[:2]
        check_picture_size(f"image {first}", width, height)
        for note in notes:
            warnings.add(note)
        times_s = read_times(path, files) if path.is_dir() else None
        return cls(path, files, width, height, warnings, times_s)

    def _check_sizes(self, first: Path, others: list[Path]) -> None:
        for file in others:
            try:
                size = image_size(file)
            except InputError as error:
                self.warnings.add(_left_out(file, error))
                continue
            if size != (self.width, self.height):
                raise InputError(
                    f"folder {self.path} mixes image sizes: {first.name} is {self.width}x{self.height} but {file.name} "
                    f"{size[0]}x{size[1]}; expected one size"
                )

    def index_at_time(self, time_s: float) -> int:
        """The first image at or after this time; without times the first for 0, none after."""
        if self._times_s is not None:
            return bisect_left(self._times_s, time_s)
        return 0 if time_s <= 0 else self.frame_count

    def frames(self, indices: range) -> Iterator[Frame]:
        """These images in order, leaving out (with a warning) what cannot be decoded; numbers are positions."""
        for index in indices:
            frame = self.read(index)
            if frame is not None:
                yield frame

    def read(self, index: int) -> Frame | None:
        """One image, or None when it cannot be decoded."""
        file = self._files[index]
        try:
            image, notes = read_image(file)
            if image.shape[:2] != (self.height, self.width):
                size = f"{image.shape[1]}x{image.shape[0]}"
                raise InputError(f"image {file} is {size} pixels, not {self.width}x{self.height} as its header says")
        except InputError as error:
            self.warnings.add(_left_out(file, error))
            return None
        for note in notes:
            self.warnings.add(note)
        return Frame(image, index, 0.0 if self._times_s is None else self._times_s[index])

    def close(self) -> None:
        """Nothing is held open."""


def _left_out(file: Path, error: InputError) -> str:
    return f"{file.name} is left out: {error}"


def image_files(folder: Path) -> list[Path]:
    """The files of a folder that are read as its frames, in their order; hidden and other files are not."""
    entries = [p for p in folder.iterdir() if not p.name.startswith(".") and p.suffix.lower() in IMAGE_SUFFIXES]
    return sorted((p for p in entries if p.is_file()), key=natural_key)


def natural_key(path: Path) -> list[tuple[int, int, str]]:
    """Sort key under which numbers inside names count as numbers: frame2 before frame10."""
    pieces = re.split(r"(\d+)", path.name.casefold())
    return [(0, int(piece), "") if piece.isdigit() else (1, 0, piece) for piece in pieces if piece]
