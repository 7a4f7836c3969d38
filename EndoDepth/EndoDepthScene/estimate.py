"""How large a scene will be, before anything is computed."""

from __future__ import annotations


def estimate_scene_bytes(n_frames: int, width: int, height: int, stride: int) -> int:
    return 0


def estimate_scene_memory_bytes(n_frames: int, width: int, height: int, stride: int) -> int:
    return 0
