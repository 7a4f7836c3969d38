"""Camera motion of phantom sequences by `endodepth track`, against the true path, beside trivial answers.

ATE: root mean square distance of the positions after one similarity, as a share of the length of the path. Frames
without a pose are counted; of several submaps the largest is measured, and the others count as lost. Run again, it goes
on where it was ended. Fails when the median ATE is above 2 % of the path.

    python Testing/Benchmarks/camera_motion.py --work DIR [--sequences 20] [--frames 200] [--engine auto|sfm|direct]
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from benchmark_arguments import add_picture_size, add_weights, benchmark_parser
from tracked_sequences import FIRST_SEQUENCE_SEED, PhantomSequence, phantom_sequences

from EndoDepthLib.phantoms import SCENES
from EndoDepthLib.results import ResultsFolder, atomic_write
from EndoDepthLib.tracking import load_tracked
from EndoDepthLib.values import Trajectory
from EndoDepthTrainingLib.evaluation.trajectories import PREDICTION, compare_trajectories

LIMIT = 0.02
HEAD = (
    "sequence               tracked  ATE % of path: found, still, ahead | path mm | depth error % before, after | "
    "submaps | s | methods"
)
ANSWERS = (PREDICTION, "standing still", "straight ahead at constant speed")


def measure(sequence: PhantomSequence) -> dict[str, Any]:
    """Figures of one sequence, as JSON values."""
    frames = len(ResultsFolder.open(sequence.results))
    if sequence.error is not None:
        return {"name": sequence.name, "frames": frames, "tracked": 0, "error": sequence.error}
    tracked = load_tracked(sequence.tracking)
    largest = int(np.bincount(tracked.submaps).argmax())
    rows = tracked.submaps == largest
    estimate = Trajectory(tracked.trajectory.world_from_camera[rows], tracked.positions[rows])
    figures = compare_trajectories(sequence.truth(), estimate)
    report = json.loads((sequence.tracking / "report.json").read_text(encoding="utf-8"))
    return {
        "name": sequence.name,
        "frames": frames,
        "tracked": int(rows.sum()),
        "submaps": report["submaps"],
        "methods": report["methods"],
        "seconds": round(sum(report["timing"]["stages_s"].values()), 1),
        "path_mm": figures[PREDICTION].path_mm,
        "ate_of_path": {name: figures[name].ate_of_path for name in ANSWERS},
        "rpe_deg": figures[PREDICTION].rpe_rotation_deg,
        "depth": depth_error(sequence),
    }


def depth_error(sequence: PhantomSequence) -> dict[str, float]:
    """Median error of depth as a share of the working distance, after one factor for the whole sequence: consistent
    depth, and depth as it was predicted (each frame's own factor to the nominal median)."""
    tracked, results = load_tracked(sequence.tracking), ResultsFolder.open(sequence.results)
    logs: dict[str, list[np.ndarray]] = {"predicted": [], "consistent": []}
    for row in range(0, len(tracked.positions), max(1, len(tracked.positions) // 20)):
        position = int(tracked.positions[row])
        true, predicted = sequence.true_depth_mm(position), results.depth(position)
        for name, depth in (("predicted", predicted.depth), ("consistent", tracked.consistent(row, predicted).depth)):
            good = np.isfinite(true) & np.isfinite(depth)
            logs[name].append(np.log(depth[good][::37] / true[good][::37]))
    return {
        name: float(np.median(np.abs(np.expm1(np.concatenate(each) - np.median(np.concatenate(each))))))
        for name, each in logs.items()
    }


def line(figures: dict[str, Any]) -> str:
    """One sequence on one line."""
    head = f"{figures['name']:<22} {figures['tracked']:>3}/{figures['frames']:<3}"
    if "error" in figures:
        return f"{head} refused: {figures['error']}"
    ate = "  ".join(f"{100 * figures['ate_of_path'][name]:6.2f}" for name in ANSWERS)
    methods = ", ".join(f"{count} {name}" for name, count in figures["methods"].items())
    return (
        f"{head} {ate}  {figures['path_mm']:7.1f}  {100 * figures['depth']['predicted']:5.1f} "
        f"{100 * figures['depth']['consistent']:5.1f}  {figures['submaps']}  {figures['seconds']:6.0f}  {methods}"
    )


def main() -> int:
    """Run, print, judge."""
    parser = benchmark_parser(__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder of the sequences; goes on with what is there")
    parser.add_argument("--sequences", type=int, default=20)
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--engine", choices=("auto", "sfm", "direct"), default="auto")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEQUENCE_SEED)
    parser.add_argument("--scenes", nargs="+", choices=SCENES, default=list(SCENES))
    parser.add_argument("--json", type=Path, help="also write every figure to this file")
    add_picture_size(parser)
    add_weights(parser)
    options = parser.parse_args()
    print(HEAD)
    every = []
    started = time.monotonic()
    for sequence in phantom_sequences(
        options.work,
        options.sequences,
        options.frames,
        options.engine,
        options.first_seed,
        options.weights,
        tuple(options.scenes),
        (options.width, options.height),
    ):
        every.append(measure(sequence))
        print(line(every[-1]), flush=True)
        if options.json:
            atomic_write(options.json, json.dumps(every, indent=2) + "\n")
    median = summary(every)
    print(f"{time.monotonic() - started:.0f} s")
    return 0 if median <= LIMIT else 1


def summary(every: list[dict[str, Any]]) -> float:
    """Print the medians over the sequences; returns that of what was found."""
    measured = [figures for figures in every if "error" not in figures]
    if not measured:
        print("no sequence could be tracked")
        return 1.0
    medians = [float(np.median([figures["ate_of_path"][name] for figures in measured])) for name in ANSWERS]
    reached = sum(figures["ate_of_path"][PREDICTION] <= LIMIT for figures in measured)
    tracked = sum(figures["tracked"] for figures in every) / sum(figures["frames"] for figures in every)
    found, still, ahead = (f"{100 * value:.2f} %" for value in medians)
    print(f"median ATE {found} of the path; standing still {still}, straight ahead {ahead}")
    print(f"{100 * LIMIT:g} % reached by {reached} of {len(every)} sequences; {tracked:.0%} of the frames tracked")
    return medians[0]


if __name__ == "__main__":
    sys.exit(main())
