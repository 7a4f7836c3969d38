"""Arrays and pictures as bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from EndoDepthLib.results.arrays import encode_image, read_image, to_half


def test_halves_are_numpys() -> None:
    values = np.concatenate([np.linspace(0, 1, 4999), [6e-8, 1e-5, 0.2, 1.0 / 3.0]]).astype(np.float32)
    array = np.stack([values, 1 - values])
    assert np.array_equal(to_half(array).view(np.uint16), array.astype(np.float16).view(np.uint16))


@pytest.mark.parametrize("shape", [(31, 47, 3), (31, 47)], ids=["picture", "map"])
def test_pictures_come_back_as_they_were(shape: tuple[int, ...], tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    path = tmp_path / "image.png"
    path.write_bytes(encode_image(image))
    assert np.array_equal(read_image(path, 3 if len(shape) == 3 else 1), image)
    assert encode_image(image) == path.read_bytes()  # the same bytes every time
