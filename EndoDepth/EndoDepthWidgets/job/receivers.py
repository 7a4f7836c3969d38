"""What makes nodes of the folder that a child process fills."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from EndoDepthLib.results import FramesFolder, ResultsFolder
from EndoDepthScene.case import CaseScene
from EndoDepthScene.frame_sequence import FrameSequence
from EndoDepthScene.hierarchy import PatientStudy


class CaseReceiver:
    """Makes a case of the results folder that the child fills."""

    def __init__(self, scene: Any, folder: Path, name: str, names: PatientStudy | None = None) -> None:
        self._results = ResultsFolder.open(folder)
        self._case = CaseScene(scene, self._results, name, names)

    def steps(self, position: int) -> Iterator[None]:
        """The steps that make the nodes of this frame. Raises InputError for damaged results."""
        if position >= len(self._results):
            self._results.refresh()
        yield from self._case.add_frame_steps(position)

    def finish_steps(self) -> Iterator[None]:
        """Add provenance and the chosen surface."""
        self._results.refresh()
        yield
        yield from self._case.finish_steps()

    @property
    def result(self) -> Any:
        """The browser of the case."""
        return self._case.browser


class ImportReceiver:
    """Makes a sequence of the frames that the child decodes."""

    def __init__(self, scene: Any, folder: Path, name: str, names: PatientStudy | None = None) -> None:
        self._frames = FramesFolder.open(folder)
        self._sequence = FrameSequence(scene, self._frames, name, names)

    def steps(self, position: int) -> Iterator[None]:
        """The steps that make the node of this frame. Raises InputError for a damaged picture."""
        if position >= len(self._frames):
            self._frames.refresh()
        yield from self._sequence.add_frame_steps(position)

    def finish_steps(self) -> Iterator[None]:
        """Nothing is left to be done."""
        yield

    @property
    def result(self) -> Any:
        """The browser of the frames."""
        return self._sequence.browser
