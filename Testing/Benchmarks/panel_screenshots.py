"""Pictures of the panels for Resources/Screenshots: empty, running, done, error; and of the training panel: annotating,
running with curves, comparing, adopted.

    python Testing/Benchmarks/panel_screenshots.py [--output FOLDER] [--only panel|training] [--steps N]

A clip is rendered and reconstructed through the panel in the test host, as a user does it; another one is annotated by
its own labels, as a careful person would, and learned from.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Testing"))

from host import Host, start_host  # noqa: E402
from host.running import MODULE_FOLDERS  # noqa: E402
from panel_driving.annotated_phantom import masks_of, write_annotated_clip  # noqa: E402
from panel_driving.clips import write_clip  # noqa: E402
from panel_driving.driver import Driver  # noqa: E402
from panel_driving.training_driver import TrainingDriver  # noqa: E402
from PySide6.QtGui import QImage, qRgb  # noqa: E402

if TYPE_CHECKING:  # its module needs Slicer's qt, which the host gives once it runs
    from EndoDepthTrainingWidgets.watching.run_watch import RunWatch

LARGEST_BYTES = 300_000
EXACT_COLORS = 100
SIZE = (1280, 900)


def write_small(path: Path) -> None:
    """Write a picture anew in 256 colours, without dithering."""
    image = cv2.imread(str(path))
    distinct, entries, counts = np.unique(image.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True)
    # The colours of the widgets, which are few and fill much, stay as they are; those of the views share the others.
    order = np.argsort(-counts)
    exact, rest = distinct[order[:EXACT_COLORS]], distinct[order[EXACT_COLORS:]].astype(np.float32)
    cv2.setRNGSeed(0)
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 20, 1.0)
    shared = min(256 - EXACT_COLORS, len(rest))
    _, labels, centres = cv2.kmeans(rest, shared, None, criteria, 1, cv2.KMEANS_PP_CENTERS)
    palette = np.concatenate([exact, centres.round().astype(np.uint8)])
    place = np.empty(len(distinct), np.uint8)
    place[order[:EXACT_COLORS]] = np.arange(len(exact))
    place[order[EXACT_COLORS:]] = len(exact) + labels[:, 0]
    indexed = np.ascontiguousarray(place[entries.ravel()].reshape(image.shape[:2]))
    height, width = indexed.shape
    small = QImage(indexed.data, width, height, width, QImage.Format.Format_Indexed8)
    small.setColorTable([qRgb(int(red), int(green), int(blue)) for blue, green, red in palette])
    small.save(str(path), "PNG", 0)


Take = Callable[[str, float], None]


def panel_pictures(host: Host, folder: Path, take: Take) -> None:
    """The panel of EndoDepth."""
    clip = write_clip(folder / "laparoscopy.avi", 8, 480, 384, step=3.0)
    broken = folder / "recording.mp4"
    broken.write_bytes(b"no video" * 9999)
    driver = Driver(host)
    driver.wait(lambda: driver.ui.deviceLabel.text().startswith("Runs on"))
    take("panel-empty", 0.0)
    driver.choose_input(clip)
    for name in ("liver", "gall bladder", "grasper", "bowel"):
        driver.name_structure(name)
    driver.apply()
    driver.wait(lambda: driver.panel.context.controller.report.done >= 4 or not driver.is_busy)
    take("panel-running", 0.7)
    driver.wait(lambda: not driver.is_busy)
    host.wait(0.5)
    driver.panel.context.view.select(4)
    host.wait(0.5)
    take("panel-done", 1.0)
    driver.choose_input(broken)
    take("panel-error", 0.0)


def _points(watch: RunWatch) -> int:
    """How many points the shortest curve has."""
    charts = [watch.losses, watch.figures]
    if None in charts or not all(chart.GetNumberOfPlotSeriesNodes() for chart in charts):
        return 0
    return min(int(chart.GetNthPlotSeriesNode(0).GetTableNode().GetNumberOfRows()) for chart in charts)


def training_pictures(host: Host, folder: Path, take: Take, steps: int) -> None:
    """The panel of EndoDepth Training, from picked frames to weights in use."""
    clip = folder / "laparoscopy.avi"
    labels = write_annotated_clip(clip, 20, 192, 160, step=5.0)
    host.load_module(MODULE_FOLDERS[0] / "EndoDepth.py")
    driver = TrainingDriver(host)
    driver.pick(clip, folder / "my frames", 10)
    structures = ("liver", "bowel", "surgical instrument")
    driver.paint(masks_of(driver.frames.names, labels, structures))
    driver.panel.labels.show(3)
    host.wait(0.5)
    take("training-annotating", 0.0)
    driver.enter_path(driver.ui.runPathLineEdit, folder / "my run")
    driver.type_number(driver.ui.stepsSpinBox, str(steps))
    host.click(driver.ui.trainButton)
    watch = driver.panel.training.watch
    # A sheet, and two points of each curve.
    driver.wait(lambda: (watch.sheet is not None and _points(watch) > 1) or not driver.runner.is_busy, 3600.0)
    host.wait(1.0)
    assert watch.sheet is not None, driver.message
    take("training-running", 0.62)
    driver.wait(lambda: not driver.runner.is_busy, 3600.0)
    driver.press(driver.ui.compareButton)
    host.wait(0.5)
    take("training-comparing", 1.0)
    host.click(driver.ui.adoptButton)
    used = Driver(host)
    used.choose_input(clip)
    used.wait(lambda: not used.panel.structures.unknown)
    used.parameters.every = 6
    used.run_to_the_end()
    host.wait(0.5)
    used.panel.context.view.select(2)
    host.wait(0.5)
    take("training-adopted", 0.35)


def main() -> int:
    """Make the pictures; 1 when one of them is too large."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "Resources" / "Screenshots")
    parser.add_argument("--only", choices=("panel", "training"))
    parser.add_argument("--steps", type=int, default=60, help="of the training (default 60)")
    arguments = parser.parse_args()
    output: Path = arguments.output
    for what in ("panel", "training"):
        if arguments.only not in (None, what):
            continue
        with tempfile.TemporaryDirectory() as folder, start_host(Path(folder) / "slicer", SIZE) as host:

            def take(name: str, scroll: float, host: Host = host) -> None:
                bar = host.window._scroll.verticalScrollBar()
                bar.setValue(round(scroll * bar.maximum()))
                write_small(host.screenshot(None, output / f"{name}.png"))

            if what == "panel":
                panel_pictures(host, Path(folder), take)
            else:
                training_pictures(host, Path(folder), take, arguments.steps)
    pictures = [*output.glob("panel-*.png"), *output.glob("training-*.png")]
    sizes = {path.name: path.stat().st_size for path in sorted(pictures)}
    print("\n".join(f"{name}: {size // 1000} kB" for name, size in sizes.items()))
    return int(max(sizes.values()) > LARGEST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
