"""What the nodes of a case are, written on each as the attribute KIND, so that a scene that was read is understood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from EndoDepthScene.provenance import PREFIX

KIND = PREFIX + "Kind"

FRAME, DEPTH, CONFIDENCE, STRUCTURES, SURFACE = "Frame", "Depth", "Confidence", "Structures", "Surface"
SEQUENCE_KINDS = (FRAME, DEPTH, CONFIDENCE, STRUCTURES, SURFACE)
BROWSER, CAMERA, CHOSEN_SURFACE = "Browser", "Camera", "ChosenSurface"
FRAMES_BROWSER = "FramesBrowser"
"""The browser of a video that was imported without being reconstructed."""

CAMERA_REFERENCE = PREFIX + "camera"
CHOSEN_SURFACE_REFERENCE = PREFIX + "chosenSurface"
"""Roles of the node references by which a browser knows the other nodes of its case, also with several in a scene."""


def nodes_of_kind(scene: Any, class_name: str, kind: str) -> Iterator[Any]:
    """The nodes of a class that carry this kind, in the order of the scene."""
    for number in range(scene.GetNumberOfNodesByClass(class_name)):
        node = scene.GetNthNodeByClass(number, class_name)
        if node.GetAttribute(KIND) == kind:
            yield node
