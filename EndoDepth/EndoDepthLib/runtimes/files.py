"""Where the runtimes keep what they make once: graphs, compiled graphs, measured choices."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from EndoDepthLib.networks import EndoDepthNetwork

ENVIRONMENT = "ENDODEPTH_CACHE"
"""The environment variable that names the cache folder."""


def cache_folder() -> Path:
    """The folder of what can be made again at any time: ENDODEPTH_CACHE, or the system's place for such files."""
    if chosen := os.environ.get(ENVIRONMENT):
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "endodepth"


class GraphFiles:
    """The ONNX files of one set of weights, in a folder; made when first asked for.

    network: float32 on the CPU, batch norms folded; it is not touched. sha256: of its weights.
    """

    def __init__(self, network: EndoDepthNetwork, sha256: str, folder: Path | None = None) -> None:
        self.folder = cache_folder() if folder is None else folder
        self._network = network
        self._sha256 = sha256

    def get(self, width: int, height: int, classes: int) -> Path:
        """The file for this network size (px) and number of texts (0: depth alone). Raises OutputError."""
        from EndoDepthLib.runtimes.onnx_file import graph_file

        return graph_file(self.folder / "graphs", self._network, self._sha256, width, height, classes)
