"""Which Python runs the child process, and in which environment.

In Slicer `sys.executable` is the application, not an interpreter; the interpreter is `PythonSlicer`, which Slicer puts
on PATH: in `bin` beside the application, on macOS in the bundle's `Contents/bin`. It sets up Slicer's libraries by
itself and starts `python-real` as its own child. Packages of the module are found through PYTHONPATH, which reaches
them in a source tree and when installed, since all our packages lie in one folder.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from EndoDepthLib.errors import SettingsError

CLI_MODULE = "EndoDepthCLI"
PACKAGES_FOLDER = Path(__file__).resolve().parents[2]
"""The folder that holds our packages, this one among them."""

_INTERPRETER_NAME = "PythonSlicer"


def python_executable() -> str:
    """The Python interpreter of this program. Raises SettingsError when Slicer's cannot be found."""
    if _is_interpreter(Path(sys.executable)):
        return sys.executable
    found = next((path for path in _candidates() if path.is_file()), None)
    if found is None:
        raise SettingsError(
            f"'{_INTERPRETER_NAME}' is not beside '{sys.executable}' nor on PATH; expected the one of this 3D Slicer: "
            "install Slicer again"
        )
    return str(found)


def cli_command(arguments: Sequence[str]) -> list[str]:
    """The command line that runs `endodepth` with these arguments. Raises SettingsError as `python_executable`."""
    return [python_executable(), "-m", CLI_MODULE, *arguments]


def child_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """`environment` (default: this process's own) in which the child finds our packages and speaks UTF-8 at once."""
    values = dict(os.environ if environment is None else environment)
    paths = [str(PACKAGES_FOLDER), *filter(None, values.get("PYTHONPATH", "").split(os.pathsep))]
    values["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    values["PYTHONIOENCODING"] = "utf-8"
    values["PYTHONUNBUFFERED"] = "1"
    values["ENDODEPTH_OWNER_PID"] = str(os.getpid())  # it ends when this process does, also when this one crashes
    return values


def _is_interpreter(executable: Path) -> bool:
    return executable.stem.lower().startswith("python")


def _candidates() -> list[Path]:
    name = _INTERPRETER_NAME + (".exe" if os.name == "nt" else "")
    beside = Path(sys.executable).parent
    folders = [beside, beside.parent / "bin"]  # the second is the place in a macOS bundle
    if home := os.environ.get("SLICER_HOME"):
        folders.insert(0, Path(home) / "bin")
    on_path = shutil.which(_INTERPRETER_NAME)
    places = [folder / name for folder in folders]
    return places if on_path is None else [Path(on_path), *places]
