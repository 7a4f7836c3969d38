"""What importing costs, seen in the modules that a fresh process has loaded (a clock would measure the machine)."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ("torch", "torchvision", "timm", "open_clip", "vtk", "vtkmodules", "slicer", "SimpleITK")
FOR_HELP_TOO_HEAVY = (*HEAVY, "cv2", "av", "numpy", "scipy", "matplotlib", "EndoDepthTrainingLib")


def _loaded_after(code: str) -> set[str]:
    """The top-level modules a fresh interpreter has loaded after running `code`."""
    report = (
        "import json, sys; sys.stderr.write('\\n' + json.dumps(sorted({n.partition('.')[0] for n in sys.modules})))"
    )
    program = f"try:\n    {code}\nexcept SystemExit as stop:\n    assert not stop.code, stop.code\n{report}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "module", ["", ".values", ".errors", ".video", ".geometry", ".evaluation", ".results", ".prompts"]
)
def test_importing_the_library_loads_neither_torch_nor_vtk(module: str) -> None:
    loaded = _loaded_after(f"import EndoDepthLib{module}")
    assert not loaded.intersection(HEAVY)


def test_help_loads_nothing_heavy() -> None:
    loaded = _loaded_after("from EndoDepthCLI.main import main; sys_exit = main(['--help']); assert not sys_exit")
    assert not loaded.intersection(FOR_HELP_TOO_HEAVY)


def test_scene_is_reached_without_torch() -> None:
    assert "torch" not in _loaded_after("import EndoDepthScene")
