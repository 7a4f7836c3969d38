"""Pictures of the panel for Resources/Screenshots: empty, running, done, error.

    python Testing/Benchmarks/panel_screenshots.py [--output FOLDER]

A clip is rendered and reconstructed through the panel in the test host, as a user does it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Testing"))

from host import start_host  # noqa: E402
from panel_driving.clips import write_clip  # noqa: E402
from panel_driving.driver import Driver  # noqa: E402
from PySide6.QtGui import QImage, qRgb  # noqa: E402

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


def main() -> int:
    """Make the pictures; 1 when one of them is too large."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "Resources" / "Screenshots")
    output = parser.parse_args().output
    with tempfile.TemporaryDirectory() as folder, start_host(Path(folder) / "slicer", SIZE) as host:
        clip = write_clip(Path(folder) / "laparoscopy.avi", 8, 480, 384, step=3.0)
        broken = Path(folder) / "recording.mp4"
        broken.write_bytes(b"no video" * 9999)
        driver = Driver(host)

        def take(name: str, scroll: float = 0.0) -> None:
            bar = host.window._scroll.verticalScrollBar()
            bar.setValue(round(scroll * bar.maximum()))
            path = host.screenshot(None, output / f"panel-{name}.png")
            write_small(path)

        driver.wait(lambda: driver.ui.deviceLabel.text().startswith("Runs on"))
        take("empty")
        driver.choose_input(clip)
        for name in ("liver", "gall bladder", "grasper", "bowel"):
            driver.name_structure(name)
        driver.apply()
        driver.wait(lambda: driver.panel.context.controller.report.done >= 4 or not driver.is_busy)
        take("running", 0.7)
        driver.wait(lambda: not driver.is_busy)
        host.wait(0.5)
        driver.panel.context.view.select(4)
        host.wait(0.5)
        take("done", 1.0)
        driver.choose_input(broken)
        take("error")
    sizes = {path.name: path.stat().st_size for path in sorted(output.glob("panel-*.png"))}
    print("\n".join(f"{name}: {size // 1000} kB" for name, size in sizes.items()))
    return int(max(sizes.values()) > LARGEST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
