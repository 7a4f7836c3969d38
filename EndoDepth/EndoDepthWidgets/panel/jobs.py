"""From the panel's settings to a job: the command line's arguments, and what makes nodes of what it writes."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import slicer

from EndoDepthLib.errors import InputError
from EndoDepthLib.results.atomic import atomic_write
from EndoDepthLib.video.image_times import TIMES_FILE, times_text
from EndoDepthLib.video.position import parse_position
from EndoDepthScene.cameras import camera_of
from EndoDepthScene.case_view import CaseView
from EndoDepthScene.dicom import EndoscopyDicom
from EndoDepthScene.frame_export import FrameExport
from EndoDepthScene.hierarchy import PatientStudy
from EndoDepthScene.removal import remove_case
from EndoDepthWidgets.job.job import Job, Step
from EndoDepthWidgets.job.receivers import CaseReceiver, ImportReceiver
from EndoDepthWidgets.panel.choices import CameraKind, InputKind, Scope
from EndoDepthWidgets.panel.parameter_node import EndoDepthParameterNode

_FOLDER_PREFIX = "endodepth-job-"
_BEYOND_ANY_VIDEO = 1_000_000_000
INPUT = "EndoDepthPanel.Input"
"""Attribute of a case's browser: the mark of the file or folder that it was made of."""


@dataclass(frozen=True)
class _Source:
    """Where the child reads, which frames, the steps that write it first, and patient and study that it names."""

    path: Path
    reading: list[str]
    before: Callable[[], Iterator[Step]] | None = None
    names: PatientStudy | None = None


def reconstruction_job(
    scene: Any,
    parameters: EndoDepthParameterNode,
    reading: list[str],
    first_index: int | None,
    weights: str,
    is_agreed: bool,
) -> Job:
    """The job of Apply.

    reading: range and step as the command line takes them; first_index: the number of the range's first frame, if it
    is known. is_agreed: to the terms of weights for research use. Raises InputError for an input that is none.
    """
    name = parameters.caseName.strip() or source_name(parameters)
    with _folder_of_job() as temporary:
        output = Path(parameters.resultsPath.strip()) if parameters.resultsPath.strip() else temporary / "results"
        source = _source(parameters, temporary, reading, first_index)
        arguments = ["reconstruct", str(source.path), "--output", str(output), "--results-only", *source.reading]
        for prompt in parameters.prompts:
            arguments += ["--prompt", prompt]
        arguments += camera_arguments(parameters, temporary)
    arguments += ["--weights", weights, "--device", parameters.device.value]
    arguments += ["--max-frames", str(parameters.mostFrames)]
    if is_agreed:
        arguments.append("--accept-research-use")
    if parameters.surfaceStep:
        arguments += ["--surface-step", str(parameters.surfaceStep)]
    return Job(
        name,
        tuple(arguments),
        lambda: CaseReceiver(scene, output, name, source.names),
        source.before,
        (temporary,),
        _remover(parameters.replacedCase),
    )


def import_job(scene: Any, parameters: EndoDepthParameterNode, reading: list[str]) -> Job:
    """The job of Import: frames into a sequence, without depth. Raises InputError for an input that is none."""
    name = parameters.caseName.strip() or source_name(parameters)
    with _folder_of_job() as temporary:
        output = temporary / "decoded"
        source = _source(parameters, temporary, reading, None, is_single=False)
    arguments = ("frames", str(source.path), "--output", str(output), *source.reading)
    return Job(name, arguments, lambda: ImportReceiver(scene, output, name, source.names), source.before, (temporary,))


@contextmanager
def _folder_of_job() -> Iterator[Path]:
    """A new temporary folder, which goes again when the job cannot be described."""
    folder = Path(tempfile.mkdtemp(prefix=_FOLDER_PREFIX, dir=slicer.app.temporaryPath))
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def source_name(parameters: EndoDepthParameterNode) -> str:
    """What the input is called. Raises InputError without one."""
    if parameters.inputKind.is_on_disk:
        return Path(parameters.inputPath).stem
    node = parameters.inputSequence if parameters.inputKind is InputKind.SEQUENCE else parameters.inputVolume
    if node is None:
        raise InputError("no input was chosen; choose a sequence or a volume of the scene")
    return str(node.GetName())


def _source(
    parameters: EndoDepthParameterNode,
    temporary: Path,
    reading: list[str],
    first_index: int | None,
    is_single: bool | None = None,
) -> _Source:
    is_single = parameters.scope is Scope.CURRENT if is_single is None else is_single
    folder = temporary / "frames"
    if parameters.inputKind is InputKind.VOLUME:
        return _Source(folder, [], lambda: export_steps(parameters.inputVolume, folder, None))
    if parameters.inputKind is InputKind.SEQUENCE:
        node = parameters.inputSequence
        positions = (selected_position(node),) if is_single else kept_positions(node, parameters)
        return _Source(folder, [], lambda: export_steps(node, folder, positions))
    wanted = _current_frame(parameters, first_index) if is_single else reading
    if parameters.inputKind is InputKind.DICOM:
        dicom = EndoscopyDicom.open(Path(parameters.inputPath))
        return _Source(dicom.extracted(temporary), wanted, lambda: extraction_steps(dicom, temporary), dicom.names)
    return _Source(Path(parameters.inputPath), wanted)


