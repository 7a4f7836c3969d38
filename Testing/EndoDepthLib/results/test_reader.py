"""What was written is read back exactly; damage is named in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_case.lettered import camera, depth, image, labels, make_results, request, write_frame

from EndoDepthLib.errors import InputError
from EndoDepthLib.geometry import load_camera
from EndoDepthLib.results import ResultsFolder, ResultsRequest, ResultsWriter
from EndoDepthLib.values import Camera, DistortionModel, Scale


@pytest.fixture
def results(tmp_path: Path) -> ResultsFolder:
    return make_results(tmp_path / "out", request(camera()), 3)


def test_values_come_back_exactly(results: ResultsFolder) -> None:
    lens = results.camera
    assert lens == camera() == load_camera(results.folder / "camera.json", *results.size)
    assert len(results) == 3
    assert results.is_complete
    assert results.content.all()
    for number in range(3):
        frame = results.frame(number)
        assert np.array_equal(frame.image, image(lens, number))
        assert (frame.index, frame.time_s) == (5 * number, 0.2 * number)
        assert np.array_equal(results.depth(number).depth, depth(lens, number).depth, equal_nan=True)
        assert np.abs(results.depth(number).confidence - depth(lens, number).confidence).max() < 1e-3
        found = results.labels(number)
        assert found is not None
        assert np.array_equal(found.labels, labels(lens, number, found.names).labels)
        surface = results.surface(number)
        assert surface is not None
        columns, rows = surface.pixels.astype(int).T
        assert np.array_equal(surface.colors, frame.image[rows, columns])
        assert np.allclose(surface.vertices[:, 2], results.depth(number).depth[rows, columns])


def test_a_job_can_be_followed_while_it_runs(tmp_path: Path) -> None:
    writer = ResultsWriter.create(tmp_path / "out", request(camera(), segments=(), has_surfaces=False))
    following = ResultsFolder.open(tmp_path / "out")
    counts = []
    for number in range(3):
        write_frame(writer, number)
        counts.append(following.refresh())
        assert following.labels(number) is None
        assert following.surface(number) is None
    assert counts == [1, 2, 3]
    assert not following.is_complete


@given(
    focal=st.floats(1, 1e4),
    coefficients=st.lists(st.floats(-1, 1), min_size=4, max_size=4),
    name=st.text(min_size=1, max_size=20),
    scale=st.sampled_from(Scale),
)
def test_a_request_is_what_its_text_says(focal: float, coefficients: list[float], name: str, scale: Scale) -> None:
    lens = Camera(focal, focal, 3.5, 4.5, 9, 11, DistortionModel.FISHEYE, tuple(coefficients))
    asked = request(lens, settings={"text": name}, scale=scale)
    again = ResultsRequest.from_json(asked.to_json())
    assert again == asked
    assert again.first_difference(asked) is None


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("results.json", b"", "damaged"),
        ("results.json", b"[1, 2]", "no EndoDepth results file"),
        ("results.json", b'{"schema": "endodepth-results", "version": 99}', "version 99"),
        ("results.json", b'{"schema": "endodepth-results", "version": 1}', "lacks or misstates"),
        ("results.json", b"\xff\xfe\x00", "cannot read"),
        ("frames/000001.png", b"\x89PNG cut", "readable 8-bit PNG"),
        ("depth/000001.npy", b"", "readable .npy"),
        ("depth/000001.npy", None, "cannot read"),
        ("surfaces/000001.ply", None, "missing"),
    ],
)
def test_damage_is_named_in_one_line(results: ResultsFolder, file: str, content: bytes | None, message: str) -> None:
    path = results.folder / file
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        again = ResultsFolder.open(results.folder)
        again.frame(1), again.depth(1), again.surface(1)
    assert "\n" not in str(caught.value)
    assert file.split("/")[-1] in str(caught.value)


def test_arrays_of_another_size_and_positions_outside_are_refused(results: ResultsFolder) -> None:
    np.save(results.folder / "depth/000000.npy", np.ones((4, 4), np.float32))
    with pytest.raises(InputError, match="expected 96 x 64"):
        results.depth(0)
    with pytest.raises(InputError, match="holds 3 frames"):
        results.frame(3)


def test_a_pickled_array_is_not_opened(results: ResultsFolder) -> None:
    np.save(results.folder / "depth/000000.npy", np.array([[object()]]), allow_pickle=True)
    with pytest.raises(InputError, match="readable .npy"):
        results.depth(0)


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no results.json"):
        ResultsFolder.open(tmp_path)
