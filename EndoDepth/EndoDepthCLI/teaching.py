"""What taught a class to the weights, and how that is said to the user."""

from __future__ import annotations

PHANTOMS_ONLY = "phantoms only"
"""A class's `taught_by` when no real image of it was among the training data."""
