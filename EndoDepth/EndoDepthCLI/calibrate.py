"""`endodepth calibrate`: the camera from views of a printed board, or from the motion of the video itself."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.command import Command
from EndoDepthCLI.options import degrees_of_view, group, option, path, positive_number, several, switch, whole_number

BOARDS = ("charuco", "checkerboard")
LENSES = ("auto", "pinhole", "fisheye")
DEFAULT_SQUARES = (11, 8)
DEFAULT_SQUARE_MM = 6.0
DEFAULT_DICTIONARY = "4X4_250"


def squares(text: str) -> tuple[int, int]:
    """Columns and rows, as 11x8."""
    columns, cross, rows = text.lower().replace("×", "x").partition("x")
    if not (cross and columns.strip().isascii() and rows.strip().isascii()):
        columns = rows = ""
    if not (columns.strip().isdigit() and rows.strip().isdigit()) or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not COLUMNSxROWS of squares; expected such as 11x8")
    return int(columns), int(rows)


@dataclass(frozen=True)
class BoardOptions:
    """The printed board."""

    board: str = option("what is printed on it (default charuco)", default="charuco", choices=BOARDS)
    squares: tuple[int, int] = option(
        "columns x rows of squares, not of inner corners (default 11x8)",
        default=DEFAULT_SQUARES,
        parse=squares,
        metavar="CxR",
    )
    square_mm: float = option(
        "width of a square (default 6)", default=DEFAULT_SQUARE_MM, parse=positive_number("a width"), metavar="MM"
    )
    marker_mm: float | None = option(
        "width of a marker of a charuco board (default: three quarters of a square)",
        parse=positive_number("a width"),
        metavar="MM",
    )
    dictionary: str = option(
        f"markers of a charuco board, by OpenCV's name without DICT_ (default {DEFAULT_DICTIONARY})",
        default=DEFAULT_DICTIONARY,
        metavar="NAME",
    )


@dataclass(frozen=True)
class CalibrateOptions:
    """What `endodepth calibrate` is told."""

    input: tuple[str, ...] = several("video or folder of pictures", metavar="INPUT", least=0)
    printed: BoardOptions = group("board", BoardOptions)
    output: Path | None = option(
        "camera file (.json; report and picture go beside it), or a new or empty folder for all three",
        parse=path,
        metavar="FILE|DIR",
    )
    start: str | None = option("first frame: a number, or a time like 12.5s", metavar="POSITION")
    stop: str | None = option("end before this frame: a number, or a time like 20s", metavar="POSITION")
    model: str = option(
        "lens: auto takes what fits frames best that were held out (default auto)", default="auto", choices=LENSES
    )
    views: int = option(
        "use at most so many views of the board (default 30)",
        default=30,
        parse=whole_number(8, "a number of views"),
        metavar="N",
    )
    from_motion: bool = switch("without a board: the camera that structure from motion of the video finds (minutes)")
    fov: float | None = option(
        "with --from-motion: diagonal field of view in degrees to begin with", parse=degrees_of_view, metavar="DEG"
    )
    frames: int | None = option(
        "look at so many frames at most (default 150 for a board, 60 with --from-motion)",
        parse=whole_number(8, "a number of frames"),
        metavar="N",
    )
    print_board: Path | None = option(
        "write the board for printing at true size (.png or .pdf), and calibrate nothing", parse=path, metavar="FILE"
    )
    dpi: int = option(
        "resolution of a printed .png (default 600)",
        default=600,
        parse=whole_number(1, "a resolution"),
        metavar="N",
    )


def run(options: CalibrateOptions) -> None:
    """Print the board, or calibrate and say what came of it."""
    if options.print_board is not None:
        from EndoDepthCLI.job.calibrating import print_board

        print_board(options)
        return
    from EndoDepthCLI.job.calibrating import calibrate

    calibrate(options)


COMMAND = Command(
    "calibrate", "the camera file of an endoscope, from a printed board or from motion", CalibrateOptions, run
)
