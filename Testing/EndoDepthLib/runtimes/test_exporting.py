"""The exported file says what the program says, for any number of texts."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from EndoDepthLib.errors import SettingsError
from EndoDepthLib.inference import EndoDepthModel
from EndoDepthLib.inference.weights import LoadedWeights
from EndoDepthLib.runtimes.exporting import _resizing, export_model
from EndoDepthLib.runtimes.probe import DEPTH_TOLERANCE, LABEL_TOLERANCE, probe_picture
from EndoDepthLib.values import Frame

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")


def test_the_exported_file_predicts_as_the_program(small_weights: LoadedWeights, tmp_path: Path) -> None:
    width, height = 200, 150
    path = tmp_path / "model.onnx"
    export_model(small_weights, path, width, height)
    described = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    image = (probe_picture(width, height).transpose(1, 2, 0) * 255).astype(np.uint8)
    texts = np.array(described["texts"], dtype=np.float32)
    assert np.array_equal(texts, small_weights.embeddings)
    depth, confidence, labels = session.run(None, {"image": image, "texts": texts})
    model = EndoDepthModel(small_weights)
    expected = model.predict(Frame(image), prompts=model.vocabulary.classes[:1])
    answer = model.runtime.run(_seen(model, image), range(len(texts)))
    assert depth.shape == confidence.shape == labels.shape == (height, width) and labels.dtype == np.uint8
    assert np.abs(depth / expected.depth.depth - 1).mean() <= DEPTH_TOLERANCE
    enlarged = np.stack([cv2.resize(each, (width, height)) for each in answer.probabilities])
    assert (labels == enlarged.argmax(axis=0)).mean() >= LABEL_TOLERANCE
    for count in (1, 4):
        assert session.run(["labels"], {"image": image, "texts": texts[:count]})[0].max() <= count


@pytest.mark.parametrize(("size", "small"), [((200, 150), (64, 64)), ((60, 44), (96, 64))], ids=["shrunk", "enlarged"])
def test_pictures_are_resized_as_opencv_does(size: tuple[int, int], small: tuple[int, int]) -> None:
    area = size > small
    image = np.random.default_rng(0).integers(0, 256, (size[1], size[0]), dtype=np.uint8)
    columns, rows = (_resizing(each, other, area).numpy() for each, other in zip(size, small, strict=True))
    wanted = cv2.resize(image, small, interpolation=cv2.INTER_AREA if area else cv2.INTER_LINEAR)
    difference = np.abs((rows @ image.astype(np.float32) @ columns.T).round() - wanted)
    assert difference.max() <= 1 and difference.mean() < 0.2  # OpenCV enlarges bytes with weights of 11 bits


def _seen(model: EndoDepthModel, image: np.ndarray) -> np.ndarray:
    from EndoDepthLib.inference.network_grid import NetworkGrid

    content = np.ones(image.shape[:2], dtype=bool)
    return NetworkGrid.fit(content, model.network.config.input_pixels).to_network(image)


def test_a_frame_too_small_is_refused(small_weights: LoadedWeights, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="16x200"):
        export_model(small_weights, tmp_path / "model.onnx", 16, 200)
    assert not list(tmp_path.iterdir())
