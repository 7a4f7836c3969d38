"""What the nodes of a case are, written on each as the attribute KIND, so that a scene that was read is understood."""

from __future__ import annotations

from EndoDepthScene.provenance import PREFIX

KIND = PREFIX + "Kind"

FRAME, DEPTH, CONFIDENCE, STRUCTURES, SURFACE = "Frame", "Depth", "Confidence", "Structures", "Surface"
SEQUENCE_KINDS = (FRAME, DEPTH, CONFIDENCE, STRUCTURES, SURFACE)
BROWSER, CAMERA, CHOSEN_SURFACE = "Browser", "Camera", "ChosenSurface"
