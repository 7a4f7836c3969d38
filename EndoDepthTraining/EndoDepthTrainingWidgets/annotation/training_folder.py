"""The folder of a user's frames and labels: NAME.png with NAME.seg.nrrd beside it, as `endodepth labels` reads it.

folder/NAME.png, NAME.seg.nrrd     learned from; a frame without labels may get proposals
folder/held-out/                   the same; never learned from, for comparisons
folder/proposals/                  what a network proposed and nobody has reviewed yet
"""

from __future__ import annotations

from pathlib import Path

from EndoDepthLib.errors import OutputError
from EndoDepthLib.results.atomic import PARTIAL_PREFIX, write_error
from EndoDepthTrainingLib.labels.seg_nrrd import SUFFIX

HELD_OUT, PROPOSALS = "held-out", "proposals"
_PICTURE = ".png"


class TrainingFolder:
    """Frames by name, wherever in the folder they lie."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """All frames, also those held out, in alphabetical order; none when there is no folder."""
        found = {path.stem for place in self._places() for path in place.glob(f"*{_PICTURE}")}
        return sorted((name for name in found if not name.startswith((PARTIAL_PREFIX, "."))), key=str.casefold)

    def picture(self, name: str) -> Path:
        """The picture of a frame, where it lies now."""
        return self._place(name) / f"{name}{_PICTURE}"

    def labels(self, name: str) -> Path:
        """The labels of a frame, which may not be there."""
        return self._place(name) / f"{name}{SUFFIX}"

    def proposal(self, name: str) -> Path:
        """The proposed labels of a frame, which may not be there."""
        return self.folder / PROPOSALS / f"{name}{SUFFIX}"

    def is_held_out(self, name: str) -> bool:
        """Whether a frame is kept for comparisons."""
        return (self.folder / HELD_OUT / f"{name}{_PICTURE}").is_file()

    @property
    def held_out(self) -> Path:
        """The folder of the frames that are kept for comparisons."""
        return self.folder / HELD_OUT

    def labelled(self) -> list[str]:
        """The frames to learn from that have labels."""
        return [name for name in self.names() if not self.is_held_out(name) and self.labels(name).is_file()]

    def hold_out(self, name: str, is_held_out: bool) -> None:
        """Move a frame, and its labels, among those held out or those learned from. Raises OutputError."""
        if self.is_held_out(name) == is_held_out:
            return
        target = self.held_out if is_held_out else self.folder
        try:
            target.mkdir(exist_ok=True)
            for file in (self.labels(name), self.picture(name)):  # the picture last: it says where the frame lies
                if file.is_file():
                    file.replace(target / file.name)
        except OSError as error:
            raise write_error(target, error) from error

    def remove_labels(self, name: str) -> None:
        """A frame has no labels any more. Raises OutputError."""
        try:
            self.labels(name).unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"'{self.labels(name)}' cannot be removed ({error.strerror}); remove it by hand"
            ) from error

    def _places(self) -> tuple[Path, Path]:
        return self.folder, self.held_out

    def _place(self, name: str) -> Path:
        return self.held_out if self.is_held_out(name) else self.folder
