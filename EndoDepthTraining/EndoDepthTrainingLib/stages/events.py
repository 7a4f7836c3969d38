"""TensorBoard event files, written as they come: torch's writer works in a thread where a full disk is a traceback."""

from __future__ import annotations

import importlib.util
import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from EndoDepthLib.results.atomic import write_error

_LOG = logging.getLogger(__name__)


class EventFile:
    """Events of a run that has done `first` steps, in a new file of `folder`; TensorBoard drops what an earlier file
    says of later steps. Without the package 'tensorboard' nothing is written, and said once.

    All methods raise OutputError when the disk takes no more.
    """

    def __init__(self, folder: Path, first: int) -> None:
        self._writer: Any = None
        self.file = folder / f"events.out.tfevents.{time.time_ns()}.{os.getpid()}"
        if importlib.util.find_spec("tensorboard") is None:
            _LOG.warning("no TensorBoard events: the package 'tensorboard' is not installed")
            return
        from tensorboard.summary.writer.record_writer import RecordWriter

        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._writer = RecordWriter(self.file.open("wb"))
        except OSError as error:
            raise write_error(self.file, error) from error
        self._add(file_version="brain.Event:2")
        self._add(step=first + 1, session_log={"status": 1})  # START: forget what other files say from this step on

    def scalars(self, step: int, figures: Mapping[str, float]) -> None:
        """Figures by tag."""
        if figures:
            values = [{"tag": tag, "simple_value": value} for tag, value in figures.items()]
            self._add(step=step, summary={"value": values})

    def picture(self, step: int, tag: str, size: tuple[int, ...], png: bytes) -> None:
        """A picture of (height, width) as the bytes of a PNG file."""
        image = {"height": size[0], "width": size[1], "colorspace": 3, "encoded_image_string": png}
        self._add(step=step, summary={"value": [{"tag": tag, "image": image}]})

    def close(self) -> None:
        """Close the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _add(self, **fields: Any) -> None:
        if self._writer is None:
            return
        from tensorboard.compat.proto.event_pb2 import Event

        try:
            self._writer.write(Event(wall_time=time.time(), **fields).SerializeToString())
            self._writer.flush()
        except OSError as error:
            raise write_error(self.file, error) from error
