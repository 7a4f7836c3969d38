"""How long the optics take to develop one phantom picture.

    python Testing/Benchmarks/develop_picture.py [--clips 40] [--width 320] [--height 256] [--device cpu]

Develops a lit tube with the settings of many clips on one CPU thread and prints the median, mean and largest time of a
frame in milliseconds (CPU: time of the thread, so other processes do not count). Exit code 1 above the limit of 40 ms.
"""

from __future__ import annotations

import statistics
import sys
import time

import torch
from benchmark_arguments import add_picture_size, benchmark_parser

from EndoDepthLib.phantoms.optics import develop, sample_optics

MOST_MILLISECONDS = 40.0


def main() -> int:
    """Measures, prints and compares."""
    parser = benchmark_parser(__doc__)
    parser.add_argument("--clips", type=int, default=40)
    add_picture_size(parser)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    device = torch.device(arguments.device)
    rows = torch.linspace(-1, 1, arguments.height, device=device)
    columns = torch.linspace(-1.2, 1.2, arguments.width, device=device)
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    depth = 20 / torch.sqrt(x * x + y * y + 0.01)
    radiance = torch.tensor([0.6, 0.3, 0.2], device=device)[:, None, None] / depth**2

    clock = time.thread_time if device.type == "cpu" else time.perf_counter
    times = []
    for clip in range(arguments.clips):
        settings = sample_optics(clip)
        develop(radiance, depth, settings, 0)[0].cpu()  # what a clip computes once is left out
        start = clock()
        develop(radiance, depth, settings, 1)[0].cpu()
        times.append(1000 * (clock() - start))
    median, mean, largest = statistics.median(times), statistics.mean(times), max(times)
    print(
        f"{arguments.width} x {arguments.height}, {arguments.clips} clips on {device}: median {median:.1f} ms, "
        f"mean {mean:.1f} ms (limit {MOST_MILLISECONDS:.0f}), largest {largest:.1f} ms"
    )
    return 0 if mean <= MOST_MILLISECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
