"""What a batch costs beside its frames, and what that means for 100,000 videos.

    python Testing/Benchmarks/batch_scaling.py [--cases 2000] [--entries 100000]

Measures the bookkeeping alone, on this disk: reading a manifest of `--entries` rows, claiming and ending `--cases`
cases (claim, move, end), listing a state folder of `--entries` ended cases, and the table of all of them.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from benchmark_arguments import benchmark_parser

from EndoDepthCLI.batch import BatchOptions
from EndoDepthCLI.job.batch.claims import Claims
from EndoDepthCLI.job.batch.layout import BatchFolder
from EndoDepthCLI.job.batch.manifest import read_manifest
from EndoDepthCLI.job.batch.summary import summarise, write_summary
from EndoDepthCLI.option_groups import CameraOptions, PromptOptions, WeightOptions

Result = TypeVar("Result")


def main() -> int:
    parser = benchmark_parser(__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--entries", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = BatchFolder(Path(temporary))
        for each in (folder.state, folder.work, folder.cases):
            each.mkdir()
        manifest = folder.folder / "manifest.csv"
        rows = "".join(f"clips/{number}.mp4,case{number},liver\n" for number in range(options.entries))
        manifest.write_text("input,name,prompts\n" + rows, encoding="utf-8")
        told = BatchOptions(manifest, folder.folder, PromptOptions(), CameraOptions(), WeightOptions())
        cases, seconds = timed(lambda: read_manifest(told))
        print(f"reading and checking {len(cases)} rows: {seconds:.2f} s")
        claims = Claims(folder.state, "0123456789abcdef")

        def book() -> None:
            for case in cases[: options.cases]:
                claim = claims.make(case.name, 1, {"attempts": 0})
                assert claim is not None
                folder.take_over(claim)
                claims.rewrite(claim, {"attempts": 1})
                folder.unfinished(claim).mkdir()
                claims.beat(claim)
                folder.finish(claim)
                claims.end(claim, "done", case.digest, {"frames": 1, "seconds": 1.0})

        seconds = timed(book)[1]
        print(f"claiming, beating, moving, ending: {1000 * seconds / options.cases:.2f} ms a case")
        for case in cases[options.cases :]:
            claims.end_file(case.name, "done", case.digest).write_text('{"frames": 1}', encoding="utf-8")
        standings, seconds = timed(claims.standings)
        print(f"looking around among {len(standings)} ended cases: {seconds:.2f} s")
        summary, seconds = timed(lambda: summarise(cases, claims, standings))
        print(f"reading how {summary.count('done')} cases ended: {seconds:.2f} s")
        print(f"writing the table: {timed(lambda: write_summary(folder.folder, summary, claims.owner))[1]:.2f} s")
    return 0


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """What it gives, and the seconds it takes."""
    started_s = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started_s


if __name__ == "__main__":
    sys.exit(main())
