"""The child's lines on stdout: JSON objects that tell events; everything else is kept for the log."""

from __future__ import annotations

import json
import math
from typing import Any

from EndoDepthWidgets.process.protocol import (
    Answered,
    Failed,
    Finished,
    FrameReady,
    JobEvent,
    Logged,
    Progress,
    Warned,
)


def read_event(line: str) -> JobEvent:
    """The event of a line; a line that tells none is Logged. Finished and Failed are what the child says of itself."""
    if line.startswith("{"):
        try:
            values = json.loads(line)
            return _event(values)
        except (ValueError, KeyError, TypeError, RecursionError):
            pass
    return Logged(line)


def _event(values: dict[str, Any]) -> JobEvent:
    match values["event"]:
        case "progress":
            total, remaining_s = values["total"], values["remaining_s"]
            return Progress(
                _text(values["stage"]),
                _count(values["done"]),
                None if total is None else _count(total),
                None if remaining_s is None else _seconds(remaining_s),
            )
        case "frame_ready":
            return FrameReady(_count(values["position"]))
        case "warning":
            return Warned(_text(values["text"]))
        case "log":
            return Logged(_text(values["text"]))
        case "answer":
            if not isinstance(values["value"], dict):
                raise TypeError("an answer is an object")
            return Answered(values["value"])
        case "finished":
            return Finished()
        case "error":
            return Failed(_text(values["message"]), "")
    raise ValueError("an event of another kind")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("expected text")
    return value


def _count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("expected a count")
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not math.isfinite(value) or value < 0:
        raise TypeError("expected seconds")
    return float(value)
