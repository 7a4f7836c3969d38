"""Starting the command line so that it finds the training library too."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from EndoDepthWidgets.process import ChildProcess

_PACKAGES_FOLDER = Path(__file__).resolve().parents[2]
"""The folder of this module's packages: installed, that of all modules; in a source tree, one of its own."""


def start_process(arguments: Sequence[str]) -> ChildProcess:
    """Run `endodepth` with these arguments. Raises as ChildProcess.start."""
    environment = dict(os.environ)
    paths = [str(_PACKAGES_FOLDER), *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    return ChildProcess.start(arguments, environment)
