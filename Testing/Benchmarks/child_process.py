"""Runs of the command line in child processes, and their peak memory; a moving picture to run them on."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

_STATUS_LINE = "VmHWM:"


def endodepth_with_peak_memory(*arguments: str | Path) -> int:
    """Run `endodepth` to its end; returns the largest resident size of its process in bytes.

    Linux only: the kernel's own high-water mark, read by the child as it ends. Raises CalledProcessError.
    """
    code = (
        "import sys\nfrom EndoDepthCLI.main import main\ncode = main()\n"
        f"line = next(l for l in open('/proc/self/status') if l.startswith({_STATUS_LINE!r}))\n"
        "print('peak', int(line.split()[1]) * 1024)\nsys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=True,
    )
    return int(done.stdout.split()[-1])


def write_video(path: Path, frames: int, width: int, height: int) -> Path:
    """An H.264 video of a slowly moving, tissue-coloured texture, 25 frames a second."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 12, (height, width + frames, 3))
    rows, columns = np.mgrid[:height, : width + frames]
    tissue = np.stack([170 + 40 * np.sin(columns / 60), 90 + 30 * np.cos(rows / 45), 80 + 0 * rows], axis=2)
    wide = np.clip(tissue + noise, 0, 255).astype(np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "ultrafast"}
        for number in range(frames):
            picture = np.ascontiguousarray(wide[:, number : number + width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path
