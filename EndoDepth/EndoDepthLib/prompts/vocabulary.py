"""What the networks were taught to name: classes with their other names, colours, teachers and text embeddings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import numpy as np

from EndoDepthLib.errors import WeightsError
from EndoDepthLib.prompts.terms import term_key

VOCABULARY_FILE = "vocabulary.json"
EMBEDDINGS_FILE = "class_embeddings.npy"
SCHEMA_VERSION = 1


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The K classes a set of weights can segment.

    classes: canonical names in the order of the networks' text queries. synonyms: other known terms, per class.
    taught_by: what taught each class, to be shown to the user ("phantoms only"). colors: RGB 0..255 per class.
    procedures: in which kinds of endoscopy each class is seen; () = not said, so any class may be beside any other.
    embeddings: (K, D) float32 unit vectors in the text space, or None where only names are needed.
    text_tower_sha256: the one text tower whose vectors live in that space; None = known terms only.
    Raises WeightsError when the parts disagree.
    """

    classes: tuple[str, ...]
    synonyms: tuple[tuple[str, ...], ...]
    taught_by: tuple[str, ...]
    colors: tuple[tuple[int, int, int], ...]
    procedures: tuple[tuple[str, ...], ...] = ()
    embeddings: np.ndarray | None = None
    text_tower_sha256: str | None = None
    _index_from_key: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        count = len(self.classes)
        if not count or {len(self.synonyms), len(self.taught_by), len(self.colors)} != {count}:
            raise WeightsError(
                f"the vocabulary has {count} classes, {len(self.synonyms)} synonym lists, {len(self.taught_by)} "
                f"teachers and {len(self.colors)} colours; expected one of each per class; the weight file is damaged"
            )
        if self.procedures and len(self.procedures) != count:
            raise WeightsError(f"the vocabulary gives procedures for {len(self.procedures)} of {count} classes")
        for color in self.colors:
            if len(color) != 3 or not all(0 <= channel <= 255 for channel in color):
                raise WeightsError(f"the vocabulary has the colour {color}; expected three numbers in 0..255")
        if self.embeddings is not None:
            self._check_embeddings(self.embeddings)
        index_from_key: dict[str, int] = {}
        for index, (name, others) in enumerate(zip(self.classes, self.synonyms, strict=True)):
            for term in (name, *others):
                if index_from_key.setdefault(term_key(term), index) != index or not term_key(term):
                    raise WeightsError(f"the vocabulary gives the term '{term}' to two classes or leaves it empty")
        object.__setattr__(self, "_index_from_key", index_from_key)

    def _check_embeddings(self, embeddings: np.ndarray) -> None:
        if embeddings.ndim != 2 or len(embeddings) != len(self.classes) or embeddings.dtype != np.float32:
            raise WeightsError(
                f"the class embeddings are {embeddings.shape} {embeddings.dtype}; "
                f"expected ({len(self.classes)}, D) float32"
            )
        if not np.allclose(np.linalg.norm(embeddings, axis=1), 1.0, atol=1e-3):
            raise WeightsError("the class embeddings are not unit vectors; the weight file is damaged")

    def __len__(self) -> int:
        return len(self.classes)

    def index_of(self, term: str) -> int | None:
        """Class index of a known term, whatever its case, number, articles and punctuation; None if unknown."""
        return self._index_from_key.get(term_key(term))

    def competitors(self, indices: Iterable[int]) -> tuple[int, ...]:
        """Classes seen in the same procedures as these: a colon wall is no alternative to a liver.

        Depends on the procedures and not on which of their structures were asked for, so neither do the masks.
        """
        if not self.procedures:
            return tuple(range(len(self.classes)))
        # What is seen in several procedures (an instrument) tells nothing when something more telling was asked for.
        asked = [set(self.procedures[index]) for index in indices]
        telling = [procedures for procedures in asked if len(procedures) == 1] or asked
        wanted = set().union(*telling)
        return tuple(index for index, procedures in enumerate(self.procedures) if wanted & set(procedures))

    def terms(self, index: int) -> tuple[str, ...]:
        """The canonical name of a class followed by its synonyms."""
        return (self.classes[index], *self.synonyms[index])

    def to_dict(self, with_embeddings: bool = True) -> dict[str, Any]:
        """Plain JSON values; from_dict reads them back. with_embeddings=False if they are stored elsewhere."""
        data: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "text_tower_sha256": self.text_tower_sha256,
            "classes": [
                {
                    "name": name,
                    "procedures": list(seen_in),
                    "synonyms": list(others),
                    "color": list(color),
                    "taught_by": teacher,
                }
                for name, seen_in, others, color, teacher in zip(
                    self.classes,
                    self.procedures or ((),) * len(self.classes),
                    self.synonyms,
                    self.colors,
                    self.taught_by,
                    strict=True,
                )
            ],
        }
        if with_embeddings and self.embeddings is not None:
            data["embeddings"] = [[round(float(value), 7) for value in row] for row in self.embeddings]
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], embeddings: Any = None) -> Vocabulary:
        """Vocabulary from to_dict's values; embeddings (array, tensor or list of (K, D)) stand in for stored ones.

        Raises WeightsError when something is missing or of another schema.
        """
        version = data.get("schema_version")
        if version != SCHEMA_VERSION:
            raise WeightsError(f"the vocabulary has schema version {version}; expected {SCHEMA_VERSION}")
        stored = data.get("embeddings") if embeddings is None else embeddings
        try:
            classes = list(data["classes"])
            return cls(
                classes=tuple(str(entry["name"]) for entry in classes),
                synonyms=tuple(tuple(str(term) for term in entry["synonyms"]) for entry in classes),
                taught_by=tuple(str(entry["taught_by"]) for entry in classes),
                colors=tuple((int(r), int(g), int(b)) for r, g, b in (entry["color"] for entry in classes)),
                procedures=_procedures(classes),
                embeddings=None if stored is None else np.array(stored, dtype=np.float32),
                text_tower_sha256=data.get("text_tower_sha256"),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise WeightsError(f"the vocabulary cannot be read ({error}); the weight file is damaged") from error


def _procedures(classes: list[Mapping[str, Any]]) -> tuple[tuple[str, ...], ...]:
    """Procedures of every class, or () when some class has none."""
    procedures = tuple(tuple(str(name) for name in entry.get("procedures", ())) for entry in classes)
    return procedures if all(procedures) else ()


def load_vocabulary() -> Vocabulary:
    """The vocabulary of the default weights, with its (15, 384) class embeddings. Needs numpy only."""
    folder = resources.files("EndoDepthLib") / "Resources"
    data = json.loads((folder / VOCABULARY_FILE).read_text(encoding="utf-8"))
    with (folder / EMBEDDINGS_FILE).open("rb") as file:
        embeddings = np.load(file, allow_pickle=False)
    return Vocabulary.from_dict(data, embeddings)
