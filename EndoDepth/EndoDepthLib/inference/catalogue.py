"""The catalogue of weights: data with a schema (Resources/catalogue.schema.json), read without torch."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from typing import Any

from EndoDepthLib.errors import WeightsError

CATALOGUE_FILE = Path(__file__).resolve().parents[1] / "Resources" / "catalogue.json"
SCHEMA_VERSION = 1
LARGEST_FILE_BYTES = 30 * 2**20


class Use(Enum):
    """What a set of weights may be used for."""

    DEFAULT = "default"
    RESEARCH = "research"


@dataclass(frozen=True)
class WeightFile:
    """A file, its SHA-256 and its size; both None while it has not been made."""

    file: str
    sha256: str | None
    bytes: int | None

    def __post_init__(self) -> None:
        if (self.sha256 is None) != (self.bytes is None):
            raise ValueError(f"{self.file}: sha256 and bytes must be both given or both null")
        if self.sha256 is not None and not re.fullmatch("[0-9a-f]{64}", self.sha256):
            raise ValueError(f"{self.file}: sha256 is {self.sha256!r}")
        if self.bytes is not None and not 0 < self.bytes <= LARGEST_FILE_BYTES:
            raise ValueError(f"{self.file}: {self.bytes} bytes; expected 1 to {LARGEST_FILE_BYTES}")
        if ".." in Path(self.file).parts or Path(self.file).is_absolute() or not self.file.isprintable():
            raise ValueError(f"{self.file}: expected a path inside the catalogue's folder")


@dataclass(frozen=True)
class DataSet:
    """Something that taught the weights, with the credit it asks for."""

    id: str
    title: str
    licence: str
    attribution: str
    url: str


@dataclass(frozen=True)
class TaughtClass:
    """A class and the ids of the data sets that taught it."""

    name: str
    taught_by: tuple[str, ...]

    @property
    def phantoms_only(self) -> bool:
        """Whether no real image of it was ever seen: to be said wherever the class is used."""
        return self.taught_by == ("phantoms",)


@dataclass(frozen=True)
class CatalogueEntry:
    """One set of weights: file, licence, allowed use, what the user must agree to, classes, data, card and figures."""

    id: str
    title: str
    weights: WeightFile
    licence: str
    use: Use
    consent: str
    classes: tuple[TaughtClass, ...]
    data_sets: tuple[DataSet, ...]
    model_card: str
    figures: dict[str, float]

    def __post_init__(self) -> None:
        known = {data_set.id for data_set in self.data_sets}
        for taught in self.classes:
            if not taught.taught_by or not set(taught.taught_by) <= known:
                raise ValueError(f"{self.id}: class {taught.name!r} is taught by {taught.taught_by}; known: {known}")
        if (self.use is Use.RESEARCH) != bool(self.consent):
            raise ValueError(f"{self.id}: weights for research use, and only they, carry a consent text")


@dataclass(frozen=True)
class Catalogue:
    """All entries, the id of the default one, and the folder that file names are relative to."""

    default: str
    entries: tuple[CatalogueEntry, ...]
    folder: Path

    def __post_init__(self) -> None:
        ids = [entry.id for entry in self.entries]
        if len(set(ids)) < len(ids) or self.default not in ids:
            raise ValueError(
                f"entries are {ids}, the default is {self.default!r}; ids must differ and hold the default"
            )
        if self.entry(self.default).use is not Use.DEFAULT:
            raise ValueError(f"the default entry {self.default!r} is not for default use")

    def find(self, name: str) -> CatalogueEntry | None:
        """The entry with this id; "default" is the default one; None when there is none."""
        wanted = self.default if name == "default" else name
        return next((entry for entry in self.entries if entry.id == wanted), None)

    def entry(self, name: str) -> CatalogueEntry:
        """As find, but raises WeightsError naming what there is."""
        found = self.find(name)
        if found is None:
            raise WeightsError(f"no weights are called {name!r}; expected {', '.join(e.id for e in self.entries)}")
        return found

    def path(self, entry: CatalogueEntry) -> Path:
        """Where the entry's weight file lies."""
        return self.folder / entry.weights.file


def load_catalogue(file: Path = CATALOGUE_FILE) -> Catalogue:
    """Read and check a catalogue. Raises WeightsError naming the file and what is wrong with it."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"schema_version is {content['schema_version']!r}; expected {SCHEMA_VERSION}")
        return Catalogue(content["default"], tuple(_entry(value) for value in content["entries"]), file.parent)
    except OSError as error:
        raise WeightsError(f"the catalogue {file} cannot be read ({error.strerror}); reinstall EndoDepth") from error
    except KeyError as error:
        raise WeightsError(f"the catalogue {file} lacks the entry {error}; reinstall EndoDepth") from error
    except (TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise WeightsError(f"the catalogue {file} is damaged: {error}; reinstall EndoDepth") from error


def _entry(values: Mapping[str, Any]) -> CatalogueEntry:
    given = _exactly(CatalogueEntry, values)
    given["weights"] = WeightFile(**_exactly(WeightFile, given["weights"]))
    given["use"] = Use(given["use"])
    given["classes"] = tuple(
        TaughtClass(taught["name"], tuple(taught["taught_by"]))
        for taught in (_exactly(TaughtClass, v) for v in given["classes"])
    )
    given["data_sets"] = tuple(DataSet(**_exactly(DataSet, value)) for value in given["data_sets"])
    given["figures"] = {str(name): float(value) for name, value in given["figures"].items()}
    return CatalogueEntry(**given)


def _exactly(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as a dict whose keys are those of the dataclass, no more and no fewer."""
    expected = {field.name for field in fields(kind)}
    if set(values) != expected:
        raise ValueError(f"{kind.__name__} has {sorted(values)}; expected {sorted(expected)}")
    return dict(values)
