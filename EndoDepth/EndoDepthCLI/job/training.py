"""What all trainings need of the command line: the training library, and their progress told stage by stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType

from EndoDepthCLI.telling import StageView, current_teller
from EndoDepthLib.errors import SettingsError


@contextmanager
def training_library() -> Iterator[None]:
    """Within this block the training library is imported and used. Raises SettingsError when a package is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"training needs the package '{error.name}', which is not installed; "
            "install the extra: pip install 'endodepth[train]'"
        ) from error


class TrainingProgress:
    """Tells how far each stage of a training is, as the events of any job; its figures stand in the stage's log.csv.

    A context manager: an exception out of it ends the stage that is running. Give `stage(name)` to the loop as report.
    """

    def __init__(self) -> None:
        self._view: StageView | None = None
        self._done = 0

    def __enter__(self) -> TrainingProgress:
        return self

    def stage(self, name: str) -> Callable[[int, int, Mapping[str, float]], None]:
        """The report of a stage: it begins with the first step that is done now, and ends with the last."""

        def report(done: int, steps: int, figures: Mapping[str, float]) -> None:
            if self._view is None:
                self._view = current_teller().begin(name, steps, "step")
            self._done = done
            self._view.at(done)
            if done == steps:
                self._end(succeeded=True)

        return report

    def _end(self, succeeded: bool) -> None:
        if self._view is not None:
            self._view.end(self._done, succeeded)
            self._view = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(succeeded=kind is None)
