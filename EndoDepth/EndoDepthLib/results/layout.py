"""The names of the files in a results folder: the one place where they are spelled.

    results.json camera.json content.png
    frames/000000.png depth/000000.npy confidence/000000.npy validity/000000.png labels/000000.png surfaces/000000.ply
    scene.mrb preview.mp4 contact_sheet.png report.json

The number is the position in the list of kept frames (0 .. n - 1), not the index in the source.
"""

from __future__ import annotations

from pathlib import Path

MANIFEST = "results.json"
CAMERA = "camera.json"
CONTENT = "content.png"
SCENE = "scene.mrb"
PREVIEW = "preview.mp4"
CONTACT_SHEET = "contact_sheet.png"
REPORT = "report.json"

FRAMES_MANIFEST = "frames.json"
"""Stands in place of results.json in a folder that holds frames only."""

FRAME_FOLDERS = {
    "frame": ("frames", ".png"),
    "depth": ("depth", ".npy"),
    "confidence": ("confidence", ".npy"),
    "validity": ("validity", ".png"),
    "labels": ("labels", ".png"),
    "surface": ("surfaces", ".ply"),
}
"""Folder and suffix of each thing kept of a frame, in the order of writing (the surface is last)."""


def frame_file(folder: Path, kind: str, position: int) -> Path:
    """The file of one kind (a key of FRAME_FOLDERS) at a position of the kept list."""
    subfolder, suffix = FRAME_FOLDERS[kind]
    return Path(folder) / subfolder / f"{position:06d}{suffix}"
