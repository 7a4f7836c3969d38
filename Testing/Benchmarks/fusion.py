"""Fusion against the truth of rendered sequences; three parts, each resumable (figures found are kept in --work).

exact       true depth, true poses: median distance of the fused surface from the true one; target <= 0.3 mm.
predicted   predicted depth and poses of 'endodepth track', after one similarity: median distance in % of the working
            distance; target <= 3 %. Beside it: every frame a plane at its median depth, with the same poses.
memory      peak memory of fusing 1,000 frames of the place that 100 frames show; target <= 1.2 times that of 100.

    python Testing/Benchmarks/fusion.py --work DIR [--part exact|predicted|memory] [--sequences 20] [--frames 200]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmark_arguments import add_picture_size, benchmark_parser
from fused_scene.true_results import TrueFrame, true_sequence, write_results
from surface_truth import ClipTruth
from tracked_sequences import FIRST_SEQUENCE_SEED, PhantomSequence, phantom_sequences

from EndoDepthLib.fusion import FusionSettings, fuse_sequence
from EndoDepthLib.geometry import camera_rays, fit_similarity
from EndoDepthLib.phantoms import SCENES
from EndoDepthLib.results import ResultsFolder, ResultsSegment, atomic_write
from EndoDepthLib.results.arrays import read_image
from EndoDepthLib.tracking import open_tracked

PARTS = ("exact", "predicted", "memory")
TOOL = ResultsSegment("surgical instrument", "surgical instrument", (70, 130, 255), "truth")
WORKING_DISTANCE_MM = 60.0


def true_results(truth: ClipTruth, folder: Path, every: int = 1) -> tuple[ResultsFolder, np.ndarray]:
    """A results folder of the clip's true depth, and the true poses of its frames."""
    chosen = range(0, len(truth.poses), every)
    frames = [
        TrueFrame(
            read_image(truth.clip / "frames" / f"{number:06d}.png", 3),
            truth.depth(number),
            truth.instrument(number).astype(np.uint8),
            truth.poses[number],
        )
        for number in chosen
    ]
    return write_results(folder / "results", truth.camera, frames, (TOOL,)), truth.poses[list(chosen)]


def measure_exact(clip: Path) -> dict[str, Any]:
    """Figures of true depth with true poses."""
    truth = ClipTruth(clip)
    with tempfile.TemporaryDirectory() as folder:
        results, poses = true_results(truth, Path(folder))
        begun_s = time.perf_counter()
        outcome = fuse_sequence(results, true_sequence(poses))
        seconds = time.perf_counter() - begun_s
    report = outcome.largest.report
    off = truth.distance_to(outcome.largest.surface.vertices.astype(float))
    return {
        "median_mm": float(np.median(off)),
        "p95_mm": float(np.percentile(off, 95)),
        "typical_depth_mm": report["typical_depth"],
        "seconds_a_frame": seconds / len(poses),
        **{name: report[name] for name in ("voxel", "triangles", "needles", "holes", "frames_used", "frames_given")},
    }


