"""`endodepth models`: the weights there are, their licences, and what taught each class."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from EndoDepthCLI.command import Command
from EndoDepthCLI.options import option, switch

if TYPE_CHECKING:
    from EndoDepthLib.inference import Catalogue, CatalogueEntry

_WIDTH = 100


@dataclass(frozen=True)
class ModelsOptions:
    """What `endodepth models` is told."""

    id: str | None = option("show only this entry", metavar="ID")
    json: bool = switch("print the catalogue as JSON")


def run(options: ModelsOptions) -> None:
    """Print the catalogue; every weight file that is there is checked against its SHA-256."""
    from EndoDepthLib.inference import load_catalogue

    catalogue = load_catalogue()
    entries = catalogue.entries if options.id is None else (catalogue.entry(options.id),)
    if options.json:
        _print_json(catalogue, entries)
        return
    print("\n\n".join(_describe(catalogue, entry) for entry in entries))


def file_state(catalogue: Catalogue, entry: CatalogueEntry) -> str:
    """ "ok", "missing", "altered" or "not part of this release": the entry's weight file against its SHA-256."""
    import hashlib

    path = catalogue.path(entry)
    if entry.weights.sha256 is None:
        return "not part of this release"
    if not path.is_file():
        return "missing"
    return "ok" if hashlib.sha256(path.read_bytes()).hexdigest() == entry.weights.sha256 else "altered"


def _describe(catalogue: Catalogue, entry: CatalogueEntry) -> str:
    is_default = " (default)" if entry.id == catalogue.default else ""
    facts = {
        "file": f"{catalogue.path(entry)} ({file_state(catalogue, entry)})",
        "sha256": entry.weights.sha256 or "-",
        "licence": entry.licence,
        "use": f"{entry.use.value}; needs --accept-research-use" if entry.consent else "any",
        "model card": str(catalogue.folder / entry.model_card),
    }
    lines = [f"{entry.id}{is_default}: {entry.title}", *(f"  {name:<11} {value}" for name, value in facts.items())]
    if entry.consent:
        lines += textwrap.wrap(f"terms: {entry.consent}", _WIDTH, initial_indent="  ", subsequent_indent="    ")
    lines.append("  data")
    for data_set in entry.data_sets:
        text = f"{data_set.id}: {data_set.title}; {data_set.licence}; {data_set.attribution} {data_set.url}"
        lines += textwrap.wrap(text.rstrip(), _WIDTH, initial_indent="    ", subsequent_indent="      ")
    lines.append("  classes, and what taught each")
    width = max((len(taught.name) for taught in entry.classes), default=0)
    for taught in entry.classes:
        note = "   phantoms only: never shown a real image of it" if taught.phantoms_only else ""
        lines.append(f"    {taught.name:<{width}}  {', '.join(taught.taught_by)}{note}")
    if entry.figures:
        lines.append("  figures")
        lines += [f"    {name}: {value:g}" for name, value in entry.figures.items()]
    return "\n".join(lines)


def _print_json(catalogue: Catalogue, entries: tuple[CatalogueEntry, ...]) -> None:
    import json
    from dataclasses import asdict

    values = [
        {
            **asdict(entry),
            "use": entry.use.value,
            "default": entry.id == catalogue.default,
            "state": file_state(catalogue, entry),
        }
        for entry in entries
    ]
    print(json.dumps(values, indent=2, ensure_ascii=False))


COMMAND = Command("models", "the weights there are, their licences, what taught each class", ModelsOptions, run)
