"""Opens the input that the options name."""

from __future__ import annotations

from EndoDepthCLI.option_groups import ReadingOptions
from EndoDepthLib.video import Video


def open_input(reading: ReadingOptions, every: int | None = None) -> Video:
    """The kept frames of the input, black where --hide says; every: in place of the option's.

    Raises InputError or SettingsError as Video.open.
    """
    return Video.open(
        reading.input, reading.start, reading.stop, reading.every if every is None else every, reading.hide
    )
