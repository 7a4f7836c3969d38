"""Draws the pictures on the buttons of the sample cases, each a frame of its clip.

`python Resources/extension/draw_thumbnails.py` from the repository, after a change of a sample or of the renderer.
"""

from __future__ import annotations

import cv2
import numpy as np

from EndoDepthLib.phantoms import render_video
from EndoDepthWidgets.sample_data import SAMPLES, Sample

WIDTH_PX, HEIGHT_PX = 240, 192


def draw_thumbnail(sample: Sample) -> np.ndarray:
    """The first frame of a sample, RGB uint8 (192, 240, 3)."""
    rendered = render_video(
        sample.scene,
        sample.frames,
        sample.seed,
        2 * WIDTH_PX,
        2 * HEIGHT_PX,
        "cpu",
        optics_strength=sample.optics_strength,
        frame_step=sample.frame_step,
    )
    frame = next(iter(rendered)).image
    return np.asarray(cv2.resize(frame, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA))


if __name__ == "__main__":
    for each in SAMPLES:
        done, encoded = cv2.imencode(".png", cv2.cvtColor(draw_thumbnail(each), cv2.COLOR_RGB2BGR))
        assert done
        each.thumbnail.write_bytes(encoded.tobytes())
