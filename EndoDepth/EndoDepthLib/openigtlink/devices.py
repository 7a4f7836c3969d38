"""The device names under which the live server answers; clients find its messages by them."""

from __future__ import annotations

DEPTH_DEVICE = "EndoDepth_Depth"
LABELS_DEVICE = "EndoDepth_Labels"
SURFACE_DEVICE = "EndoDepth_Surface"
CAMERA_DEVICE = "EndoDepth_Camera"
STATUS_DEVICE = "EndoDepth"
