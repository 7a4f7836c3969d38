"""JSON, tables, weights, arguments: samples of each, and what reads them."""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import random
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from EndoDepthLib.prompts import Vocabulary


def camera_samples(folder: Path) -> list[bytes]:
    plain = {"fx": 80.0, "fy": 80.0, "cx": 47.5, "cy": 31.5, "width": 96, "height": 64}
    ros = {"camera_matrix": {"data": [80, 0, 47, 0, 80, 31, 0, 0, 1]}, "image_width": 96, "image_height": 64}
    ros |= {"distortion_model": "plumb_bob", "distortion_coefficients": {"data": [0.1, 0, 0, 0, 0]}}
    return [json.dumps(values).encode() for values in (plain, ros, plain | {"distortion": [0.1, 0, 0, 0]})]


def read_camera(data: bytes, folder: Path) -> object:
    from EndoDepthLib.geometry import load_camera

    (folder / "camera.json").write_bytes(data)
    return load_camera(folder / "camera.json")


def results_samples(folder: Path) -> list[bytes]:
    from EndoDepthLib.results import ResultsFrame, ResultsInput, ResultsManifest, ResultsRequest
    from EndoDepthLib.results.manifest import ResultsSegment
    from EndoDepthLib.values import Camera

    camera = Camera.from_fov(70, 32, 24)
    request = ResultsRequest(
        ResultsInput("a.mp4", 25.0), camera, "fov", "w", "0" * 64, (ResultsSegment("l", "liver", (1, 2, 3)),)
    )
    return [ResultsManifest(request, tuple(ResultsFrame(i, i / 25) for i in range(3)), True).to_text().encode()]


def read_results(data: bytes, folder: Path) -> object:
    from EndoDepthLib.results import ResultsFolder

    (folder / "results.json").write_bytes(data)
    results = ResultsFolder.open(folder)
    return results.request.to_json(), results.content, results.size


def frames_samples(folder: Path) -> list[bytes]:
    from EndoDepthLib.results import FramesRequest, ResultsFrame
    from EndoDepthLib.results.frames_manifest import FramesManifest

    request = FramesRequest("a.mp4", "0" * 64, 32, 24, 25.0, None, "3s", 1, ("4x4+0+0",))
    return [FramesManifest(request, (ResultsFrame(0, 0.0),), True).to_text().encode()]


def read_frames(data: bytes, folder: Path) -> object:
    from EndoDepthLib.results import FramesFolder

    (folder / "frames.json").write_bytes(data)
    frames = FramesFolder.open(folder)
    return frames.frames, frames.width, frames.frame_rate


def tracking_samples(folder: Path) -> list[bytes]:
    from EndoDepthLib.tracking.tracked_folder import METHODS

    frames = [
        {"position": i, "index": i, "time_s": i / 25, "submap": 0, "method": METHODS[0], "disparity_scale": 1.0}
        | {"disparity_shift": 0.0, "world_from_camera": np.eye(4)[:3].tolist()}
        for i in range(3)
    ]
    camera = json.loads(camera_samples(folder)[0]) | {"distortion_model": "none", "distortion": []}
    head = {"schema": "endodepth-tracking", "version": 1, "results": "..", "results_sha256": "0" * 64}
    head |= {"scale": "up_to_scale", "scale_source": "unknown", "axes": "OpenCV", "camera": camera, "settings": {}}
    return [json.dumps(head | {"lost": [{"position": 5, "reason": "blur"}], "frames": frames}).encode()]


def read_tracking(data: bytes, folder: Path) -> object:
    from EndoDepthLib.tracking import load_tracked

    (folder / "tracking.json").write_bytes(data)
    return load_tracked(folder)


def motion_samples(folder: Path) -> list[bytes]:
    from EndoDepthLib.motion.motion_file import save_motion
    from EndoDepthLib.motion.result import Motion, MotionFailure, MotionProblem, SparsePoints
    from EndoDepthLib.values import Camera, Trajectory

    points = SparsePoints(
        np.ones((2, 3)), np.zeros(3, np.int64), np.arange(3), np.ones((3, 2), np.float32), np.ones(3, np.float32)
    )
    poses = Trajectory(np.stack([np.eye(4)] * 3), np.arange(3))
    save_motion(folder / "m.npz", Motion(Camera.from_fov(70, 32, 24), False, poses, points, 3, 5.0))
    save_motion(folder / "f.npz", MotionFailure(MotionProblem.TOO_SHORT, "too short"))
    return [(folder / name).read_bytes() for name in ("m.npz", "f.npz")]


def read_motion(data: bytes, folder: Path) -> object:
    from EndoDepthLib.motion.motion_file import load_motion

    (folder / "m.npz").write_bytes(data)
    return load_motion(folder / "m.npz")


def read_label_names(data: bytes, folder: Path) -> object:
    from EndoDepthLib.evaluation.label_references import find_labels

    (folder / "labels.json").write_bytes(data)
    assert cv2.imwrite(str(folder / "0.png"), np.zeros((4, 6), np.uint8))
    return find_labels(folder)


def read_times_bytes(data: bytes, folder: Path) -> object:
    from EndoDepthLib.video.image_times import read_times

    (folder / "times.csv").write_bytes(data)
    return read_times(folder, [folder / f"{number}.png" for number in range(4)])


