"""The Python packages that computing needs: what is missing, asking, installing. Imports none of them."""

from EndoDepthWidgets.dependencies.ensuring import DependencyError, ensure_installed
from EndoDepthWidgets.dependencies.needs import Need, missing_needs

__all__ = ["DependencyError", "Need", "ensure_installed", "missing_needs"]
