"""The pictures for people: colours that mean something, legends that can be read, files that repeat."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from command_line.material import picture
from sample_case.lettered import LIVER, camera, make_results, request

from EndoDepthCLI.pictures.contact_sheet import write_contact_sheet
from EndoDepthCLI.pictures.depth_colors import INVALID_COLOR, DepthColors
from EndoDepthCLI.pictures.h264 import H264Encoder
from EndoDepthCLI.pictures.legend import LegendEntry, legend_strip
from EndoDepthCLI.pictures.panels import GAP_PX, overlay, panel_row, panel_size
from EndoDepthCLI.pictures.preview import frame_title, write_preview
from EndoDepthCLI.pictures.text import draw_text, shorten, text_width
from EndoDepthLib.errors import OutputError
from EndoDepthLib.results import ResultsInput, ResultsSegment
from EndoDepthLib.values import Camera, DepthMap, Frame, LabelMap


def test_near_is_warm_far_is_cold_and_invalid_is_neither() -> None:
    scale = DepthColors(20.0, 80.0)
    near, far, hole = scale.image(np.array([[20.0, 80.0, np.nan]], np.float32))[0]
    assert near[0] > near[2]
    assert far[2] > far[0]
    assert tuple(hole) == INVALID_COLOR
    assert scale.bar(64, 8).shape == (8, 64, 3)


def test_equal_ratios_of_depth_are_equal_steps_of_colour() -> None:
    scale = DepthColors(10.0, 1000.0)
    middle = scale.image(np.full((1, 1), 100.0)).astype(int)
    np.testing.assert_allclose(middle, scale.bar(101, 1)[:, 50:51], atol=4)  # one step of the colour map


def test_the_scale_spans_the_depths_but_not_their_outliers() -> None:
    depth = np.linspace(40, 60, 10_000, dtype=np.float32)
    depth[0] = 100_000
    scale = DepthColors.spanning([depth, np.full(9, np.nan, np.float32)])
    assert 39 < scale.near < 42
    assert 58 < scale.far < 62
    flat = DepthColors.spanning([np.full(2000, 50, np.float32)])
    assert flat.far == pytest.approx(60)
    assert DepthColors.spanning([]).near > 0


def test_panels_stand_side_by_side_on_one_grid() -> None:
    camera = Camera.from_fov(80, 97, 63)
    ones = np.ones((63, 97), np.float32)
    labels = np.zeros((63, 97), np.uint8)
    labels[20:40, 30:60] = 1
    row = panel_row(
        Frame(picture(0, 97, 63)),
        DepthMap(ones * 50, ones, camera),
        LabelMap(labels, ("liver",)),
        DepthColors(20, 80),
        [(0, 255, 0)],
        480,
    )
    width, height = panel_size(97, 63, 480)
    assert width % 2 == height % 2 == 0
    assert row.shape == (height, 3 * width + 2 * GAP_PX, 3)
    inside = row[height // 2, 2 * (width + GAP_PX) + width * 45 // 97]
    outside = row[height - 4, 2 * (width + GAP_PX) + 4]
    assert inside[1] > inside[0]
    np.testing.assert_array_equal(outside, row[height - 4, 4])


def test_tall_pictures_do_not_make_tall_panels() -> None:
    assert panel_size(200, 1000, 480) == (96, 480)


@pytest.mark.parametrize("segments", [(), (LIVER,)], ids=["depth only", "structures"])
@pytest.mark.parametrize(("width", "height"), [(64, 300), (600, 32)], ids=["tall", "wide"])
@pytest.mark.parametrize("frames", [1, 4])
def test_pictures_of_any_shape_have_a_legend(
    tmp_path: Path, width: int, height: int, segments: tuple[ResultsSegment, ...], frames: int
) -> None:
    results = make_results(tmp_path / "results", request(camera(width, height), segments), frames)
    write_preview(results, tmp_path / "preview.mp4")
    write_contact_sheet(results, tmp_path / "sheet.png")
    with av.open(str(tmp_path / "preview.mp4")) as container:
        shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(shown) == frames
    for image in (shown[0], cv2.imread(str(tmp_path / "sheet.png"))):
        bar = image[-110:].astype(int)
        assert (np.ptp(bar, axis=2) > 60).sum() > 200 * 15  # the whole depth bar, in colours


def test_a_time_is_shown_only_where_the_source_has_one(tmp_path: Path) -> None:
    for rate, title in ((25.0, "frame 5   0.20 s"), (None, "frame 5")):
        source = ResultsInput("case", frame_rate=rate)
        results = make_results(tmp_path / str(rate), replace(request(camera(), ()), input=source), 2)
        assert frame_title(results, results.frame(1)) == title


def test_the_overlay_leaves_other_pixels_alone() -> None:
    image = picture(0)
    labels = np.zeros(image.shape[:2], np.uint8)
    labels[10:30, 10:30] = 2
    result = overlay(image, labels, [(255, 0, 0), (0, 0, 255)])
    np.testing.assert_array_equal(result[labels == 0], image[labels == 0])
    assert (result[15:25, 15:25, 2] >= image[15:25, 15:25, 2]).all()
    assert tuple(result[10, 10]) == (0, 0, 255)


def test_legend_grows_by_lines_and_marks_what_only_phantoms_taught() -> None:
    scale = DepthColors(20, 80)
    names = ["surgical instrument", "abdominal wall", "gallbladder", "laryngeal lesion", "endotracheal tube"]
    entries = [LegendEntry(name, (200, 30, 30)) for name in names]
    narrow = legend_strip(scale, False, entries, 500)
    wide = legend_strip(scale, False, entries, 2000)
    marked = legend_strip(scale, False, [LegendEntry("liver", (9, 9, 200), phantoms_only=True)], 2000)
    assert narrow.shape[1] == 500 and narrow.shape[0] > wide.shape[0]
    assert marked.shape[0] > wide.shape[0]  # the note has a line of its own
    assert (narrow == (200, 30, 30)).all(axis=2).sum() >= 5 * 18 * 18


def test_text_is_measured_as_it_is_drawn() -> None:
    width = text_width("gallbladder", 18)
    image = np.zeros((40, width + 40, 3), np.uint8)
    draw_text(image, "gallbladder", 10, 28, 18, (255, 255, 255))
    columns = np.flatnonzero(image.max(axis=(0, 2)) > 40)
    assert 8 <= columns[0] <= 14
    assert abs(int(columns[-1]) - (10 + width)) <= 4
    assert shorten("gallbladder", 18, width) == "gallbladder"
    assert shorten("gallbladder", 18, width - 20).endswith("...")


def test_the_same_pictures_give_the_same_video() -> None:
    def encode() -> bytes:
        file = io.BytesIO()
        video = H264Encoder(file, Fraction(10))
        for number in range(4):
            video.add(picture(number, 97, 63))
        video.finish()
        return file.getvalue()

    first = encode()
    assert first == encode()
    with av.open(io.BytesIO(first)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 4
    assert frames[0].shape == (64, 98, 3)
    assert np.abs(frames[2][:63, :97].astype(int) - picture(2, 97, 63)).mean() < 12


def test_a_video_goes_to_its_file_as_its_pictures_come() -> None:
    file = io.BytesIO()
    video = H264Encoder(file, Fraction(10))
    noise = np.random.default_rng(0)
    sizes = []
    for _ in range(12):
        video.add(noise.integers(0, 256, (64, 96, 3), np.uint8))
        sizes.append(len(file.getvalue()))
    video.finish()
    assert sizes[-1] > 0.5 * len(file.getvalue())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_is_full_for_a_video_is_said_as_for_any_file(tmp_path: Path) -> None:
    results = make_results(tmp_path / "results", request(camera()), 2)
    (tmp_path / ".partial-preview.mp4").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="no space left"):
        write_preview(results, tmp_path / "preview.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["results"]
