"""The job of `endodepth depth` and `endodepth segment`: one file per kept frame, memory independent of their number."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from EndoDepthCLI.job.estimate import flat_bytes
from EndoDepthCLI.job.flat_folder import FlatFolder, frame_file
from EndoDepthCLI.job.frame_loop import FrameWork, stream_frames
from EndoDepthCLI.job.measurement import StageClock
from EndoDepthCLI.job.messages import Messages
from EndoDepthCLI.job.output import check_disk, discard_on_failure
from EndoDepthCLI.job.preparation import Prepared, prepare
from EndoDepthCLI.job.report import write_report
from EndoDepthCLI.job.request import build_request
from EndoDepthCLI.option_groups import CameraOptions, OutputOptions, ReadingOptions, WeightOptions
from EndoDepthCLI.telling import current_teller
from EndoDepthLib.geometry import save_camera
from EndoDepthLib.results import atomic_path, atomic_write
from EndoDepthLib.results.arrays import encode_array, encode_image
from EndoDepthLib.values import DepthMap, Frame, LabelMap


@dataclass(frozen=True)
class FlatTask:
    """What both jobs are told."""

    reading: ReadingOptions
    lens: CameraOptions
    weights: WeightOptions
    output: OutputOptions
    prompts: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Kind:
    """One of the two jobs: its name, the files' ending, what stands in a file, and what the folder says of them all."""

    name: str
    suffix: str
    encode: Callable[[DepthMap, LabelMap | None], bytes]
    describe: Callable[[Path, Prepared], None]


def write_depth(task: FlatTask) -> tuple[Path, int]:
    """Write NNNNNN.npy (float32 (H, W), NaN = invalid, nominal while up to scale), validity, camera and report.

    Returns the folder and the number of frames. Raises an EndoDepthError for what the user can mend.
    """
    return _write_flat(_Kind("depth", ".npy", lambda depth, _: encode_array(depth.depth), _write_camera), task)


def write_segmentation(task: FlatTask) -> tuple[Path, int]:
    """Write NNNNNN.png (uint8 (H, W), 0 = none, i + 1 = i-th structure), labels.json and report.json.

    Without prompts every class of the weights is marked. Returns the folder and the number of frames. Raises an
    EndoDepthError for what the user can mend.
    """
    return _write_flat(_Kind("segment", ".png", _encode_labels, _write_label_names), task)


def _write_flat(kind: _Kind, task: FlatTask) -> tuple[Path, int]:
    clock, messages = StageClock(), Messages()
    current_teller().prepare()
    with clock.stage("prepare"):
        marks = kind.name == "segment"
        prepared = prepare(
            task.reading,
            task.lens,
            task.weights,
            task.prompts,
            task.output,
            messages,
            all_classes=marks,
            camera_matters=not marks,
        )
        request = build_request(kind.name, prepared, task.reading, has_surfaces=False, settings={})
        check_disk(task.output.output, flat_bytes(kind.name, prepared.video.frame_count, prepared.camera))
    with discard_on_failure(task.output.output, frame_file(task.output.output, 0, kind.suffix)):
        folder = FlatFolder.begin(task.output.output, request, kind.suffix, task.output.resume)
        kind.describe(folder.folder, prepared)

        def compute(frame: Frame) -> tuple[bytes, bytes | None]:
            depth, labels, validity = prepared.predict(frame)
            return kind.encode(depth, labels), encode_image(validity) if request.has_validity else None

        work = FrameWork(compute, lambda position, encoded: folder.write(position, *encoded))
        with clock.stage("frames"):
            frames, computed = stream_frames(
                prepared,
                lambda position, _: folder.is_done(position),
                work,
            )
        manifest = folder.finish(tuple(frames))
        run = {"device": str(prepared.model.device), "frames_computed": computed}
        write_report(folder.folder / "report.json", manifest, messages.warnings, clock, run)
    return folder.folder, len(frames)


def _encode_labels(depth: DepthMap, labels: LabelMap | None) -> bytes:
    assert labels is not None  # a segmentation is prepared with at least one structure
    return encode_image(labels.labels)


def _write_camera(folder: Path, prepared: Prepared) -> None:
    with atomic_path(folder / "camera.json") as aside:
        save_camera(prepared.camera, aside)


def _write_label_names(folder: Path, prepared: Prepared) -> None:
    vocabulary = prepared.model.vocabulary
    entries = [
        {
            "value": value,
            "name": s.name,
            "class": vocabulary.classes[s.class_index],
            "color": list(vocabulary.colors[s.class_index]),
            "taught_by": vocabulary.taught_by[s.class_index],
        }
        for value, s in enumerate(prepared.segments, start=1)
    ]
    background = {"value": 0, "name": "background"}
    text = json.dumps({"labels": [background, *entries]}, indent=2, ensure_ascii=False) + "\n"
    atomic_write(folder / "labels.json", text)
