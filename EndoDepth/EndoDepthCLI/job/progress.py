"""Counts the steps of a stage and has them told."""

from __future__ import annotations

from types import TracebackType

from EndoDepthCLI.telling import StageView, current_teller


class Progress:
    """Counts the steps of one stage; use as a context manager and call `step` after each.

    `total` may be None when nobody knows.
    """

    def __init__(self, stage: str, total: int | None, unit: str = "frame") -> None:
        self._stage, self._total, self._unit = stage, total, unit
        self._done = 0
        self._view: StageView | None = None

    def __enter__(self) -> Progress:
        self._view = current_teller().begin(self._stage, self._total, self._unit)
        return self

    def step(self, count: int = 1) -> None:
        """Say that `count` more steps are done."""
        self._done += count
        if self._view is not None:
            self._view.at(self._done)

    def reach(self, fraction: float) -> None:
        """Say which fraction (0..1) of a stage with a known total is done."""
        if self._total is not None:
            self.step(max(round(fraction * self._total) - self._done, 0))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._view is not None:
            self._view.end(self._done, succeeded=kind is None)
