"""Does the memory of `endodepth depth` grow with the length of the video?

    python Testing/Benchmarks/depth_memory.py [--short 25] [--long 250] [--width 640] [--height 480] [--weights ID|FILE]

Runs the command on a short and on a long video in a child process each and compares their peak resident memory. Exit
code 1 when the long one needs more than 1.1 times the short one.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmark_arguments import add_picture_size, add_weights, benchmark_parser
from child_process import endodepth_with_peak_memory, write_video

MOST_RATIO = 1.1


def main() -> int:
    parser = benchmark_parser(__doc__)
    parser.add_argument("--short", type=int, default=25, help="frames of the short video")
    parser.add_argument("--long", type=int, default=250, help="frames of the long video")
    add_picture_size(parser, 640, 480)
    add_weights(parser)
    options = parser.parse_args()
    peaks = {}
    with tempfile.TemporaryDirectory() as temporary:
        for frames in (options.short, options.long):
            video = write_video(Path(temporary) / f"{frames}.mp4", frames, options.width, options.height)
            output = Path(temporary) / str(frames)
            peaks[frames] = endodepth_with_peak_memory("depth", video, "--output", output, "--weights", options.weights)
            written = len(list(output.glob("*.npy")))
            print(
                f"{frames} frames of {options.width} x {options.height}: {written} depth maps, "
                f"peak {peaks[frames] / 2**20:.0f} MiB",
                flush=True,
            )
            if written != frames:
                print("not every frame was written", file=sys.stderr)
                return 1
    ratio = peaks[options.long] / peaks[options.short]
    print(f"ratio {ratio:.3f}; at most {MOST_RATIO} is asked")
    return 0 if ratio <= MOST_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
