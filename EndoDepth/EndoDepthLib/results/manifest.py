"""What a results folder says about itself: the request that is being worked on and the frames done so far."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from EndoDepthLib.errors import EndoDepthError, InputError
from EndoDepthLib.values import NOMINAL_MEDIAN_DEPTH, Camera, DistortionModel, Scale
from EndoDepthLib.video.frame_source import check_most_pixels

SCHEMA = "endodepth-results"
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class ResultsInput:
    """Where the frames come from: source path as given, first frame, end (exclusive; None = to the end) and step."""

    source: str
    frame_rate: float | None = None
    start: int | str | None = None
    stop: int | str | None = None
    every: int = 1


@dataclass(frozen=True)
class ResultsSegment:
    """One named structure: name as asked, canonical class, colour (RGB 0..255), what taught it to the weights."""

    name: str
    class_name: str
    color: tuple[int, int, int]
    taught_by: str = ""

    def __post_init__(self) -> None:
        if len(self.color) != 3 or not all(isinstance(c, int) and 0 <= c <= 255 for c in self.color):
            raise InputError(f"colour of segment '{self.name}' is {self.color!r}; expected three numbers 0 to 255")


@dataclass(frozen=True)
class ResultsFrame:
    """One kept frame: its index in the source and its time in seconds."""

    index: int
    time_s: float


@dataclass(frozen=True)
class ResultsRequest:
    """What was asked for: everything that decides the contents of the folder. Two equal requests give equal results.

    camera is that of every frame kept, on their pixel grid; camera_source says which it is ("file", "fov", "guessed").
    With scale UP_TO_SCALE every depth has the median `nominal_median_depth`, a number to draw with, not millimetres.
    With has_surfaces False no surfaces are kept, with has_validity False no validity maps. settings
    holds other JSON values that matter (stride, undistort, ...).
    """

    input: ResultsInput
    camera: Camera
    camera_source: str
    weights_id: str
    weights_sha256: str
    segments: tuple[ResultsSegment, ...] = ()
    scale: Scale = Scale.UP_TO_SCALE
    scale_source: str = "unknown"
    nominal_median_depth: float = NOMINAL_MEDIAN_DEPTH
    has_surfaces: bool = True
    has_validity: bool = False
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The segments' names as asked for, in the order of their labels 1 .. K."""
        return tuple(segment.name for segment in self.segments)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of files that a complete frame has, in the order of writing."""
        kinds = ["frame", "depth", "confidence"]
        if self.has_validity:
            kinds.append("validity")
        if self.segments:
            kinds.append("labels")
        if self.has_surfaces:
            kinds.append("surface")
        return tuple(kinds)

    def to_json(self) -> dict[str, Any]:
        """The request as JSON values."""
        values = asdict(self)
        values["scale"] = self.scale.value
        values["camera"]["distortion_model"] = self.camera.distortion_model.value
        # Through text, so that tuples compare equal with the lists that are read back.
        result: dict[str, Any] = json.loads(json.dumps(values))
        return result

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> ResultsRequest:
        """The request of these JSON values. Raises KeyError, TypeError, ValueError or an EndoDepthError if not one."""
        segments = tuple(ResultsSegment(**{**s, "color": tuple(s["color"])}) for s in values["segments"])
        source = ResultsInput(**values["input"])
        lens = values["camera"]
        lens = {**lens, "distortion_model": DistortionModel(lens["distortion_model"])}
        camera = Camera(**{**lens, "distortion": tuple(lens["distortion"])})
        scale = Scale(values["scale"])
        return cls(**{**values, "input": source, "camera": camera, "segments": segments, "scale": scale})

    def first_difference(self, other: ResultsRequest) -> tuple[str, Any, Any] | None:
        """Name and both values of the first thing in which two requests differ, or None when they are equal."""
        return _first_difference(self.to_json(), other.to_json(), "")


@dataclass(frozen=True)
class ResultsManifest:
    """The contents of results.json: the request, the frames done so far, and whether the job has ended."""

    request: ResultsRequest
    frames: tuple[ResultsFrame, ...] = ()
    complete: bool = False

    def to_text(self) -> str:
        """The text of results.json."""
        return manifest_of_lines(self.request, [frame_line(frame) for frame in self.frames], self.complete)

    @classmethod
    def from_text(cls, text: str, path: Path) -> ResultsManifest:
        """The manifest of this text; `path` is named in messages. Raises InputError when the text is not a manifest."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"'{path}' is damaged ({error}); run the job again into a new folder") from error
        if not isinstance(values, dict) or values.get("schema") != SCHEMA:
            raise InputError(f"'{path}' is no EndoDepth results file; choose a folder made by 'endodepth reconstruct'")
        if values.get("version") != SCHEMA_VERSION:
            raise InputError(
                f"'{path}' has version {values.get('version')!r}; this program reads version {SCHEMA_VERSION}: "
                "run the job again, or use the program that wrote it"
            )
        try:
            request = ResultsRequest.from_json(values["request"])
            camera = request.camera
            check_most_pixels("the camera", camera.width, camera.height)
            return cls(request, frames_of(values), bool(values["complete"]))
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError, EndoDepthError) as error:
            reason = f"{type(error).__name__}: {error}"[:300]
            raise InputError(f"'{path}' lacks or misstates a value ({reason}); run the job again") from error


def manifest_of_lines(request: ResultsRequest, lines: Sequence[str], complete: bool) -> str:
    """The text of results.json for frames that are text already (frame_line)."""
    return _text(SCHEMA, SCHEMA_VERSION, complete, request.to_json(), lines)


def manifest_text(
    schema: str, version: int, complete: bool, request: dict[str, Any], frames: Iterable[ResultsFrame]
) -> str:
    """The JSON text of a manifest, one line a frame."""
    return _text(schema, version, complete, request, [frame_line(frame) for frame in frames])


def frame_line(frame: ResultsFrame) -> str:
    """The JSON of one frame."""
    return json.dumps(asdict(frame))


def _text(schema: str, version: int, complete: bool, request: dict[str, Any], frame_lines: Sequence[str]) -> str:
    values = {"schema": schema, "version": version, "complete": complete, "request": request}
    head = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
    lines = ",\n    ".join(frame_lines)
    return head[: head.rindex("\n}")] + ',\n  "frames": [\n    ' + lines + "\n  ]\n}\n"


def frames_of(values: dict[str, Any]) -> tuple[ResultsFrame, ...]:
    """The frames that a manifest's JSON values list. Raises KeyError, TypeError or ValueError when they are none."""
    return tuple(ResultsFrame(int(frame["index"]), float(frame["time_s"])) for frame in values["frames"])


def _first_difference(mine: Any, other: Any, name: str) -> tuple[str, Any, Any] | None:
    if isinstance(mine, dict) and isinstance(other, dict):
        for key in sorted(mine.keys() | other.keys()):
            found = _first_difference(mine.get(key), other.get(key), f"{name}.{key}" if name else key)
            if found is not None:
                return found
        return None
    return None if mine == other else (name, mine, other)
