from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from moving_camera.two_planes import CAMERA, poses, view, write_frames

from EndoDepthLib.geometry.camera_source import CameraSource, SourcedCamera
from EndoDepthLib.inference import EndoDepthModel
from EndoDepthLib.motion import Motion, SparsePoints
from EndoDepthLib.networks import EndoDepthNetwork, NetworkConfig, save_checkpoint
from EndoDepthLib.prompts import load_vocabulary
from EndoDepthLib.values import Trajectory

FRAMES = 8


@pytest.fixture(scope="session")
def a_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures of the two planes."""
    folder = tmp_path_factory.mktemp("video") / "frames"
    return write_frames(folder, [view(pose)[0] for pose in poses(FRAMES)])


@pytest.fixture(scope="session")
def a_motion() -> Motion:
    """What structure from motion of it would give without any error: true poses, true points, half a world's scale."""
    truth = poses(FRAMES)
    rng = np.random.default_rng(0)
    depths = [view(pose)[1] for pose in truth]
    xyz, point, frame, pixel = [], [], [], []
    rays = np.linalg.inv(CAMERA.matrix)
    for number in range(400):
        seen_in = rng.integers(FRAMES)
        u, v = rng.uniform(0, CAMERA.width - 1), rng.uniform(0, CAMERA.height - 1)
        local = rays @ [round(u), round(v), 1.0] * depths[seen_in][round(v), round(u)]
        place = truth[seen_in][:3, :3] @ local + truth[seen_in][:3, 3]
        xyz.append(place)
        for index, pose in enumerate(truth):
            there = pose[:3, :3].T @ (place - pose[:3, 3])
            spot = CAMERA.matrix @ there / there[2]
            column, row = round(spot[0]), round(spot[1])
            if 0 <= column < CAMERA.width and 0 <= row < CAMERA.height and there[2] < 1.02 * depths[index][row, column]:
                point.append(number)
                frame.append(index)
                pixel.append(spot[:2])
    halved = truth.copy()
    halved[:, :3, 3] /= 2
    points = SparsePoints(
        np.array(xyz) / 2, np.array(point), np.array(frame), np.array(pixel), np.full(len(point), 0.3)
    )
    return Motion(CAMERA, False, Trajectory(halved, np.arange(FRAMES)), points, FRAMES, 5.0)


@pytest.fixture(scope="session")
def a_camera() -> SourcedCamera:
    return SourcedCamera(CAMERA, CameraSource.FILE, "camera from room.json")


@pytest.fixture(scope="session")
def a_model(tmp_path_factory: pytest.TempPathFactory) -> EndoDepthModel:
    """Small and untrained, with batch statistics of noise."""
    torch.manual_seed(0)
    config = NetworkConfig(input_pixels=96 * 64, pixel_dim=16, attention_dim=32, depth_channels=(16, 16, 8, 8, 8))
    network = EndoDepthNetwork(config).train()
    for norm in (module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)):
        norm.momentum = 1.0
    with torch.no_grad():
        network(torch.rand(2, 3, 64, 96), torch.from_numpy(load_vocabulary().embeddings))
    file = tmp_path_factory.mktemp("weights") / "untrained.safetensors"
    save_checkpoint(file, network.eval(), load_vocabulary().to_dict(), {"steps": 0}, half=False)
    return EndoDepthModel.load(file, "cpu")
