"""How long the event loop stands still while a job runs in the panel, and how long Cancel takes.

    python Testing/Benchmarks/panel_stalls.py [VIDEO] [--every N] [--size WIDTHxHEIGHT]
    python Testing/Benchmarks/panel_stalls.py --training [--size WIDTHxHEIGHT]

A timer of 10 ms runs beside the job; its longest gap is the longest stall. Limits: 100 ms while the job runs, 2 s for
Cancel with no process and no node left. On a shared machine a gap may be another program's: the processor time that
this process spent within the gap is printed beside it, and it decides. --training: the training panel, from picking
ten frames to a stage 1 of a few steps with its curves.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Testing"))

from host import start_host  # noqa: E402
from panel_driving.annotated_phantom import masks_of, write_annotated_clip  # noqa: E402
from panel_driving.clips import write_clip  # noqa: E402
from panel_driving.driver import Driver  # noqa: E402
from panel_driving.training_driver import TrainingDriver  # noqa: E402

LONGEST_STALL_MS = 100.0
LONGEST_CANCEL_S = 2.0


def training_stalls(folder: Path, width: int, height: int) -> int:
    """Measure the training panel; 1 when the limit is missed."""
    worst = 0.0
    with start_host(folder / "slicer") as host:
        labels = write_annotated_clip(folder / "clip.avi", 12, width, height)
        driver = TrainingDriver(host)
        driver.enter_path(driver.ui.sourcePathLineEdit, folder / "clip.avi")
        driver.enter_path(driver.ui.folderPathLineEdit, folder / "frames")
        driver.enter_path(driver.ui.runPathLineEdit, folder / "run")
        driver.type_number(driver.ui.stepsSpinBox, "3")
        for name in ("pickButton", "saveLabelsButton", "loadButton", "trainButton"):
            with host.stall_monitor() as stalls:
                driver.press(getattr(driver.ui, name))
            print(f"{name}: longest stall {stalls.longest_ms:.0f} ms, of which {stalls.cpu_ms:.0f} ms were ours")
            print(f"  {driver.message.splitlines()[0]}")
            worst = max(worst, stalls.cpu_ms)
            if name == "pickButton":
                driver.paint(masks_of(driver.frames.names, labels, ("liver", "surgical instrument")))
    return int(worst > LONGEST_STALL_MS)


def main() -> int:
    """Measure; 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path, nargs="?", help="default: a rendered clip")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--size", default="640x480", help="of the rendered clip (default 640x480)")
    parser.add_argument("--training", action="store_true", help="measure the training panel")
    arguments = parser.parse_args()
    width, height = (int(part) for part in arguments.size.split("x"))
    if arguments.training:
        with tempfile.TemporaryDirectory() as folder:
            return training_stalls(Path(folder), width, height)
    with tempfile.TemporaryDirectory() as folder, start_host(Path(folder) / "slicer") as host:
        video = arguments.video or write_clip(Path(folder) / "clip.avi", 4, width, height)
        driver = Driver(host)
        driver.choose_input(video)
        driver.parameters.every = arguments.every
        driver.name_structure("liver")
        driver.name_structure("surgical instrument")
        driver.wait(lambda: not driver.panel.input.is_looking and driver.ui.deviceLabel.text().startswith("Runs"))
        before = driver.node_ids()
        driver.apply()
        driver.wait(lambda: len(driver.node_ids()) > len(before) + 5)
        started_s = time.monotonic()
        driver.apply()
        cancel_s = time.monotonic() - started_s
        left = sorted(driver.node_ids() ^ before)
        driver.apply()
        with host.stall_monitor() as stalls:
            driver.wait(lambda: not driver.is_busy, 1800.0)
        print(f"{driver.message.splitlines()[0]} {video.name}")
    print(
        f"longest stall: {stalls.longest_ms:.0f} ms, of which {stalls.cpu_ms:.0f} ms were ours ({stalls.ticks} ticks)"
    )
    print(f"cancel: {cancel_s:.2f} s, the scene {'differs by ' + ', '.join(left) if left else 'is as it was'}")
    return int(stalls.cpu_ms > LONGEST_STALL_MS or cancel_s > LONGEST_CANCEL_S or bool(left))


if __name__ == "__main__":
    sys.exit(main())
