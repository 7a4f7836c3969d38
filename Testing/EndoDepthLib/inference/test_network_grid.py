"""Between the decoded pixels and the network's input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from EndoDepthLib.errors import InputError
from EndoDepthLib.inference.network_grid import NetworkGrid, network_size

PIXELS = 320 * 256


@pytest.mark.parametrize(
    ("size", "expected"),
    [((640, 512), (320, 256)), ((1920, 1080), (384, 224)), ((3840, 2160), (384, 224)), ((384, 384), (288, 288))],
)
def test_usual_sizes(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert network_size(*size, PIXELS) == expected


@given(st.integers(16, 4096), st.integers(16, 4096))
def test_every_size_fits(width: int, height: int) -> None:
    network_width, network_height = network_size(width, height, PIXELS)
    assert network_width % 32 == 0 and network_height % 32 == 0
    assert 0.3 * PIXELS < network_width * network_height < 1.3 * PIXELS
    if 0.5 < width / height < 2:
        assert network_width / network_height == pytest.approx(width / height, rel=0.11)


def test_the_content_fills_the_input() -> None:
    image = np.full((60, 100, 3), 255, dtype=np.uint8)  # bright outside the content: must not be seen
    content = np.zeros((60, 100), dtype=bool)
    content[10:50, 30:70] = True
    image[content] = (10, 20, 30)
    grid = NetworkGrid.fit(content, 64 * 64)
    assert (grid.x, grid.y, grid.width, grid.height) == (30, 10, 40, 40)
    seen = grid.to_network(image)
    assert seen.shape == (3, 64, 64) and seen.dtype == np.float32
    assert np.allclose(seen * 255, np.array([10, 20, 30])[:, None, None], atol=0.01)


def test_outside_a_round_content_is_black() -> None:
    y, x = np.mgrid[:64, :64]
    content = (x - 31.5) ** 2 + (y - 31.5) ** 2 < 31**2
    seen = NetworkGrid.fit(content, 64 * 64).to_network(np.full((64, 64, 3), 200, dtype=np.uint8))
    assert seen[:, 0, 0].max() == 0 and seen[:, 32, 32].min() > 0.7


def test_a_ramp_comes_back_where_it_was() -> None:
    # Edges lie on edges: a ramp in pixel coordinates survives the way to the network and back but for the border.
    width, height = 96, 64
    ramp = np.broadcast_to(np.arange(width, dtype=np.uint8)[None, :, None], (height, width, 3))
    grid = NetworkGrid.fit(np.ones((height, width), dtype=bool), 192 * 128)
    back = grid.from_network(grid.to_network(ramp)[0] * 255)
    assert back.shape == (height, width)
    assert np.abs(back[:, 2:-2] - ramp[:, 2:-2, 0]).max() < 0.02


def test_paste_marks_the_outside() -> None:
    content = np.zeros((6, 8), dtype=bool)
    content[2:5, 3:7] = True
    content[2, 3] = False
    pasted = NetworkGrid.fit(content, 32 * 32).paste(np.ones((3, 4), dtype=np.float32), np.nan)
    assert np.array_equal(np.isfinite(pasted), content) and pasted.dtype == np.float32


def test_an_empty_content_is_refused() -> None:
    with pytest.raises(InputError, match="empty"):
        NetworkGrid.fit(np.zeros((20, 20), dtype=bool), PIXELS)
