"""Small inputs for the command line: pictures, a video, a camera, and weights of a network that was never trained."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

WIDTH, HEIGHT = 96, 64


def picture(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """(height, width, 3) uint8 RGB: smooth tissue-like hues that change from frame to frame, with a bright spot."""
    rows, columns = np.mgrid[:height, :width]
    image = np.empty((height, width, 3), np.uint8)
    image[..., 0] = 150 + 50 * np.sin(columns / 11 + 0.5 * number)
    image[..., 1] = 80 + 30 * np.cos(rows / 9 - 0.3 * number)
    image[..., 2] = 70 + 20 * np.sin((rows + columns) / 15)
    cv2.circle(image, (width // 3 + 2 * number, height // 2), max(2, height // 10), (250, 240, 235), -1)
    return image


def write_picture(path: Path, image: np.ndarray) -> Path:
    """Write any picture that OpenCV can: colours are RGB or RGBA."""
    order = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    pixels = cv2.cvtColor(image, order[image.shape[2]]) if image.ndim == 3 else image
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return path


def write_pictures(folder: Path, count: int, width: int = WIDTH, height: int = HEIGHT) -> Path:
    """A folder of `count` pictures, 0.png to (count - 1).png."""
    for number in range(count):
        write_picture(folder / f"{number}.png", picture(number, width, height))
    return folder


def write_video(path: Path, count: int, width: int = WIDTH, height: int = HEIGHT, faststart: bool = False) -> Path:
    """An H.264 video of `count` pictures at 10 frames a second, all of them key frames."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"movflags": "faststart"} if faststart else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("libx264", rate=Fraction(10))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"g": "1", "bf": "0", "crf": "15"}
        container.start_encoding()  # so that a video of no pictures is a file as well
        for number in range(count):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(number, width, height), format="rgb24")))
        container.mux(stream.encode())
    return path


def write_camera(path: Path, **changes: object) -> Path:
    """A camera file for the pictures, with these values changed."""
    values: dict[str, object] = {"fx": 80.0, "fy": 80.0, "cx": 47.5, "cy": 31.5, "width": WIDTH, "height": HEIGHT}
    values |= {"distortion_model": "brown_conrady", "distortion": [-0.2, 0.05, 0.0, 0.0]}
    path.write_text(json.dumps({k: v for k, v in (values | changes).items() if v is not None}), encoding="utf-8")
    return path


def write_untrained_weights(path: Path) -> Path:
    """A checkpoint of a small network with the shipped vocabulary and random weights, the same ones every time."""
    import torch

    from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig, save_checkpoint
    from EndoDepthLib.prompts import load_vocabulary

    torch.manual_seed(0)
    config = NetworkConfig(
        input_pixels=96 * 64,
        attention_dim=64,
        depth_channels=(32, 24, 16, 16, 8),
        segmentation_channels=16,
    )
    save_checkpoint(path, EndoDepthNetwork(config, None), load_vocabulary().to_dict(), {"trained": False})
    return path