def read_manifest_bytes(data: bytes, folder: Path) -> object:
    from EndoDepthCLI.batch import BatchOptions
    from EndoDepthCLI.job.batch.manifest import check_inputs, read_manifest
    from EndoDepthCLI.option_groups import CameraOptions, PromptOptions, WeightOptions

    path = folder / "manifest.csv"
    path.write_bytes(data)
    options = BatchOptions(path, folder / "out", PromptOptions(), CameraOptions(), WeightOptions())
    cases = read_manifest(options)
    for case in cases:
        place = folder / "out" / "cases" / case.name
        assert place.parent == folder / "out" / "cases" and case.name not in ("", ".", ".."), case.name
        assert not set(case.name) & set("/\\\0"), case.name
    check_inputs(path, cases)
    return cases


def manifest_samples(folder: Path) -> list[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["input", "name", "kind", "prompts", "fov", "every", "start", "stop", "hide", "undistort"])
    writer.writerow([".", "one", "depth", "liver; fat", "70", "5", "1s", "1:05", "4x4+0+0", "yes"])
    writer.writerow(["..", 'tw"o', "", "", "", "", "", "", "", ""])
    return [text.getvalue().encode()]


def vocabulary_samples(folder: Path) -> list[bytes]:
    from EndoDepthLib.prompts import load_vocabulary

    return [json.dumps(load_vocabulary().to_dict(with_embeddings=False)).encode()]


def read_vocabulary(data: bytes, folder: Path) -> object:
    from EndoDepthLib.prompts import Vocabulary

    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return Vocabulary.from_dict(values) if isinstance(values, dict) else None


def catalogue_samples(folder: Path) -> list[bytes]:
    from EndoDepthLib.inference.catalogue import CATALOGUE_FILE

    values = json.loads(CATALOGUE_FILE.read_text(encoding="utf-8"))
    for entry in values["entries"]:
        entry["figures"] = dict(list(entry["figures"].items())[:3])
    return [json.dumps(values).encode()]


def read_catalogue(data: bytes, folder: Path) -> object:
    from EndoDepthLib.inference import load_catalogue

    (folder / "catalogue.json").write_bytes(data)
    catalogue = load_catalogue(folder / "catalogue.json")
    for entry in catalogue.entries:
        assert catalogue.path(entry).resolve().is_relative_to(folder.resolve()), entry.weights.file
    return catalogue


def weights_samples(folder: Path) -> list[bytes]:
    import torch

    from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig, save_checkpoint
    from EndoDepthLib.prompts import load_vocabulary

    torch.manual_seed(0)
    config = NetworkConfig(input_pixels=1024, attention_dim=8, depth_channels=(4, 4, 4, 4, 4), segmentation_channels=4)
    save_checkpoint(folder / "w.safetensors", EndoDepthNetwork(config, None), load_vocabulary().to_dict(), {})
    return [(folder / "w.safetensors").read_bytes()]


def read_weights(data: bytes, folder: Path) -> object:
    from EndoDepthLib.inference.weights import load_weights

    draw = random.Random(len(data) + sum(data[:64]))
    if draw.random() < 0.7:  # a forger gets the digest right: what lies behind that check has to hold too
        data = _with_its_digest(data)
    (folder / "x.safetensors").write_bytes(data)
    return load_weights(folder / "x.safetensors")


def _with_its_digest(data: bytes) -> bytes:
    key = b'content_sha256\\": \\"'
    at = data.find(key)
    if at < 0:
        return data
    at += len(key)
    blank = data[:at] + b"0" * 64 + data[at + 64 :]
    return blank[:at] + hashlib.sha256(blank).hexdigest().encode() + blank[at + 64 :]


def arguments_samples(folder: Path) -> list[bytes]:
    lines = (
        "reconstruct a.mp4 --output out --prompt liver --start 5 --stop 12.5s --every 2 --fov 70 --hide 4x4+0+0",
        "depth a.mp4 --output out --camera c.json --undistort --resume --weights default --device cpu",
        "batch m.csv --output out --workers 2 --case-timeout 1e3 --takeover-after 5 --kind depth --attempts 2",
        "frames a.mp4 --output out --every 3",
        "synthesize colon --output out --frames 3 --seed 1 --width 320",
        "adapt a.mp4 --output w.safetensors --minutes 3",
    )
    return [line.replace(" ", "\0").encode() for line in lines]


@cache
def _command_line() -> argparse.ArgumentParser:
    from EndoDepthCLI.main import build_parser

    return build_parser()


def read_arguments(data: bytes, folder: Path) -> object:
    from EndoDepthCLI.options import read_options
    from EndoDepthLib.video.hidden import Rectangle
    from EndoDepthLib.video.position import parse_position

    arguments = [part.decode("utf-8", "surrogateescape") for part in data.split(b"\0")]
    namespace = argparse.Namespace()
    sink = io.StringIO()
    try:
        with redirect_stdout(sink), redirect_stderr(sink):
            _command_line().parse_args(arguments, namespace)
    except SystemExit as end:
        assert end.code in (0, 2), end.code
        assert end.code == 0 or sink.getvalue().count("\n") == 1, sink.getvalue()
        return None
    if "chosen" not in namespace:
        return None
    options = read_options(namespace.chosen.options, namespace)
    reading = getattr(options, "reading", None)
    for text in (getattr(reading, "start", None), getattr(reading, "stop", None)):
        if text is not None:
            parse_position(text)
    return [Rectangle.parse(text) for text in getattr(reading, "hide", ())]


def read_prompt(data: bytes, folder: Path) -> object:
    from EndoDepthLib.prompts.resolver import resolve_prompts

    return resolve_prompts([data.decode("utf-8", "surrogateescape")], _known_terms())


@cache
def _known_terms() -> Vocabulary:
    """The shipped vocabulary without its text tower, which is a network of its own."""
    from EndoDepthLib.prompts import load_vocabulary

    return replace(load_vocabulary(), text_tower_sha256=None)
