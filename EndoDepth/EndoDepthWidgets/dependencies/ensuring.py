"""Asks for what is missing, with its size, and has it installed; one clear message when that does not work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from EndoDepthLib.errors import EndoDepthError
from EndoDepthWidgets.dependencies import installing
from EndoDepthWidgets.dependencies.needs import Need, missing_needs


class DependencyError(EndoDepthError):
    """A package that computing needs cannot be had."""


def ensure_installed(
    ask: Callable[[str], bool] | None = None, only: Collection[str] | None = None, others: Sequence[Path] = ()
) -> bool:
    """Install what is missing, after consent; True when everything is there, False when the user declined.

    ask: shows the question and returns whether the user agrees (default: a dialog of Slicer). only: the packages that
    this work needs, by name (default: all). others: requirements of a module that needs more. Nothing is downloaded
    before the user agrees. Raises DependencyError when something cannot be installed; what was installed before stays
    and is used the next time.
    """
    missing = _missing(only, others)
    if not missing:
        return True
    from_pytorch = [need for need in missing if need.by_pytorch]
    if from_pytorch:
        _check_pytorch(from_pytorch)
    if not (ask or _ask_in_slicer)(question(missing)):
        return False
    if from_pytorch:
        _try("PyTorch", installing.install_pytorch)
    rest = [need for need in missing if not need.by_pytorch]
    if rest:
        _try(", ".join(need.name for need in rest), lambda: installing.install_packages(rest, others))
    _check_present(only, others)
    return True


def _missing(only: Collection[str] | None, others: Sequence[Path]) -> list[Need]:
    return [need for need in missing_needs(others) if only is None or need.name in only]


def question(missing: Sequence[Need]) -> str:
    """What the user is asked: the packages, about how much is downloaded, and what happens to it."""
    from slicer.i18n import tr as _

    lines = [_("EndoDepth computes with Python packages that are not installed in this Slicer:"), ""]
    small = [need for need in missing if not need.by_pytorch]
    if len(small) < len(missing):
        lines.append(_("  • PyTorch: 200 MB, or up to 3 GB with support for an NVIDIA graphics card"))
    lines += [f"  • {need.name}: {need.download_mb} MB" for need in small]
    lines += [
        "",
        _("They are downloaded from the Python package index into this Slicer's own Python; no data of yours is sent."),
        _("This takes a few minutes. Install them now?"),
    ]
    return "\n".join(lines)


def _ask_in_slicer(text: str) -> bool:
    import slicer
    from slicer.i18n import tr as _

    return bool(slicer.util.confirmOkCancelDisplay(text, _("EndoDepth: install Python packages")))


def _check_pytorch(needs: Sequence[Need]) -> None:
    from slicer.i18n import tr as _

    for need in needs:
        version = need.installed_version
        if version:
            raise DependencyError(
                _(
                    "{name} {version} is installed; EndoDepth needs {least} or newer: uninstall it in the module "
                    "PyTorch Utils, restart Slicer, and press Apply again"
                ).format(name=need.name, version=version, least=need.least_version)
            )
    if not installing.has_pytorch_extension():
        raise DependencyError(
            _(
                "PyTorch is missing, and so is the extension that installs it; install the extension 'PyTorch' in the "
                "Extensions Manager, restart Slicer, and press Apply again"
            )
        )


def _try(names: str, install: Callable[[], Any]) -> None:
    from slicer.i18n import tr as _

    try:
        done = install()
    except Exception as error:  # pip, the network, the disk and PyTorch's extension fail in ways of their own
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise DependencyError(
            _(
                "{names} could not be installed ({reason}); look into Slicer's Python console, check the network and "
                "the free disk space, and press Apply again"
            ).format(names=names, reason=reason)
        ) from error
    if done is False:
        raise DependencyError(_("{names} was not installed; press Apply to try again").format(names=names))


def _check_present(only: Collection[str] | None, others: Sequence[Path]) -> None:
    from slicer.i18n import tr as _

    missing = _missing(only, others)
    if missing:
        names = ", ".join(need.name for need in missing)
        raise DependencyError(
            _("{names} was installed but is not found; restart Slicer and press Apply again").format(names=names)
        )