def measure_predicted(sequence: PhantomSequence) -> dict[str, Any]:
    """Figures of predicted depth with estimated poses, after one similarity from pixels of all frames."""
    if sequence.error is not None:
        return {"refused": sequence.error}
    truth, tracked, results = ClipTruth(sequence.clip), open_tracked(sequence.tracking), None
    results = ResultsFolder.open(sequence.results)
    outcome = fuse_sequence(results, tracked.sequence, tracked.camera)
    submap, fused = outcome.submaps[0], outcome.largest
    rng = np.random.default_rng(0)
    rows = np.flatnonzero(tracked.sequence.submaps == submap)
    source, plane, target, depths = [], [], [], []
    rays = camera_rays(tracked.camera)
    for row in rows[:: max(1, len(rows) // 40)]:
        position = int(tracked.sequence.positions[row])
        depth = tracked.sequence.consistent(row, replace(results.depth(position), camera=tracked.camera)).depth
        true = truth.depth(position)
        flat = np.flatnonzero(np.isfinite(depth) & np.isfinite(true) & ~truth.instrument(position))
        flat = rng.choice(flat, min(1000, len(flat)), replace=False)
        pose, true_pose = tracked.sequence.trajectory.world_from_camera[row], truth.poses[position]
        ray = rays.reshape(-1, 3)[flat]
        for places, z in ((source, depth.ravel()[flat]), (plane, np.full(len(flat), np.nanmedian(depth)))):
            places.append((ray * z[:, None]) @ pose[:3, :3].T + pose[:3, 3])
        true_rays = camera_rays(truth.camera).reshape(-1, 3)[flat]
        target.append((true_rays * true.ravel()[flat][:, None]) @ true_pose[:3, :3].T + true_pose[:3, 3])
        depths.append(float(np.nanmedian(true)))
    fit = fit_similarity(np.concatenate(source), np.concatenate(target))
    flat_fit = fit_similarity(np.concatenate(plane), np.concatenate(target))
    working = float(np.median(depths))
    off = truth.distance_to(fit.apply(fused.surface.vertices.astype(float)))
    flat_off = truth.distance_to(flat_fit.apply(np.concatenate(plane)))
    return {
        "median_percent": 100 * float(np.median(off)) / working,
        "planes_percent": 100 * float(np.median(flat_off)) / working,
        "working_distance_mm": working,
        "methods": sorted(set(tracked.sequence.methods)),
        "frames_used": fused.report["frames_used"],
        "frames": len(results),
        "left_out": len(outcome.left_out),
        "submaps": len(outcome.submaps),
    }


def peak_memory_mb(clip: Path, frames: int) -> float:
    """Of a process that fuses the clip's first 100 frames to and fro until so many are done (Linux)."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", str(clip), str(frames)], check=True, stdout=subprocess.PIPE, text=True
    )
    return float(done.stdout.split()[-1])


def _child(clip: Path, frames: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        results, poses = true_results(ClipTruth(clip), Path(folder))
        there = np.arange(len(poses))
        order = np.resize(np.concatenate([there, there[::-1]]), frames)
        sequence = true_sequence(poses[order])
        fuse_sequence(results, replace(sequence, positions=order), settings=FusionSettings())
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    print(int(status.split("VmHWM:")[1].split()[0]) / 1e3)


def measure_memory(clip: Path) -> dict[str, Any]:
    """Peak megabytes at 100 and at 1,000 frames."""
    few, many = peak_memory_mb(clip, 100), peak_memory_mb(clip, 1000)
    return {"peak_mb_100": few, "peak_mb_1000": many, "ratio": many / few}


def kept(file: Path, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The figures in this file, measured when it is not there."""
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(file, json.dumps(measure(), indent=2) + "\n")
    return dict(json.loads(file.read_text(encoding="utf-8")))


def clip_of(work: Path, number: int, frames: int, size: tuple[int, int], scenes: tuple[str, ...]) -> Path:
    """A rendered clip, made when it is not there."""
    scene, seed = scenes[number % len(scenes)], FIRST_SEQUENCE_SEED + number
    clip = work / f"{scene}-{seed}" / "clip"
    if not (clip / "poses.json").is_file():
        made = ["--frames", frames, "--seed", seed, "--width", size[0], "--height", size[1], "--output", clip]
        command = [sys.executable, "-m", "EndoDepthCLI", "synthesize", scene, *map(str, made)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return clip


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        _child(Path(sys.argv[2]), int(sys.argv[3]))
        return
    parser = benchmark_parser(__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder of sequences and figures; goes on there")
    parser.add_argument("--part", choices=PARTS, action="append", help="default: all")
    parser.add_argument("--sequences", type=int, default=20)
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--scene", choices=SCENES, action="append", help="default: all kinds in turn")
    add_picture_size(parser)
    given = parser.parse_args()
    size, scenes, parts = (given.width, given.height), tuple(given.scene or SCENES), given.part or PARTS
    if "exact" in parts:
        found = []
        for number in range(given.sequences):
            clip = clip_of(given.work, number, given.frames, size, scenes)
            figures = kept(clip.parent / "exact.json", lambda clip=clip: measure_exact(clip))  # type: ignore[misc]
            found.append(figures["median_mm"] * WORKING_DISTANCE_MM / figures["typical_depth_mm"])
            print(f"exact {clip.parent.name}: {json.dumps(figures)}", flush=True)
        print(f"exact: median of medians {np.median(found):.4f} mm, worst {max(found):.4f} mm, at 60 mm (target 0.3)")
    if "predicted" in parts:
        rows = []
        for sequence in phantom_sequences(given.work, given.sequences, given.frames, scenes=scenes, size=size):
            file = sequence.folder / "predicted.json"
            figures = kept(file, lambda sequence=sequence: measure_predicted(sequence))  # type: ignore[misc]
            print(f"predicted {sequence.name}: {json.dumps(figures)}", flush=True)
            if "refused" not in figures:
                rows.append((figures["median_percent"], figures["planes_percent"]))
        if rows:
            fused, planes = np.median(rows, axis=0)
            print(f"predicted: {fused:.2f} % of the working distance over {len(rows)} sequences (target 3), ", end="")
            print(f"planes {planes:.2f} %")
    if "memory" in parts:
        clip = clip_of(given.work / "memory", 0, 100, (160, 128), ("laparoscopy",))
        print(f"memory: {json.dumps(kept(clip.parent / 'memory.json', lambda: measure_memory(clip)))} (target 1.2)")


if __name__ == "__main__":
    main()
