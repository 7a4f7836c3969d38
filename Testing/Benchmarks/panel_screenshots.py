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
COLORS = 200
SIZE = (1280, 900)


def write_small(path: Path) -> None:
    """Write a picture anew in the colours that stand for all of its colours, without dithering."""
    image = cv2.imread(str(path))
    pixels = image.reshape(-1, 3).astype(np.float32)
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_MAX_ITER, 20, 1.0)
    cv2.setRNGSeed(0)
    # Every distinct colour counts once: the few of the widgets are kept as they are beside the many of the views.
    distinct = np.unique(pixels, axis=0)
    _, _, palette = cv2.kmeans(distinct, min(COLORS, len(distinct)), None, criteria, 1, cv2.KMEANS_PP_CENTERS)
    nearest = cv2.flann_Index(palette, {"algorithm": 1, "trees": 1}).knnSearch(distinct, 1, params={"checks": 64})[0]
    lookup = {color.tobytes(): entry for color, entry in zip(distinct, nearest[:, 0], strict=True)}
    entries = np.array([lookup[pixel.tobytes()] for pixel in pixels], np.uint8).reshape(image.shape[:2])
    small = QImage(entries.data, entries.shape[1], entries.shape[0], entries.shape[1], QImage.Format.Format_Indexed8)
    small.setColorTable([qRgb(*(round(float(value)) for value in color[::-1])) for color in palette])
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
