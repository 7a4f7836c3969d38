"""A phantom video with the labels that a careful person would mark in its frames."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from EndoDepthLib.phantoms import render_video
from EndoDepthLib.phantoms.labels import label_value


def write_annotated_clip(path: Path, frames: int, width: int, height: int, step: float = 3.0) -> list[np.ndarray]:
    """Write a clip that no training saw and return the label maps of its frames, (H, W) uint8 each."""
    writer: Any = None
    labels = []
    for picture in render_video("laparoscopy", frames, 950_035, width, height, optics_strength=0.3, frame_step=step):
        if writer is None:
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (width, height))
        writer.write(cv2.cvtColor(np.ascontiguousarray(picture.image), cv2.COLOR_RGB2BGR))
        labels.append(picture.labels)
    writer.release()
    return labels


def masks_of(names: tuple[str, ...], labels: list[np.ndarray], structures: tuple[str, ...]) -> dict[str, np.ndarray]:
    """(N, H, W) bool pixels of each structure in picked frames, whose names end with their number in the clip."""
    numbers = [int(re.findall(r"\d+", name)[-1]) for name in names]
    return {
        structure: np.stack([labels[number] == label_value(structure) for number in numbers])
        for structure in structures
    }
