"""How many phantom pictures a second `endodepth synthesize` makes, scene by scene.

    python Testing/Benchmarks/phantom_rate.py [--frames 60] [--width 320] [--height 256] [--seed 1]

Runs the command as a user does: start of the program, rendering in as many processes as it chooses and writing of all
files included. Processor time is what all its processes took together; unlike pictures a second it says little of what
else the machine does. Exit code 1 when a scene stays below 5 pictures a second (asked of two cores at 320 x 256).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmark_arguments import add_picture_size, benchmark_parser

from EndoDepthLib.phantoms import SCENES, ClipSettings
from EndoDepthLib.phantoms.workers import processes_worth

LEAST_PER_SECOND = 5.0


def synthesize_seconds(settings: ClipSettings) -> tuple[float, float]:
    """Wall-clock and processor seconds of one run of the command. Raises CalledProcessError."""
    before, started = os.times(), time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        options = {"frames": settings.frames, "seed": settings.seed, "width": settings.width, "height": settings.height}
        flags = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        subprocess.run(
            [sys.executable, "-m", "EndoDepthCLI", "synthesize", settings.scene, *flags]
            + ["--output", str(Path(temporary) / "clip")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        taken_s = time.perf_counter() - started
    after = os.times()  # of the children and theirs; Windows does not tell them
    spent_s = after.children_user + after.children_system - before.children_user - before.children_system
    return taken_s, spent_s


def main() -> int:
    """Measure and print."""
    parser = benchmark_parser(__doc__)
    parser.add_argument("--frames", type=int, default=60, help="pictures of each clip (default: the command's own)")
    parser.add_argument("--seed", type=int, default=1)
    add_picture_size(parser)
    arguments = parser.parse_args()
    slowest = float("inf")
    for scene in SCENES:
        settings = ClipSettings(scene, arguments.frames, arguments.seed, arguments.width, arguments.height)
        taken_s, spent_s = synthesize_seconds(settings)
        rate = arguments.frames / taken_s
        slowest = min(slowest, rate)
        print(
            f"{scene:<12} {rate:5.2f} pictures/s, {spent_s / arguments.frames:.3f} s of processor time a picture, "
            f"{processes_worth(settings)} processes",
            flush=True,
        )
    verdict = "pass" if slowest >= LEAST_PER_SECOND else "FAIL"
    print(f"{verdict}: the slowest scene makes {slowest:.2f} pictures/s, at least {LEAST_PER_SECOND:g} is asked")
    return 0 if slowest >= LEAST_PER_SECOND else 1


if __name__ == "__main__":
    sys.exit(main())
