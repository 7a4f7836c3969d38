"""The job of `endodepth depth` and `endodepth segment`: one file per kept frame, memory independent of their number."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from EndoDepthCLI.job.estimate import flat_bytes
from EndoDepthCLI.job.flat_folder import FlatFolder, frame_file
from EndoDepthCLI.job.frame_loop import stream_frames
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


def write_depth(
    reading: ReadingOptions, lens: CameraOptions, weights: WeightOptions, output: OutputOptions
) -> tuple[Path, int]:
    """Write NNNNNN.npy (float32 (H, W), NaN = invalid, nominal while up to scale), validity, camera and report.

    Returns the folder and the number of frames. Raises an EndoDepthError for what the user can mend.
    """

    def encode(depth: DepthMap, labels: LabelMap | None) -> bytes:
        return encode_array(depth.depth)

    return _write_flat("depth", ".npy", encode, reading, lens, weights, (), output)


def write_segmentation(
    reading: ReadingOptions,
    lens: CameraOptions,
    weights: WeightOptions,
    prompts: tuple[str, ...],
    output: OutputOptions,
) -> tuple[Path, int]:
    """Write NNNNNN.png (uint8 (H, W), 0 = none, i + 1 = i-th structure), labels.json and report.json.

    Without prompts every class of the weights is marked. Returns the folder and the number of frames.
    """

    def encode(depth: DepthMap, labels: LabelMap | None) -> bytes:
        assert labels is not None  # a segmentation is prepared with at least one structure
        return encode_image(labels.labels)

    return _write_flat("segment", ".png", encode, reading, lens, weights, prompts, output)


def _write_flat(
    kind: str,
    suffix: str,
    encode: Callable[[DepthMap, LabelMap | None], bytes],
    reading: ReadingOptions,
    lens: CameraOptions,
    weights: WeightOptions,
    prompts: tuple[str, ...],
    output: OutputOptions,
) -> tuple[Path, int]:
    clock, messages = StageClock(), Messages()
    current_teller().prepare()
    with clock.stage("prepare"):
        marks = kind == "segment"
        prepared = prepare(
            reading, lens, weights, prompts, output, messages, all_classes=marks, camera_matters=not marks
        )
        request = build_request(kind, prepared, reading, has_surfaces=False, settings={})
        check_disk(output.output, flat_bytes(kind, prepared.video.frame_count, prepared.camera))
    with discard_on_failure(output.output, frame_file(output.output, 0, suffix)):
        folder = FlatFolder.begin(output.output, request, suffix, output.resume)
        if kind == "depth":
            with atomic_path(folder.folder / "camera.json") as aside:
                save_camera(prepared.camera, aside)
        else:
            atomic_write(folder.folder / "labels.json", _labels_json(prepared))

        def process(position: int, frame: Frame) -> None:
            depth, labels, validity = prepared.predict(frame)
            folder.write(position, encode(depth, labels), validity)

        with clock.stage("frames"):
            frames, computed = stream_frames(
                prepared,
                lambda position, _: folder.is_done(position),
                process,
            )
        manifest = folder.finish(tuple(frames))
        run = {"device": str(prepared.model.device), "frames_computed": computed}
        write_report(folder.folder / "report.json", manifest, messages.warnings, clock, run)
    return folder.folder, len(frames)


def _labels_json(prepared: Prepared) -> str:
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
    return json.dumps({"labels": [background, *entries]}, indent=2, ensure_ascii=False) + "\n"
