"""Packages that are made to look as if they were not installed: importing them fails, until they are "installed"."""

from __future__ import annotations

import importlib.metadata
import sys
from types import ModuleType


class HiddenPackages:
    """Names of distributions (as pip knows them) that are hidden from this process."""

    def __init__(self) -> None:
        self._hidden: dict[str, dict[str, ModuleType | None]] = {}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._hidden

    def __len__(self) -> int:
        return len(self._hidden)

    def add(self, name: str) -> None:
        """Hide a package. One that is not installed at all stays as it is."""
        if name not in self:
            modules = _modules_of(name)
            self._hidden[name.lower()] = {module: sys.modules.get(module) for module in modules}
            for module in modules:
                sys.modules[module] = None  # type: ignore[assignment]  # what makes an import fail

    def discard(self, name: str) -> None:
        """Let a package be seen again."""
        for module, kept in self._hidden.pop(name.lower(), {}).items():
            if kept is None:
                sys.modules.pop(module, None)
            else:
                sys.modules[module] = kept

    def clear(self) -> None:
        """Let all of them be seen again."""
        for name in list(self._hidden):
            self.discard(name)


def _modules_of(name: str) -> list[str]:
    try:
        files = importlib.metadata.distribution(name).files or []
    except importlib.metadata.PackageNotFoundError:
        return []
    found = {file.parts[0] for file in files if len(file.parts) > 1} | {file.stem for file in files if _is_module(file)}
    return sorted(each for each in found if each.isidentifier())


def _is_module(file: importlib.metadata.PackagePath) -> bool:
    return len(file.parts) == 1 and file.suffix == ".py"
