"""The job of `endodepth benchmark`: everything in one process, in turns, as ratios to one reference forward."""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from EndoDepthCLI.job.measurement import peak_memory_bytes
from EndoDepthCLI.job.messages import Messages
from EndoDepthCLI.job.output import check_output
from EndoDepthCLI.job.progress import Progress
from EndoDepthCLI.job.speed_stages import WholeJob, stage_calls
from EndoDepthCLI.job.weights import load_model
from EndoDepthCLI.option_groups import OutputOptions, WeightOptions
from EndoDepthCLI.pictures.h264 import H264Encoder
from EndoDepthCLI.versions import package_versions, program_version
from EndoDepthLib.benchmarking import Timing, interleaved, milliseconds_of
from EndoDepthLib.results import atomic_path, atomic_write, make_folder
from EndoDepthLib.runtimes import make_runtime

REFERENCE = "Monodepth2 forward"
TARGETS = {"depth network": 5.0, "depth + labels network": 3.6, "whole job, per frame": 1.5}
"""Times faster than the reference that these shall be, on two processor cores."""

_FORWARDS = 3  # of each network in a turn; their median counts
_VIDEO = (1280, 720, 24)


def measure_speed(output: Path, video: Path | None, turns: int, frames: int, weights: WeightOptions) -> str:
    """Measure and write speed.json and speed.png; returns the table. Raises an EndoDepthError for what can be mended.

    The network sees about 320 x 256 pixels, as the reference does. The whole job is `endodepth reconstruct
    --results-only`: decode, depth, three structures, surface, all files; its start is not counted.
    """
    import torch

    from EndoDepthLib.benchmarking.monodepth2 import HEIGHT, WIDTH, Monodepth2

    check_output(OutputOptions(output, False), can_resume=False)
    model = load_model(weights, Messages())
    model.network.config = replace(model.network.config, input_pixels=WIDTH * HEIGHT)
    reference, images = Monodepth2().eval().to(model.device), torch.rand(1, 3, HEIGHT, WIDTH, device=model.device)
    picture = images[0].cpu().numpy()
    competitors = range(len(model.vocabulary.classes))
    plain = make_runtime(model.weights, model.device.type, "torch")

    def forward() -> None:
        with torch.inference_mode():
            reference(images)
        if model.device.type == "cuda":
            torch.cuda.synchronize()

    temporary = Path(tempfile.mkdtemp(prefix="endodepth-benchmark-"))
    try:
        source = video if video is not None else _made_up_video(temporary / "made-up.mp4")
        job = WholeJob(source, model, temporary / "results", frames)
        calls: dict[str, Callable[[], object]] = {
            REFERENCE: forward,
            "depth network": lambda: model.runtime.run(picture, None),
            "depth + labels network": lambda: model.runtime.run(picture, competitors),
            "depth network, torch": lambda: plain.run(picture, None),
            "depth + labels network, torch": lambda: plain.run(picture, competitors),
        }
        timed = {name: milliseconds_of(call, _FORWARDS) for name, call in calls.items()}
        timed["whole job, per frame"] = job.milliseconds_per_frame
        timed |= {f"stage: {name}": milliseconds_of(call) for name, call in stage_calls(job).items()}
        with Progress("turns", turns + 1, "turn") as progress:
            timings = interleaved(timed, turns, after_turn=progress.step)
        job.close()
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    values = _as_json(timings, model.runtime.name, job)
    make_folder(output)
    atomic_write(output / "speed.json", json.dumps(values, indent=2) + "\n")
    from EndoDepthCLI.pictures.speed_chart import write_speed_chart

    with atomic_path(output / "speed.png") as aside:
        write_speed_chart(timings, REFERENCE, aside)
    return _table(timings, values)


def _as_json(timings: dict[str, Timing], runtime: str, job: WholeJob) -> dict[str, Any]:
    import torch

    ratios = {name: timing.times_faster_than(timings[REFERENCE]) for name, timing in timings.items()}
    return {
        "schema": "endodepth-speed",
        "version": 1,
        "program": {"endodepth": program_version(), **package_versions()},
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "threads": torch.get_num_threads(),
        },
        "runtime": runtime,
        "weights": {"id": job.model.weights.id, "sha256": job.model.weights.sha256},
        "frame": [job.width, job.height],
        "network": [job.network_width, job.network_height],
        "timings": {name: timing.to_dict() for name, timing in timings.items()},
        "times_faster_than_reference": {name: round(ratio, 3) for name, ratio in ratios.items()},
        "targets": {name: {"target": least, "met": ratios[name] >= least} for name, least in TARGETS.items()},
        "peak_memory_bytes": peak_memory_bytes(),
    }


def _table(timings: dict[str, Timing], values: dict[str, Any]) -> str:
    frame, network = ("x".join(map(str, values[name])) for name in ("frame", "network"))
    lines = [f"runtime {values['runtime']}, {values['machine']['threads']} threads, frames {frame}, network {network}"]
    lines.append(f"{'':30}{'median ms':>10}{'quartiles':>18}{'faster':>9}")
    for name, timing in timings.items():
        low, high = timing.quartiles_ms
        ratio = values["times_faster_than_reference"][name]
        target = f"  (target {TARGETS[name]:g}x)" if name in TARGETS else ""
        lines.append(f"{name:30}{timing.median_ms:10.1f}{f'{low:.1f} to {high:.1f}':>18}{ratio:8.2f}x{target}")
    return "\n".join(lines)


def _made_up_video(path: Path) -> Path:
    """A moving, lit, noisy tube: noise, since a clean picture packs sooner than a real one."""
    from EndoDepthLib.runtimes.probe import probe_picture

    width, height, count = _VIDEO
    still = (probe_picture(width, height).transpose(1, 2, 0) * 235).astype(np.int16)
    random = np.random.default_rng(0)
    with path.open("wb") as file:
        encoder = H264Encoder(file, Fraction(25))
        for number in range(count):
            noise = random.integers(-5, 6, still.shape, dtype=np.int16)
            encoder.add(np.clip(np.roll(still, 3 * number, axis=1) + noise, 0, 255).astype(np.uint8))
        encoder.finish()
    return path
