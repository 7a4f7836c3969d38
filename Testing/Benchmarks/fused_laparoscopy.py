"""A fused surface of a real video drawn back into its frames, beside the surface of a single frame.

Frames re-rendered from the surface are compared with the video inside the picture and outside instruments: SSIM where
both surfaces are seen, and coverage (share of those pixels that the surface covers). The trivial baseline is the
surface of one frame, the middle one of the sequence, drawn from the same poses. Frames are compared every --every-th.

    python Testing/Benchmarks/fused_laparoscopy.py --work DIR [--video FILE] [--camera FILE]

The results folder, the tracked folder and the fused folder are made in --work unless they are there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from benchmark_arguments import benchmark_parser
from reference_data import DATA

from EndoDepthLib.fusion import SurfaceRenderer, load_fused
from EndoDepthLib.motion.instruments import MOVING
from EndoDepthLib.reconstruction import surface_from_depth
from EndoDepthLib.results import ResultsFolder, atomic_write
from EndoDepthLib.results.arrays import encode_image
from EndoDepthLib.tracking import open_tracked
from EndoDepthLib.values import Surface

PROMPTS = ("liver", "gallbladder", "surgical instrument")
_WINDOW_PX, _SIGMA_PX = 11, 1.5
_WIDTH_PX = 640
_TOOL_MARGIN_PX = 9


def ssim_map(first: np.ndarray, second: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(H, W) structural similarity of two grey pictures 0..255; NaN where the window holds pixels outside the mask.

    Wang et al., TIP 2004: 11 px Gaussian window.
    """

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.GaussianBlur(values, (_WINDOW_PX, _WINDOW_PX), _SIGMA_PX))

    a, b = first.astype(np.float64), second.astype(np.float64)
    mean_a, mean_b = mean(a), mean(b)
    variance_a, variance_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    covariance = mean(a * b) - mean_a * mean_b
    one, two = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    value = (2 * mean_a * mean_b + one) * (2 * covariance + two)
    value /= (mean_a**2 + mean_b**2 + one) * (variance_a + variance_b + two)
    whole = cv2.erode(mask.astype(np.uint8), np.ones((_WINDOW_PX, _WINDOW_PX), np.uint8)) > 0
    return np.where(whole, value, np.nan)


def compare(results: ResultsFolder, tracking: Path, fused_folder: Path, every: int, picture: Path) -> dict[str, float]:
    """Mean SSIM and coverage of the fused and of the single surface, and that of the single one where it is seen."""
    tracked, fused = open_tracked(tracking), load_fused(fused_folder)
    sequence = tracked.sequence
    submap = json.loads((fused_folder / "fused.json").read_text(encoding="utf-8"))["report"]["submaps"][0]["submap"]
    rows = np.flatnonzero(sequence.submaps == submap)
    height = round(_WIDTH_PX * tracked.camera.height / tracked.camera.width)
    camera = tracked.camera.resize(_WIDTH_PX, height)
    single = _single(results, tracked, int(rows[len(rows) // 2]))
    tools = [n for n, s in enumerate(results.request.segments, start=1) if s.class_name in MOVING]
    figures: dict[str, list[float]] = {}
    shown = []
    with SurfaceRenderer(fused.surface, camera) as draw_fused, SurfaceRenderer(single, camera) as draw_single:
        for row in rows[::every].tolist():
            position = int(sequence.positions[row])
            video = cv2.resize(results.frame(position).image, (_WIDTH_PX, height), interpolation=cv2.INTER_AREA)
            allowed = results.content.copy()
            labels = results.labels(position)
            if labels is not None:
                tool = np.isin(labels.labels, tools).astype(np.uint8)
                allowed &= cv2.dilate(tool, np.ones((_TOOL_MARGIN_PX, _TOOL_MARGIN_PX), np.uint8)) == 0
            mask = cv2.resize(allowed.astype(np.uint8), (_WIDTH_PX, height), interpolation=cv2.INTER_NEAREST) > 0
            pose = sequence.trajectory.world_from_camera[row]
            grey = cv2.cvtColor(video, cv2.COLOR_RGB2GRAY)
            drawn = {}
            for name, renderer in (("fused", draw_fused), ("single", draw_single)):
                image, depth = renderer.render(pose)
                seen = np.isfinite(depth)
                drawn[name] = image
                figures.setdefault(f"{name} coverage", []).append(float(seen[mask].mean()))
                # What is not covered is black, and counts: half a surface is half a picture.
                similar = ssim_map(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), grey, mask)
                figures.setdefault(f"{name} SSIM", []).append(float(np.nanmean(similar)))
                own = ssim_map(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), grey, mask & seen)
                figures.setdefault(f"{name} SSIM where covered", []).append(float(np.nanmean(own)))
            shown.append(np.concatenate([video, drawn["fused"], drawn["single"]], axis=1))
    chosen = np.unique(np.linspace(0, len(shown) - 1, 4).round().astype(int))
    atomic_write(picture, encode_image(np.concatenate([shown[number] for number in chosen])))
    return {name: round(float(np.mean(values)), 4) for name, values in figures.items()} | {"frames": len(shown)}


def _single(results: ResultsFolder, tracked: object, row: int) -> Surface:
    """The surface of one frame in the world of the poses."""
    sequence, camera = tracked.sequence, tracked.camera  # type: ignore[attr-defined]
    position = int(sequence.positions[row])
    depth = sequence.consistent(row, replace(results.depth(position), camera=camera))
    step = max(1, camera.width // _WIDTH_PX)
    surface = surface_from_depth(depth, results.frame(position), stride=step)
    pose = sequence.trajectory.world_from_camera[row]
    vertices = surface.vertices @ pose[:3, :3].T + pose[:3, 3]
    return replace(surface, vertices=vertices.astype(np.float32))


def _made(folder: Path, last: str, *arguments: object) -> Path:
    if not (folder / last).is_file():
        command = [sys.executable, "-m", "EndoDepthCLI", *map(str, arguments), "--output", str(folder)]
        subprocess.run(command, check=True)
    return folder


def main() -> None:
    parser = benchmark_parser(__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--video", type=Path, default=DATA / "laparoscopy.mp4")
    parser.add_argument("--keep", type=int, default=4, help="keep every N-th frame of the video (default %(default)s)")
    parser.add_argument("--every", type=int, default=3, help="compare every N-th tracked frame (default %(default)s)")
    parser.add_argument("--camera", type=Path, help="camera file (default: what 'endodepth reconstruct' guesses)")
    parser.add_argument("--weights", default="default")
    given = parser.parse_args()
    lens = [] if given.camera is None else ["--camera", given.camera]
    prompts = [word for prompt in PROMPTS for word in ("--prompt", prompt)]
    asked = [given.video, "--every", given.keep, "--results-only", "--weights", given.weights, *lens, *prompts]
    results = _made(given.work / "results", "report.json", "reconstruct", *asked)
    tracking = _made(given.work / "tracked", "tracking.json", "track", results)
    fused = _made(given.work / "fused", "fused.json", "fuse", results, "--tracking", tracking)
    picture = given.work / "rerendered.png"
    figures = compare(ResultsFolder.open(results), tracking, fused, given.every, picture)
    print(json.dumps(figures, indent=2))
    print(f"{picture}: video, fused surface, surface of one frame; {fused / 'views.png'}: three views")


if __name__ == "__main__":
    main()
