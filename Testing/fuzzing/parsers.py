"""Everything of EndoDepth that reads bytes from outside, each with sound samples of what it reads.

A parser takes damaged bytes and a scratch folder; it may return anything or raise an EndoDepthError, nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fuzzing import pictures, texts

Read = Callable[[bytes, Path], object]


@dataclass(frozen=True)
class Parser:
    """samples: makes sound inputs in a folder."""

    read: Read
    samples: Callable[[Path], list[bytes]]


PARSERS: dict[str, Parser] = {
    "video": Parser(pictures.read_video, pictures.video_samples),
    "image": Parser(pictures.read_picture, pictures.image_samples),
    "results picture": Parser(pictures.read_results_picture, pictures.image_samples),
    "array": Parser(pictures.read_array_bytes, pictures.array_samples),
    "surface": Parser(pictures.read_surface, pictures.surface_samples),
    "camera": Parser(texts.read_camera, texts.camera_samples),
    "results": Parser(texts.read_results, texts.results_samples),
    "frames": Parser(texts.read_frames, texts.frames_samples),
    "tracking": Parser(texts.read_tracking, texts.tracking_samples),
    "motion": Parser(texts.read_motion, texts.motion_samples),
    "reference depth": Parser(pictures.read_plane_bytes, pictures.plane_samples),
    "reference archive": Parser(pictures.read_npz, pictures.npz_samples),
    "label names": Parser(
        texts.read_label_names, lambda _: [b'{"labels": [{"value": 0, "name": "none"}, {"value": 1, "name": "liver"}]}']
    ),
    "times": Parser(texts.read_times_bytes, lambda _: [b"file,time_s\n0.png,0\n1.png,0.04\n2.png,0.08\n3.png,0.12\n"]),
    "manifest": Parser(texts.read_manifest_bytes, texts.manifest_samples),
    "vocabulary": Parser(texts.read_vocabulary, texts.vocabulary_samples),
    "catalogue": Parser(texts.read_catalogue, texts.catalogue_samples),
    "weights": Parser(texts.read_weights, texts.weights_samples),
    "dicom": Parser(pictures.read_dicom, pictures.dicom_samples),
    "arguments": Parser(texts.read_arguments, texts.arguments_samples),
    "prompt": Parser(
        texts.read_prompt, lambda _: [b"the liver", b"surgical instruments", "Gallenblase \u00e9".encode()]
    ),
}
