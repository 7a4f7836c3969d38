#!/usr/bin/env python-real
"""EndoDepth for Slicer's CLI framework: `slicer.cli.run(slicer.modules.endodepthreconstruct, ...)` and batches.

`EndoDepthReconstruct.py --xml` prints the description beside this file (EndoDepthReconstruct.xml).
"""

from __future__ import annotations

import sys
from pathlib import Path


def packages_folder(here: Path) -> Path:
    """The folder of our packages: above this file in a source tree, in `qt-scripted-modules` once installed.

    Raises FileNotFoundError when they are not there.
    """
    for folder in here.parents:
        for candidate in (folder, folder / "qt-scripted-modules"):
            if (candidate / "EndoDepthCLI" / "__init__.py").is_file():
                return candidate
    raise FileNotFoundError(f"EndoDepth's packages are not beside '{here}'; install the extension EndoDepth again")


def main() -> int:
    """Run with the arguments of this process; returns the exit code."""
    try:
        sys.path.insert(0, str(packages_folder(Path(__file__).resolve())))
    except FileNotFoundError as error:
        print(f"endodepth: error: {error}", file=sys.stderr)
        return 2
    from EndoDepthCLI.slicer_cli import run_module

    return run_module(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
