"""Taking trained weights into use: EndoDepth's own panel is opened with them chosen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import slicer

from EndoDepthWidgets.panel.model_section import FROM_FILE


def adopt(weights: Path, structures: Sequence[str]) -> Any:
    """Choose these weights, and the structures they learned, in EndoDepth's panel, and go there; its settings."""
    slicer.util.selectModule("EndoDepth")
    parameters = slicer.modules.EndoDepthWidget.panel.context.parameters
    parameters.weightsPath = str(weights)
    parameters.weightsId = FROM_FILE
    if structures:
        parameters.prompts = list(structures)
    return parameters
