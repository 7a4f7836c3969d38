"""One way to read any input: a video file, a folder of images or one image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.values import Frame
from EndoDepthLib.video.frame_source import FrameSource
from EndoDepthLib.video.hidden import Rectangle, shown_mask, with_hidden
from EndoDepthLib.video.image_file import IMAGE_SUFFIXES
from EndoDepthLib.video.image_source import ImageSource
from EndoDepthLib.video.position import Position, checked_position, parse_position


class Video:
    """A lazy, seekable sequence of frames; memory does not grow with its length.

    Iterating yields the kept frames (from `start` to before `stop`, every `every`-th) and can be repeated; `read`
    gives any frame of the source by its number. `index` and `time_s` of a frame are those of the source.
    """

    def __init__(self, source: FrameSource, indices: range, hidden: tuple[Rectangle, ...] = ()) -> None:
        self._source = source
        self._indices = indices
        self.hidden = hidden
        self._shown = shown_mask(hidden, source.width, source.height)

    @classmethod
    def open(
        cls,
        path: str | Path,
        start: Position | str | None = None,
        stop: Position | str | None = None,
        every: int = 1,
        hidden: Sequence[Rectangle | str] = (),
    ) -> Video:
        """Open a video file, a folder of images (natural order) or one image.

        start, stop (exclusive): frame numbers (int), seconds (float) or text for parse_position. hidden: rectangles
        (or text for Rectangle.parse) that are black in every frame, for names and dates that are burnt in.
        Raises InputError for what cannot be read and for a range without frames, SettingsError for a bad position or
        rectangle.
        """
        if every < 1 or int(every) != every:
            raise SettingsError(f"every is {every!r}; expected a whole number of frames, at least 1")
        rectangles = tuple(each if isinstance(each, Rectangle) else Rectangle.parse(each) for each in hidden)
        source = _open_source(Path(path))
        try:
            return cls(source, _kept(source, start, stop, every), rectangles)
        except BaseException:
            source.close()
            raise

    @property
    def source(self) -> Path:
        """The file or folder read."""
        return self._source.path

    @property
    def width(self) -> int:
        """Width of the decoded frames in pixels, rotation applied."""
        return self._source.width

    @property
    def height(self) -> int:
        """Height of the decoded frames in pixels, rotation applied."""
        return self._source.height

    @property
    def shown(self) -> np.ndarray:
        """(H, W) bool, False where the frames are black because something there is hidden."""
        return self._shown

    @property
    def frame_rate(self) -> float | None:
        """Frames per second of the source on average; None when it has no times (images)."""
        return self._source.frame_rate

    @property
    def frame_count(self) -> int:
        """Number of frames that iterating yields; more than that when frames turn out to be undecodable."""
        return len(self._indices)

    @property
    def indices(self) -> range:
        """Source numbers of the kept frames."""
        return self._indices

    @property
    def warnings(self) -> list[str]:
        """What the user should know about this input; grows while decoding."""
        return self._source.warnings.sentences

    def __len__(self) -> int:
        return self.frame_count

    def __iter__(self) -> Iterator[Frame]:
        for frame in self._source.frames(self._indices):
            yield with_hidden(frame, self.hidden)

    def read(self, index: int) -> Frame:
        """The frame with this number in the source. Raises InputError when there is none or it cannot be decoded."""
        if not 0 <= index < self._source.frame_count:
            raise InputError(f"{self.source} has no frame {index}; expected 0 to {self._source.frame_count - 1}")
        frame = self._source.read(index)
        if frame is None:
            raise InputError(f"frame {index} of {self.source} cannot be decoded; the file is damaged there")
        return with_hidden(frame, self.hidden)

    def close(self) -> None:
        """Give files and decoders back."""
        self._source.close()

    def __enter__(self) -> Video:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _open_source(path: Path) -> FrameSource:
    if not path.exists():
        raise InputError(f"{path} does not exist; expected a video, a folder of images or an image")
    if path.is_dir() or path.suffix.lower() in IMAGE_SUFFIXES:
        return ImageSource.open(path)
    # PyAV is imported where a video is opened: importing the package stays quick.
    from EndoDepthLib.video.container_source import ContainerSource

    return ContainerSource.open(path)


def _kept(source: FrameSource, start: Position | str | None, stop: Position | str | None, every: int) -> range:
    first = 0 if start is None else _index(source, start)
    last = source.frame_count if stop is None else min(_index(source, stop), source.frame_count)
    if first >= source.frame_count:
        raise InputError(
            f"start {start} is past the end of {source.path}: it has {source.frame_count} frames"
            + (f" ({source.frame_count / source.frame_rate:.2f} s)" if source.frame_rate else "")
        )
    if last <= first:
        raise InputError(f"no frame lies between start {start} and stop {stop}; expected a stop after the start")
    return range(first, last, every)


def _index(source: FrameSource, position: Position | str) -> int:
    place = parse_position(position) if isinstance(position, str) else checked_position(position)
    if isinstance(place, int):
        return place
    if source.frame_rate is None:
        raise SettingsError(f"position {position} is a time but {source.path} has no times; expected a frame number")
    return source.index_at_time(place)
