"""CMake builds and installs what is in the tree: no Slicer is built here, so its macros' rules are held by hand.

They are those of CMake/SlicerMacroBuildScriptedModule.cmake, SlicerMacroBuildScriptedCLI.cmake and
SlicerMacroPythonTesting.cmake in Slicer/Slicer.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from architecture import cmake_lists
from architecture.source_tree import PACKAGES, ROOT

LONGEST_MODULE_FILE = 120


def _cmake(folder: str) -> str:
    lines = (ROOT / folder / "CMakeLists.txt").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def _has_module_file(module: str) -> bool:
    return (ROOT / module / f"{module}.py").is_file()


@pytest.mark.parametrize("module", cmake_lists.MODULES)
@pytest.mark.parametrize("name", cmake_lists.LISTS)
def test_lists_equal_the_tree(module: str, name: str) -> None:
    written, expected = cmake_lists.from_cmake(module)[name], cmake_lists.from_tree(module)[name]
    hint = "run: python Testing/architecture/cmake_lists.py"
    assert sorted(written) == expected, (
        f"{hint}\nmissing {set(expected) - set(written)}, gone {set(written) - set(expected)}"
    )


@pytest.mark.parametrize("module", cmake_lists.MODULES)
def test_module_is_built_by_the_macro_for_its_kind(module: str) -> None:
    """A folder with a module class is a Slicer module; one without only puts its packages beside the modules."""
    text = _cmake(module)
    assert re.search(rf"set\(MODULE_NAME {module}\)", text)
    macro = "slicerMacroBuildScriptedModule" if _has_module_file(module) else "ctkMacroCompilePythonScript"
    (call,) = re.findall(rf"{macro}\((.*?)\n  \)", text, flags=re.DOTALL)
    assert "SCRIPTS" in call and "${MODULE_PYTHON_SCRIPTS}" in call
    assert "RESOURCES" in call and "${MODULE_PYTHON_RESOURCES}" in call


@pytest.mark.parametrize("module", cmake_lists.MODULES)
def test_inner_folders_are_entered(module: str) -> None:
    entered = re.findall(r"add_subdirectory\((\w+)\)", _cmake(module))
    assert sorted(entered) == cmake_lists.subfolders_with_cmake(module)


def test_scripted_cli_has_both_its_files() -> None:
    """The macro copies NAME.py and NAME.xml and nothing else; the first line makes Slicer's Python run it."""
    folder = "EndoDepth/EndoDepthReconstruct"
    (name,) = re.findall(r"SlicerMacroBuildScriptedCLI\(\s*NAME\s+([\w${}]+)", _cmake(folder))
    assert name in ("EndoDepthReconstruct", "${MODULE_NAME}")
    files = {path.name for path in (ROOT / folder).iterdir() if path.is_file()}
    assert files == {"CMakeLists.txt", "EndoDepthReconstruct.py", "EndoDepthReconstruct.xml"}
    first = (ROOT / folder / "EndoDepthReconstruct.py").read_text(encoding="utf-8").splitlines()[0]
    assert first == "#!/usr/bin/env python-real"


def test_nothing_lands_on_the_same_path() -> None:
    """Both modules are installed into one folder, beside other extensions' modules."""
    files = [
        name for module in cmake_lists.MODULES for names in cmake_lists.from_tree(module).values() for name in names
    ]
    assert [name for name, count in Counter(files).items() if count > 1] == []
    tops = {name.split("/")[0] for name in files}
    assert tops <= {*PACKAGES, "Resources", *(f"{module}.py" for module in cmake_lists.MODULES)}


@pytest.mark.parametrize("module", [name for name in cmake_lists.MODULES if _has_module_file(name)])
class TestModuleFile:
    def test_is_short_and_has_the_classes_slicer_looks_for(self, module: str) -> None:
        text = (ROOT / module / f"{module}.py").read_text(encoding="utf-8")
        assert len(text.splitlines()) <= LONGEST_MODULE_FILE
        classes = {node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}
        assert {module, f"{module}Widget", f"{module}Logic", f"{module}Test"} <= classes

    def test_its_self_test_runs_in_ctest(self, module: str) -> None:
        assert re.search(r"slicer_add_python_unittest\(SCRIPT \$\{MODULE_NAME\}\.py\)", _cmake(module))

    def test_icon_is_where_slicer_takes_it_from(self, module: str) -> None:
        assert (ROOT / module / "Resources" / "Icons" / f"{module}.png").is_file()

    def test_requirements_leave_slicers_own_packages_alone(self, module: str) -> None:
        """torch comes through the PyTorch extension; the others are Slicer's, and replacing them breaks it."""
        path = ROOT / module / f"{module}Widgets" / "Resources" / "requirements.txt"
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        names = [re.split(r"[<>=!~\[; ]", line)[0].lower() for line in lines if not line.startswith("#")]
        assert names
        assert not {"torch", "torchvision", "numpy", "vtk", "simpleitk", "slicer-core"} & set(names)
        assert [line for line in lines if "==" in line] == []


def test_the_product_is_a_module() -> None:
    assert _has_module_file("EndoDepth")


def _run(*command: str | Path, **environment: str) -> str:
    values = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | environment
    done = subprocess.run(
        [str(each) for each in command], capture_output=True, text=True, timeout=120, env=values, cwd=Path.home()
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.skipif(not (shutil.which("cmake") and shutil.which("cc") and shutil.which("c++")), reason="needs CMake")
def test_what_cmake_installs_runs(tmp_path: Path) -> None:
    """CMake itself reads the files; the command line and the scripted CLI answer from the installed tree alone."""
    macros = Path(__file__).with_name("slicer_macros")
    build, installed = tmp_path / "build", tmp_path / "installed"
    _run("cmake", "-S", ROOT, "-B", build, f"-DSlicer_DIR={macros}", f"-DCMAKE_INSTALL_PREFIX={installed}")
    _run("cmake", "--install", build)
    assert "py_EndoDepth" in _run("ctest", "--test-dir", build, "-N")
    modules, commands = (installed / "lib" / "Slicer" / name for name in ("qt-scripted-modules", "cli-modules"))
    answer = _run(sys.executable, "-m", "EndoDepthCLI", "models", PYTHONPATH=str(modules))
    assert str(modules) in answer and "(ok)" in answer
    assert _run(sys.executable, commands / "EndoDepthReconstruct.py", "--xml").startswith("<?xml")
