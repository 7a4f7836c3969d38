"""The model of a run: which weights, and whether their licence was agreed to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from EndoDepthCLI.job.messages import Messages
from EndoDepthCLI.option_groups import WeightOptions
from EndoDepthLib.errors import SettingsError
from EndoDepthLib.inference import CatalogueEntry, EndoDepthModel, load_catalogue
from EndoDepthLib.inference.catalogue import Use

_kept: dict[tuple[object, ...], EndoDepthModel] | None = None


@contextmanager
def keeping_models() -> Iterator[None]:
    """Within this block weights are loaded once, however many jobs ask for them; a changed file is loaded again."""
    global _kept
    _kept = {}
    try:
        yield
    finally:
        _kept = None


def load_model(options: WeightOptions, messages: Messages) -> EndoDepthModel:
    """Load the weights asked for; weights for research use only after consent, with a warning of the limits.

    Raises SettingsError without that consent, WeightsError for weights that cannot be used.
    """
    entry = load_catalogue().find(options.weights)
    if entry is not None:
        _check_consent(entry, options, messages)
    model = _load(options.weights, options.device, options.runtime)
    if entry is None:  # the path of a file: the same bytes have the same licence
        entries = load_catalogue().entries
        # Weights that were adapted from research weights are for research too.
        source = dict(model.weights.metadata.get("adaptation") or {}).get("research_use_of")
        listed = next(
            (each for each in entries if each.weights.sha256 == model.weights.sha256 or each.id == source), None
        )
        if listed is not None:
            _check_consent(listed, options, messages)
    return model


def _load(weights: str, device: str, runtime: str) -> EndoDepthModel:
    if _kept is None:
        return EndoDepthModel.load(weights, device, runtime)
    file = Path(weights)
    state = (file.stat().st_size, file.stat().st_mtime_ns) if file.is_file() else ()
    key = (weights, device, runtime, state)
    if key not in _kept:
        _kept.clear()  # one at a time: a network takes memory
        _kept[key] = EndoDepthModel.load(weights, device, runtime)
    return _kept[key]


def _check_consent(entry: CatalogueEntry, options: WeightOptions, messages: Messages) -> None:
    if entry.use is not Use.RESEARCH:
        return
    if not options.accept_research_use:
        raise SettingsError(
            f"the weights '{entry.id}' are for research use only: {entry.consent} "
            "If you agree, add --accept-research-use"
        )
    messages.warn(f"the weights '{entry.id}' are for research use only")
