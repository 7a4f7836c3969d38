"""How a command tells what it does: lines or bars for people, JSON for the panel, tags for Slicer's CLI framework."""

from EndoDepthCLI.telling.teller import StageView, Teller, current_teller, telling_by

__all__ = ["StageView", "Teller", "current_teller", "telling_by"]
