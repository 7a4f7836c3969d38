"""Cut and damaged files give their readable frames and a warning; what is no video gives one clear line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from EndoDepthLib.errors import InputError, SettingsError
from EndoDepthLib.video import Video
from EndoDepthLib.video.truncation import top_level_boxes

Cut = Callable[[Path, float], Path]
DATA = Path(os.environ.get("ENDODEPTH_DATA", Path(__file__).resolve().parents[3].parent / "shared" / "data"))
# One thread and no look-ahead: the same bytes on every run, so that a cut always falls on the same place.
B_FRAMES = {"g": "12", "bf": "3", "preset": "veryfast", "threads": "1", "rc-lookahead": "0"}


@pytest.mark.parametrize(
    ("name", "codec_options", "container_options"),
    [
        ("first.mp4", B_FRAMES, {"movflags": "faststart"}),
        ("fragmented.mp4", B_FRAMES, {"movflags": "frag_keyframe+empty_moov"}),
        ("a.mkv", B_FRAMES, {}),
        ("b.avi", B_FRAMES, {}),
        ("c.ts", B_FRAMES, {}),
    ],
)
@pytest.mark.parametrize("part", [0.5, 0.73])
def test_cut_file_gives_its_frames_and_a_warning(
    name: str, codec_options: dict[str, str], container_options: dict[str, str], part: float, videos: Any, cut: Cut
) -> None:
    path = videos.write(name, count=120, codec_options=codec_options, container_options=container_options)
    with Video.open(path) as whole:
        assert whole.warnings == []
        frames = list(whole)
    with Video.open(cut(path, part)) as video:
        readable = list(video)
        assert 120 * part * 0.3 < len(readable) < 118  # headers and the first frame take their part of the file
        assert len(readable) == video.frame_count or video.source.suffix in (".avi", ".ts")
        assert [frame.index for frame in readable] == list(range(len(readable)))
        for frame in readable[:-1] if name == "c.ts" else readable:
            assert np.array_equal(frame.image, frames[frame.index].image), frame.index
        if name != "c.ts":  # a transport stream may end anywhere
            assert any("ends early" in sentence for sentence in video.warnings)


def test_mp4_cut_before_its_index_says_so(videos: Any, cut: Cut) -> None:
    path = cut(videos.write("last.mp4", count=60), 0.5)
    with pytest.raises(InputError, match="is cut: the index .moov atom.* repair"):
        Video.open(path)


def test_real_mp4_cut_in_half(cut: Cut, tmp_path: Path) -> None:
    source = DATA / "laparoscopy.mp4"
    if not source.exists():
        pytest.skip("laparoscopy.mp4 is not in ENDODEPTH_DATA")
    half = tmp_path / "half.mp4"
    half.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    with Video.open(half) as video, Video.open(source) as whole:
        assert len(video.warnings) == 1 and "120 of 250 frames are readable" in video.warnings[0]
        count = 0
        for frame, expected in zip(video, whole, strict=False):
            assert frame.index == expected.index
            if frame.index % 40 == 39:
                assert np.array_equal(frame.image, expected.image)
            count += 1
        assert count == 120


@pytest.mark.parametrize("behind", range(0, 200, 9))
def test_a_fragmented_file_cut_in_a_fragments_header_gives_the_frames_before(videos: Any, behind: int) -> None:
    options = {"movflags": "frag_keyframe+empty_moov"}
    path = videos.write("f.mp4", count=60, codec_options=B_FRAMES, container_options=options)
    start = [start for kind, start, _ in top_level_boxes(path) if kind == b"moof"][2]
    path.write_bytes(path.read_bytes()[: start + 9 + behind])
    with Video.open(path) as video:
        frames = list(video)
        assert len(frames) >= 15 and video.warnings
        assert all(videos.number(frame.image) == frame.index for frame in frames)


def test_damaged_packets_leave_the_other_frames_right(videos: Any) -> None:
    # Every frame by itself: what is damaged cannot spread to others.
    path = videos.write("a.mkv", count=60, codec="mjpeg", pixel_format="yuvj420p")
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
        damaged = [(p.pos, p.size) for p in packets[20:25]]
    content = bytearray(path.read_bytes())
    for position, size in damaged:
        payload = content.index(b"\xff\xd8", position)
        content[payload : payload + size // 2] = bytes(size // 2)
    path.write_bytes(content)
    with Video.open(path) as video:
        frames = list(video)
        assert len(frames) >= 55
        whole = [frame for frame in frames if not 20 <= frame.index < 25]
        assert len(whole) == 55 and all(videos.number(frame.image) == frame.index for frame in whole)


def test_a_hole_in_the_container_is_warned_of(videos: Any) -> None:
    path = videos.write("a.mkv", count=120, codec_options=B_FRAMES)
    content = bytearray(path.read_bytes())
    content[len(content) // 3 : len(content) * 2 // 3] = bytes(len(content) * 2 // 3 - len(content) // 3)
    path.write_bytes(content)
    with Video.open(path) as video:
        assert 1 <= len(list(video)) < 120
        assert any("damaged" in warning or "cannot be decoded" in warning for warning in video.warnings)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("text.mp4", b"These are minutes of a meeting.\n" * 40, "is not a video"),
        ("empty.mp4", b"", "is empty"),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:10,\nhttp://example.invalid/a.ts\n", "is not a video"),
        ("noise.avi", bytes(range(256)) * 20, "is not a video"),
        ("head.mp4", b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2", "is a damaged mp4"),
    ],
)
def test_what_is_no_video_is_refused_in_one_line(name: str, content: bytes, expected: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as raised:
        Video.open(path)
    assert expected in str(raised.value) and name in str(raised.value) and "\n" not in str(raised.value)


def test_missing_file_sound_no_frames_and_tiny_pictures(videos: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        Video.open(tmp_path / "nowhere.mp4")
    with av.open(str(tmp_path / "sound.mkv"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
    with pytest.raises(InputError, match="has no pictures in it"):
        Video.open(tmp_path / "sound.mkv")
    with av.open(str(tmp_path / "none.avi"), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        container.start_encoding()
    with pytest.raises(InputError, match="holds no frames"):
        Video.open(tmp_path / "none.avi")
    with pytest.raises(InputError, match="is 8x8 pixels; expected at least 16x16"):
        Video.open(videos.write("tiny.mkv", codec="ffv1", size=(8, 8), count=2))


def test_ranges_without_frames_are_refused(videos: Any) -> None:
    path = videos.write("a.mp4")
    with pytest.raises(InputError, match=r"start 40 is past the end .* 40 frames \(1.60 s\)"):
        Video.open(path, start=40)
    with pytest.raises(InputError, match="past the end"):
        Video.open(path, start="2s")
    with pytest.raises(InputError, match="no frame lies between"):
        Video.open(path, start=9, stop=9)
    with pytest.raises(SettingsError, match="before the start"):
        Video.open(path, start=-1)
    with pytest.raises(SettingsError, match="every is 0"):
        Video.open(path, every=0)
