"""frames.json: what a folder of decoded frames was made from, and which frames it holds."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from EndoDepthLib.errors import InputError
from EndoDepthLib.results.manifest import ResultsFrame, frames_of, manifest_text

SCHEMA = "endodepth-frames"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class FramesRequest:
    """What decides the pictures: the source (its name and content), their size in pixels, and the range that is kept.

    frame_rate: of the source, per second; None when it has no times. start, stop: as the user gave them. hidden: the
    rectangles that are black in the pictures, as WIDTHxHEIGHT+X+Y.
    """

    source: str
    source_sha256: str
    width: int
    height: int
    frame_rate: float | None = None
    start: str | None = None
    stop: str | None = None
    every: int = 1
    hidden: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", tuple(self.hidden))  # JSON gives a list


@dataclass(frozen=True)
class FramesManifest:
    """The contents of frames.json: the request, the frames written so far, and whether these are all."""

    request: FramesRequest
    frames: tuple[ResultsFrame, ...] = ()
    complete: bool = False

    def to_text(self) -> str:
        """The text of frames.json."""
        return manifest_text(SCHEMA, SCHEMA_VERSION, self.complete, asdict(self.request), self.frames)

    @classmethod
    def from_text(cls, text: str, path: Path) -> FramesManifest:
        """The manifest of this text; `path` is named in messages. Raises InputError when the text is not a manifest."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"'{path}' is damaged ({error}); write the frames again into a new folder") from error
        if not isinstance(values, dict) or values.get("schema") != SCHEMA:
            raise InputError(f"'{path}' is no list of frames; choose a folder made by 'endodepth frames'")
        if values.get("version") != SCHEMA_VERSION:
            raise InputError(
                f"'{path}' has version {values.get('version')!r}; this program reads version {SCHEMA_VERSION}: "
                "write the frames again"
            )
        try:
            request = FramesRequest(**values["request"])
            return cls(request, frames_of(values), bool(values["complete"]))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            reason = f"{type(error).__name__}: {error}"[:300]
            raise InputError(f"'{path}' lacks or misstates a value ({reason}); write the frames again") from error
