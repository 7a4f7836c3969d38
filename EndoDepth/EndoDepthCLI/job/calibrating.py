"""The job of `endodepth calibrate`: checks, progress, and the three files that come of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from EndoDepthCLI.job.messages import Messages, as_unicode
from EndoDepthCLI.job.output import check_output
from EndoDepthCLI.job.progress import Progress
from EndoDepthCLI.job.stages import Stages
from EndoDepthCLI.option_groups import OutputOptions
from EndoDepthCLI.telling import current_teller
from EndoDepthLib.calibration import (
    Board,
    BoardKind,
    CalibrationSettings,
    board_pdf,
    board_png,
    calibrate_camera,
    calibration_to_json,
    collect_views,
)
from EndoDepthLib.errors import OutputError, SettingsError
from EndoDepthLib.geometry import save_camera
from EndoDepthLib.results import atomic_path, atomic_write
from EndoDepthLib.results.arrays import encode_image
from EndoDepthLib.results.atomic import make_folder
from EndoDepthLib.values import Camera
from EndoDepthLib.video import Video, find_content_area

if TYPE_CHECKING:
    from EndoDepthCLI.calibrate import BoardOptions, CalibrateOptions

_MOST_WITHOUT_RAY = 0.005
_CONTENT_FRAMES = 24


@dataclass(frozen=True)
class _Files:
    camera: Path
    report: Path
    picture: Path

    @classmethod
    def checked(cls, output: Path | None) -> _Files:
        """Where the files go. Raises OutputError when they cannot, or something is there already."""
        if output is None:
            raise SettingsError("--output is missing; expected a camera file (.json) or a folder")
        if output.suffix.lower() != ".json":
            check_output(OutputOptions(output=output), can_resume=False)
            return cls(output / "camera.json", output / "calibration.json", output / "residuals.png")
        files = cls(
            output,
            output.with_name(f"{output.stem}-calibration.json"),
            output.with_name(f"{output.stem}-residuals.png"),
        )
        for file in (files.camera, files.report, files.picture):
            if file.exists():
                raise OutputError(f"'{file}' is there already; choose another name with --output, or remove it")
        return files

    def write(self, camera: Camera, report: dict[str, Any], picture: bytes | None) -> None:
        """Write all, the camera last: where it is, the others are."""
        make_folder(self.camera.parent)
        if picture is not None:
            atomic_write(self.picture, picture)
        atomic_write(self.report, json.dumps(report, indent=1, ensure_ascii=False) + "\n")
        with atomic_path(self.camera) as aside:
            save_camera(camera, aside)


def print_board(options: CalibrateOptions) -> None:
    """Write the sheet. Raises SettingsError for a board or resolution that cannot be, OutputError for the file."""
    assert options.print_board is not None
    file = options.print_board
    if options.input:
        raise SettingsError(
            f"--print-board calibrates nothing, but an input '{options.input[0]}' is given; leave it out"
        )
    suffix = file.suffix.lower()
    if suffix not in (".png", ".pdf"):
        raise SettingsError(f"a board is printed to .png or .pdf, not to '{file.name}'; choose one of these endings")
    board = _board(options.printed)
    content = board_pdf(board) if suffix == ".pdf" else board_png(board, options.dpi)
    make_folder(file.parent)
    atomic_write(file, content)
    width, height = board.size_mm
    print(
        f"{file}: {board.describe()}, {width:g} x {height:g} mm. Print at 100 % (not 'fit to page'), check the 50 mm "
        "line with a ruler, and glue the sheet onto something flat"
    )


def calibrate(options: CalibrateOptions) -> None:
    """Calibrate, write camera, report and picture, and say the main figures. Raises an EndoDepthError."""
    if len(options.input) != 1:
        raise SettingsError(
            f"{len(options.input)} inputs are given; expected one video or folder of pictures (or --print-board FILE)"
        )
    messages = Messages()
    files = _Files.checked(options.output)
    source = Path(options.input[0])
    if options.fov is not None and not options.from_motion:
        raise SettingsError("--fov is only of use with --from-motion; a board shows the focal length by itself")
    if options.from_motion:
        _calibrate_from_motion(options, source, files, messages)
        return
    from EndoDepthCLI.job.calibrating_picture import residual_picture

    board = _board(options.printed)
    settings = CalibrationSettings(options.model, options.views)
    current_teller().prepare()
    most = {} if options.frames is None else {"most_searched": options.frames}
    with Video.open(source, start=options.start, stop=options.stop) as video, Stages() as stages:
        capture = collect_views(video, board, progress=stages.at, **most)
        messages.warn_all(video.warnings)
    with Progress("fitting the lens", None, "fit"):
        calibration = calibrate_camera(capture, settings)
    report = calibration_to_json(calibration, as_unicode(source.resolve().name))
    files.write(calibration.camera, report, encode_image(residual_picture(calibration)))
    if calibration.without_ray > _MOST_WITHOUT_RAY:
        messages.warn(
            f"the lens model does not reach {calibration.without_ray:.1%} of the picture, where no board was shown; "
            "nothing is measured there"
        )
    print(f"{calibration.summary()}\n{files.camera}; details in {files.report.name}, {files.picture.name}")


def _calibrate_from_motion(options: CalibrateOptions, source: Path, files: _Files, messages: Messages) -> None:
    from EndoDepthLib.calibration import calibrate_from_motion, motion_calibration_to_json
    from EndoDepthLib.geometry import choose_camera
    from EndoDepthLib.motion import MotionSettings

    settings = MotionSettings() if options.frames is None else MotionSettings(frames=options.frames)
    current_teller().prepare()
    with Video.open(source, start=options.start, stop=options.stop) as video, Stages() as stages:
        camera = choose_camera(video.width, video.height, None, options.fov)
        kept = video.indices[:: max(1, len(video) // _CONTENT_FRAMES)]
        with Video.open(source, start=kept.start, stop=kept.stop, every=kept.step) as few:
            content = find_content_area(few)
        found = calibrate_from_motion(video, camera, content, settings, stages.at)
        messages.warn_all(video.warnings)
    files.write(found.camera, motion_calibration_to_json(found, as_unicode(source.resolve().name)), None)
    print(f"{found.summary()}\n{files.camera}; details in {files.report.name}")


def _board(printed: BoardOptions) -> Board:
    columns, rows = printed.squares
    marker_mm = 0.75 * printed.square_mm if printed.marker_mm is None else printed.marker_mm
    return Board(BoardKind(printed.board), columns, rows, printed.square_mm, marker_mm, printed.dictionary)
