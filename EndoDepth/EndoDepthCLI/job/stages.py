"""Tells stages that come one after the other."""

from __future__ import annotations

from types import TracebackType

from EndoDepthCLI.telling import StageView, current_teller


class Stages:
    """Tells stages that come one after the other, each named at every step; use as a context manager."""

    def __init__(self, unit: str = "step") -> None:
        self._unit = unit
        self._name: str | None = None
        self._view: StageView | None = None
        self._done = 0

    def at(self, stage: str, done: int, total: int) -> None:
        """So much of this stage is done; another one than before ends that."""
        if stage != self._name:
            self._end(succeeded=True)
            self._name, self._view = stage, current_teller().begin(stage, total, self._unit)
        self._done = done
        if self._view is not None:
            self._view.at(done)

    def _end(self, succeeded: bool) -> None:
        if self._view is not None:
            self._view.end(self._done, succeeded)
        self._view = None

    def __enter__(self) -> Stages:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(succeeded=kind is None)