def extraction_steps(dicom: EndoscopyDicom, folder: Path) -> Iterator[Step]:
    """Write the video or the pictures of a DICOM file; one piece a step. Raises InputError, OutputError."""
    for done in dicom.extract(folder):
        yield Step(done, dicom.n_frames if not dicom.is_video else 0)


def _current_frame(parameters: EndoDepthParameterNode, first_index: int | None) -> list[str]:
    index = shown_frame_index(parameters)
    index = first_index if index is None else index
    if index is not None:
        return ["--start", str(index), "--stop", str(index + 1)]
    start = ["--start", parameters.start.strip()] if parameters.start.strip() else []
    return [*start, "--every", str(_BEYOND_ANY_VIDEO)]


def shown_frame_index(parameters: EndoDepthParameterNode) -> int | None:
    """The number in its video of the frame that the shown case stands at, None when it was not made of this input."""
    try:
        view = CaseView.find(parameters.shownCase)
    except InputError:
        return None
    return view.frame_index if view.browser.GetAttribute(INPUT) == input_mark(parameters.inputPath) else None


def input_mark(path: str) -> str:
    """What tells inputs apart in a scene without naming folders, which may name a patient."""
    return hashlib.sha256(str(Path(path.strip()).absolute()).encode()).hexdigest()


def selected_position(sequence: Any) -> int:
    """The position at which a sequence is shown by its first browser, 0 without one."""
    browser = slicer.modules.sequences.logic().GetFirstBrowserNodeForSequenceNode(sequence)
    return max(0, int(browser.GetSelectedItemNumber())) if browser is not None else 0


def kept_positions(sequence: Any, parameters: EndoDepthParameterNode) -> tuple[int, ...]:
    """The positions of the range's frames in a sequence of the scene. Raises InputError for a range without frames."""
    count = sequence.GetNumberOfDataNodes()
    start, stop = (_position(sequence, text.strip()) for text in (parameters.start, parameters.stop))
    kept = tuple(range(start or 0, count if stop is None else min(stop, count), parameters.every))
    if not kept:
        raise InputError(
            f"no frame of '{sequence.GetName()}' lies between {parameters.start or 0} and {parameters.stop or count}; "
            f"it has {count} frames: choose another range"
        )
    return kept


def _position(sequence: Any, text: str) -> int | None:
    """The position of a frame number, or of the first frame at or after a time; None without text."""
    if not text:
        return None
    place = parse_position(text)
    if isinstance(place, int):
        return place
    count = sequence.GetNumberOfDataNodes()
    return next((number for number in range(count) if _time_s(sequence, number) >= place), count)


def _time_s(sequence: Any, position: int) -> float:
    try:
        return float(sequence.GetNthIndexValue(position))
    except ValueError:
        raise InputError(
            f"sequence '{sequence.GetName()}' has no times; give the range as frame numbers, from 0"
        ) from None


def export_steps(node: Any, folder: Path, positions: Sequence[int] | None) -> Iterator[Step]:
    """Write the frames of a sequence at these positions, or a volume, as pictures, and their times; one a step.

    Raises InputError for what holds no pictures, OutputError when the disk is full.
    """
    export = FrameExport(node, folder)
    places = range(len(export)) if positions is None else positions
    for number, place in enumerate(places, start=1):
        export.write(place)
        yield Step(number, len(places))
    if positions is not None and node.GetIndexUnit() == "s":
        _write_times(folder, positions, [_time_s(node, each) for each in positions])


def _write_times(folder: Path, positions: Sequence[int], times_s: Sequence[float]) -> None:
    """Keep the times of exported frames for the job. A sequence may count from before zero: then all are shifted."""
    shift = min(0.0, *times_s)
    names = [f"{position:06d}.png" for position in positions]
    atomic_write(folder / TIMES_FILE, times_text(names, [time - shift for time in times_s]))


def camera_arguments(parameters: EndoDepthParameterNode, temporary: Path) -> list[str]:
    """How the command line is told of the camera; that of a node is written to a file in `temporary`."""
    arguments = ["--undistort"] if parameters.undistort else []
    kind = parameters.cameraKind
    if kind is CameraKind.FIELD_OF_VIEW:
        return [*arguments, "--fov", f"{parameters.fieldOfViewDeg:g}"]
    if kind is CameraKind.FILE:
        return [*arguments, "--camera", parameters.cameraPath.strip()]
    camera = camera_of(parameters.cameraNode) if kind is CameraKind.NODE and parameters.cameraNode is not None else None
    if camera is None:
        return arguments
    path = temporary / "camera.json"
    values = {**asdict(camera), "distortion_model": camera.distortion_model.value}
    path.write_text(json.dumps(values), encoding="utf-8")
    return [*arguments, "--camera", str(path)]


def _remover(browser: Any) -> Callable[[], None] | None:
    """What takes a case out of the scene, None without one."""
    if browser is None:
        return None

    def remove() -> None:
        if browser.GetScene() is not None:  # else the user was quicker
            remove_case(CaseView.find(browser))

    return remove
