"""read(index) gives the very frame that iterating gives, in every container and codec."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from EndoDepthLib.errors import InputError
from EndoDepthLib.video import Video

B_FRAMES = {"g": "12", "bf": "3", "preset": "veryfast", "x264-params": "scenecut=0:b-adapt=0:b-pyramid=normal"}
OPEN_GOP = {"g": "12", "bf": "3", "preset": "veryfast", "x264-params": "open-gop=1:scenecut=0:b-adapt=0"}
KINDS: dict[str, dict[str, Any]] = {
    "h264-bframes.mp4": {"codec_options": B_FRAMES},
    "h264-opengop.mp4": {"codec_options": OPEN_GOP},
    "h264-bframes.mkv": {"codec_options": B_FRAMES},
    "h264-bframes.mov": {"codec_options": B_FRAMES},
    "h264-bframes.avi": {"codec_options": B_FRAMES},
    "h264-bframes.ts": {"codec_options": B_FRAMES},
    "h264-intra-refresh.mp4": {"codec_options": {"preset": "veryfast", "x264-params": "intra-refresh=1:keyint=10"}},
    "h265.mp4": {"codec": "libx265", "codec_options": {"preset": "ultrafast", "x265-params": "keyint=12:log-level=0"}},
    "vp9.mkv": {"codec": "libvpx-vp9", "codec_options": {"cpu-used": "8", "deadline": "realtime", "g": "12"}},
    "mjpeg.avi": {"codec": "mjpeg", "pixel_format": "yuvj420p"},
    "mpeg4-bframes.avi": {"codec": "mpeg4", "codec_options": {"bf": "2", "g": "12"}},
    "ffv1.mkv": {"codec": "ffv1"},
    "odd-size.mp4": {"size": (97, 65), "codec": "libx264", "pixel_format": "yuv444p"},
}


@pytest.mark.parametrize("name", KINDS)
def test_read_equals_iteration(name: str, videos: Any) -> None:
    path = videos.write(name, **KINDS[name])
    with Video.open(path) as video:
        frames = list(video)
        assert [frame.index for frame in frames] == list(range(40))
        assert [videos.number(frame.image) for frame in frames] == list(range(40))
        assert (video.width, video.height) == (frames[0].width, frames[0].height) == KINDS[name].get("size", (96, 64))
        assert np.allclose([frame.time_s for frame in frames], np.arange(40) / 25, atol=2e-3)
        for index in np.random.default_rng(0).permutation(40).tolist() + [39, 39, 0, 0, 11, 12, 13]:
            read = video.read(index)
            assert read.index == index and read.time_s == frames[index].time_s
            assert np.array_equal(read.image, frames[index].image), index


@pytest.mark.parametrize("name", ["h264-bframes.mp4", "h264-opengop.mp4", "h264-bframes.avi", "h264-bframes.mkv"])
@pytest.mark.parametrize("every", [1, 3, 17])
def test_part_of_a_video_is_the_same_frames(name: str, every: int, videos: Any) -> None:
    path = videos.write(name, **KINDS[name])
    with Video.open(path) as whole, Video.open(path, start=5, stop=38, every=every) as part:
        everything = {frame.index: frame.image for frame in whole}
        assert part.frame_count == len(range(5, 38, every))
        for _ in range(2):  # iterating again starts again
            frames = list(part)
            assert [frame.index for frame in frames] == list(range(5, 38, every))
            assert all(np.array_equal(frame.image, everything[frame.index]) for frame in frames)


def test_two_iterations_and_reads_do_not_disturb_each_other(videos: Any) -> None:
    with Video.open(videos.write("a.mp4", codec_options=B_FRAMES)) as video:
        for first, second in zip(video, video, strict=True):
            other = video.read(39 - first.index)
            assert (videos.number(first.image), videos.number(second.image)) == (first.index, first.index)
            assert videos.number(other.image) == 39 - first.index


def test_4k_video(videos: Any) -> None:
    path = videos.write("4k.mov", codec="mjpeg", pixel_format="yuvj420p", size=(3840, 2160), count=2)
    with Video.open(path) as video:
        assert [(frame.width, frame.height, videos.number(frame.image)) for frame in video] == [
            (3840, 2160, 0),
            (3840, 2160, 1),
        ]


def test_positions_in_seconds(videos: Any) -> None:
    path = videos.write("a.mp4", codec_options=B_FRAMES)
    with Video.open(path, start="0.4s", stop="1.2s") as video:
        assert (video.indices[0], video.indices[-1]) == (10, 29)
    with Video.open(path, start=0.41, stop=30) as video:
        assert (video.indices[0], video.indices[-1]) == (11, 29)
    with Video.open(path, stop=400) as video:
        assert video.frame_count == 40


def test_frame_past_the_end_is_refused(videos: Any) -> None:
    with Video.open(videos.write("a.mp4")) as video, pytest.raises(InputError, match="no frame 40; expected 0 to 39"):
        video.read(40)


def test_variable_frame_rate_keeps_its_times(videos: Any) -> None:
    times_ms = np.cumsum([0, *np.random.default_rng(3).integers(10, 200, 29)]).tolist()
    with Video.open(videos.write("vfr.mkv", count=30, times_ms=times_ms, codec_options=B_FRAMES)) as video:
        assert np.allclose([frame.time_s for frame in video], np.array(times_ms) / 1000, atol=2e-3)
        middle = times_ms[12] / 1000
    with Video.open(video.source, start=middle) as video:
        assert next(iter(video)).index == 12


@pytest.mark.parametrize("rotation_deg", [90, 180, -90])
def test_rotation_metadata_is_followed(rotation_deg: int, videos: Any) -> None:
    same = {"codec": "mpeg4", "codec_options": {"threads": "1"}}  # x264 does not repeat itself
    stored = Video.open(videos.write("stored.mp4", count=3, **same))
    with Video.open(videos.write("turned.mp4", count=3, rotation_deg=rotation_deg, **same)) as turned:
        expected = [np.rot90(frame.image, rotation_deg // 90) for frame in stored]
        assert (turned.height, turned.width) == expected[0].shape[:2]
        assert all(np.array_equal(frame.image, image) for frame, image in zip(turned, expected, strict=True))
