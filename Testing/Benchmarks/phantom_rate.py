"""How many phantom pictures a second this machine renders, scene by scene.

    python Testing/Benchmarks/phantom_rate.py [--frames 12] [--width 320] [--height 256] [--device cpu]

Clips of several seeds in one process with torch's own threads, set-up of every clip included. Exit code 1 when the mean
over the scenes is below 5 pictures a second at 320 x 256 (asked of two cores).
"""

from __future__ import annotations

import argparse
import sys
import time

import torch

from EndoDepthLib.phantoms import SCENES, render_video

LEAST_PER_SECOND = 5.0
SEEDS = (1, 2, 3)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=12, help="pictures of each clip")
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--height", type=int, default=256)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    size = (arguments.width, arguments.height)
    for scene in SCENES:  # first use of every operation
        next(iter(render_video(scene, 1, 0, *size, device=arguments.device)))
    total_s = 0.0
    for scene in SCENES:
        started = time.perf_counter()
        for seed in SEEDS:
            for _ in render_video(scene, arguments.frames, seed, *size, device=arguments.device):
                pass
        taken_s = time.perf_counter() - started
        total_s += taken_s
        print(f"{scene:<12} {arguments.frames * len(SEEDS) / taken_s:5.2f} pictures/s", flush=True)
    rate = arguments.frames * len(SEEDS) * len(SCENES) / total_s
    print(f"{'all':<12} {rate:5.2f} pictures/s, {torch.get_num_threads()} threads (at least {LEAST_PER_SECOND:g})")
    return 0 if rate >= LEAST_PER_SECOND else 1


if __name__ == "__main__":
    sys.exit(main())
