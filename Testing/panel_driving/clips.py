"""Rendered clips as video files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from EndoDepthLib.phantoms import render_video


def write_clip(path: Path, frames: int, width: int, height: int, scene: str = "laparoscopy", step: float = 1.0) -> Path:
    """Write a clip that no training saw, 10 frames a second."""
    writer: Any = None
    for picture in render_video(scene, frames, 950_035, width, height, optics_strength=0.3, frame_step=step):
        if writer is None:
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (width, height))
        writer.write(cv2.cvtColor(np.ascontiguousarray(picture.image), cv2.COLOR_RGB2BGR))
    writer.release()
    return path
