"""Memory does not grow with the length of a video."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import EndoDepthLib.video

MEASURE = """
import resource, sys
from EndoDepthLib.video import Video
with Video.open(sys.argv[1]) as video:
    frames = sum(1 for _ in video)
    video.read(video.frame_count - 1)
print(frames, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(path: Path) -> tuple[int, int]:
    """Frames read and the peak resident memory of a fresh process, in the system's unit."""
    library = str(Path(EndoDepthLib.video.__file__).parents[2])
    code = f"import sys; sys.path.insert(0, {library!r})\n{MEASURE}"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    frames, memory = done.stdout.split()
    return int(frames), int(memory)


@pytest.mark.skipif(sys.platform == "win32", reason="peak memory is read through the resource module of POSIX")
def test_peak_memory_of_3000_frames_is_that_of_100(videos: Any) -> None:
    options = {"size": (256, 192), "codec": "mpeg4", "codec_options": {"g": "50"}}
    short = peak(videos.write("short.mp4", count=100, **options))
    long = peak(videos.write("long.mp4", count=3000, **options))  # 420 MB of pictures
    assert (short[0], long[0]) == (100, 3000)
    assert long[1] <= 1.05 * short[1]
