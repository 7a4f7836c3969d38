"""Whether a long run keeps its pace and its memory: time per frame along many frames, peak memory.

    python Testing/Benchmarks/steady_speed.py VIDEO [--frames 2000] [--runtime auto] [--threads 2]

Runs the whole job (decode, depth, three structures, surface, all files, results.json) over the video again and again,
as one long run. A frame's files are removed soon after they are written, so the disk holds a few frames. Prints the
median time per frame of each tenth of the run, the slope of a robust line through all frames (Theil-Sen over tenths)
in percent of the median over the whole run, and the peak memory. Exit code 1 when the time grows by 1 % or more, or the
peak memory is 1.5 GB or more.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
from benchmark_arguments import add_threads, add_weights, benchmark_parser

from EndoDepthCLI.job.measurement import peak_memory_bytes
from EndoDepthCLI.job.overlap import frame_workers, in_order
from EndoDepthCLI.job.speed_stages import WholeJob
from EndoDepthLib.inference import EndoDepthModel
from EndoDepthLib.results import ResultsWriter, layout
from EndoDepthLib.values import Frame

MOST_SLOPE = 0.01
MOST_BYTES = 1.5e9


def again_and_again(job: WholeJob, count: int) -> Iterator[Frame]:
    """`count` frames: those of the video in order, from the start again at its end."""
    given = 0
    while given < count:
        for frame in job.video:
            if given == count:
                return
            yield Frame(frame.image, given, given / 25.0)
            given += 1


def main() -> int:
    """Measure and print."""
    parser = benchmark_parser(__doc__)
    parser.add_argument("video", type=Path)
    parser.add_argument("--frames", type=int, default=2000)
    parser.add_argument("--runtime", default="auto")
    add_threads(parser)
    add_weights(parser)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = EndoDepthModel.load(arguments.weights, runtime=arguments.runtime)
    with tempfile.TemporaryDirectory() as temporary:
        job = WholeJob(arguments.video, model, Path(temporary) / "none", arguments.frames)
        writer = ResultsWriter.create(Path(temporary) / "results", job.request(), job.content)
        workers = frame_workers(job.width, job.height)
        times_s, before_s = [], time.perf_counter()
        stream = in_order(again_and_again(job, arguments.frames), lambda each: job.compute(writer, each), workers)
        for position, encoded in enumerate(stream):
            writer.write_encoded(position, encoded)
            for kind in encoded.files:
                layout.frame_file(writer.folder, kind, position).unlink()
            now_s = time.perf_counter()
            times_s.append(now_s - before_s)
            before_s = now_s
        job.close()
    tenths = [float(np.median(part)) * 1000 for part in np.array_split(times_s[2:], 10)]
    slopes = [(tenths[b] - tenths[a]) / (b - a) for a, b in combinations(range(10), 2)]
    growth = float(np.median(slopes)) * 9 / float(np.median(tenths))
    peak = peak_memory_bytes() or 0
    print(f"runtime {model.runtime.name}, {workers} frames at a time, {len(times_s)} frames")
    print("ms per frame, by tenth of the run:", " ".join(f"{each:.1f}" for each in tenths))
    print(f"growth over the run: {growth:+.2%} (below {MOST_SLOPE:.0%}); peak memory {peak / 1e9:.2f} GB (below 1.5)")
    return int(growth >= MOST_SLOPE or peak >= MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
