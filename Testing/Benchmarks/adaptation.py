"""What adaptation to one video is worth, and that it leaves hopeless videos alone.

    python Testing/Benchmarks/adaptation.py --output DIR [--weights default] [--minutes 18] [--steps N] [--video FILE]

Adapts to laparoscopy.mp4 under ENDODEPTH_DATA, to a static video (one of its frames, with camera noise) and to a video
of noise, as a user would; a run that was ended early goes on in DIR. Prints figures on frames and points that nothing
was learned from, before and after, with wall and processor time. "Depth frozen" are the original weights, with all else
that the same adaptation may learn (scale of each frame, poses, brightness) at its best for their depth too.
DIR/laparoscopy.png shows depth before and after: look at it. Exits with 1 when a limit is missed.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from benchmark_arguments import add_weights, benchmark_parser
from reference_data import DATA

from EndoDepthLib.inference import load_catalogue
from EndoDepthLib.video import Video

LEAST_PHOTOMETRIC_GAIN = 0.10
LEAST_POINT_GAIN = 0.30
MOST_MINUTES = 20.0
HOPELESS_FRAMES, HOPELESS_SIZE = 40, (320, 256)


def write_video(path: Path, pictures: Iterable[np.ndarray]) -> Path:
    """An H.264 video of pictures (256, 320, 3) uint8, 25 a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(25))
        stream.width, stream.height = HOPELESS_SIZE
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "18"}
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            container.mux(stream.encode(frame.reformat(*HOPELESS_SIZE)))
        container.mux(stream.encode())
    return path


def static_video(path: Path, source: Path) -> Path:
    """One frame of `source` over and over, each time with other noise."""
    rng = np.random.default_rng(0)
    with Video.open(source) as video:
        still = video.read(100).image[::2, ::2].astype(np.float32)
    return write_video(
        path, (np.clip(still + rng.normal(0, 3, still.shape), 0, 255).astype(np.uint8) for _ in range(HOPELESS_FRAMES))
    )


def noise_video(path: Path) -> Path:
    """Nothing but noise."""
    rng = np.random.default_rng(0)
    return write_video(path, (rng.integers(0, 256, (256, 320, 3), np.uint8) for _ in range(HOPELESS_FRAMES)))


def adapt(video: Path, output: Path, arguments: list[str]) -> tuple[dict[str, Any], float, float]:
    """Run `endodepth adapt`; its figures, wall minutes and processor minutes. Raises CalledProcessError."""
    for old in (output, *(output.with_suffix(suffix) for suffix in (".json", ".md", ".png"))):
        old.unlink(missing_ok=True)
    begun_s, before = time.monotonic(), os.times()
    command = [sys.executable, "-m", "EndoDepthCLI", "adapt", str(video), "--output", str(output), *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall_s, after = time.monotonic() - begun_s, os.times()
    used_s = after.children_user + after.children_system - before.children_user - before.children_system
    return json.loads(output.with_suffix(".json").read_text(encoding="utf-8")), wall_s / 60, used_s / 60


def gain(before: float, after: float) -> float:
    """By which share an error fell."""
    return (before - after) / before


def report(found: dict[str, Any], wall: float, used: float) -> list[str]:
    """Print the figures of the real video; what missed its limit."""
    figures = found["figures"]
    if figures is None:
        return [f"nothing was learned: {found['reason']}"]
    print(f"structure from motion: {found['structure_from_motion']}")
    rows = [("photometric error, poses at their best", "photometric", None)]
    rows += [("photometric error, poses as given", "poses_given", None)]
    rows += [
        ("points, each frame's own scale", "points", "frame_scale"),
        ("points, one scale", "points", "shared_scale"),
    ]
    print(f"{'held out':<42}{'depth frozen':>14}{'adapted':>10}{'change':>9}")
    gains = {}
    for title, name, part in rows:
        before, after = figures[f"{name}_before"], figures[f"{name}_after"]
        if before is None:
            continue
        before, after = (value if part is None else value[part] for value in (before, after))
        gains[title] = gain(before, after)
        print(f"{title:<42}{before:>14.4f}{after:>10.4f}{-gains[title]:>+9.1%}")
    if figures["points_before"] is not None:
        print(f"{'points, constant depth':<42}{figures['points_before']['flat_frame_scale']:>14.4f}")
    print(f"labels that stay the same: {figures['masks_agree']:.1%}; {found['steps']} steps")
    print(f"{wall:.1f} minutes, {used:.1f} of processor time ({MOST_MINUTES:g} minutes are allowed on two free cores)")
    missed = []
    if not found["adapted"]:
        missed.append(f"the original weights were kept: {found['reason']}")
    if gains["photometric error, poses at their best"] < LEAST_PHOTOMETRIC_GAIN:
        missed.append(f"photometric error fell by less than {LEAST_PHOTOMETRIC_GAIN:.0%}")
    if gains.get("points, each frame's own scale", 0.0) < LEAST_POINT_GAIN:
        missed.append(f"error at points fell by less than {LEAST_POINT_GAIN:.0%}")
    if used > 2 * MOST_MINUTES:
        missed.append(f"it took more processor time than two cores have in {MOST_MINUTES:g} minutes")
    return missed


def main() -> None:
    """Measure and print."""
    parser = benchmark_parser(__doc__)
    add_weights(parser)
    parser.add_argument("--output", type=Path, required=True, help="folder of weights, figures, sheets and work")
    parser.add_argument("--video", type=Path, default=DATA / "laparoscopy.mp4")
    parser.add_argument("--minutes", type=int, default=18)
    parser.add_argument("--steps", type=int, help="instead of --minutes: the same weights every time")
    chosen = parser.parse_args()
    chosen.output.mkdir(parents=True, exist_ok=True)
    budget = ["--minutes", str(chosen.minutes)] + ([] if chosen.steps is None else ["--steps", str(chosen.steps)])
    arguments = ["--weights", chosen.weights, *budget]
    missed = report(*adapt(chosen.video, chosen.output / "laparoscopy.safetensors", arguments))
    catalogue = load_catalogue()
    entry = catalogue.find(chosen.weights)
    original = Path(chosen.weights) if entry is None else catalogue.path(entry)
    hopeless = {
        "static": static_video(chosen.output / "static.mp4", chosen.video),
        "noise": noise_video(chosen.output / "noise.mp4"),
    }
    for name, video in hopeless.items():
        output = chosen.output / f"{name}.safetensors"
        found, wall, _ = adapt(video, output, arguments)
        print(f"{name} video ({wall:.1f} minutes): adapted {found['adapted']}; {found['reason']}")
        same = hashlib.sha256(output.read_bytes()).digest() == hashlib.sha256(original.read_bytes()).digest()
        if found["adapted"] or not same:
            missed.append(f"the {name} video changed the weights")
    print(f"look at {chosen.output / 'laparoscopy.png'}")
    if missed:
        sys.exit("MISSED: " + "; ".join(missed))


if __name__ == "__main__":
    main()
