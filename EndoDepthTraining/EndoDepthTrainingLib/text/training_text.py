"""All the text tower is trained on: phrasings of the taught classes, of what was never taught, and words."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from typing import Any

from EndoDepthLib.prompts import Vocabulary, plain_words, term_key

OTHER = -1
UNNAMED = -2
TEMPLATES = (
    "{}", "image of {}", "show {}", "segment {}", "find {}", "visible {}", "all {}", "{} area", "{} region",
    "part of {}", "{} in view", "{} in image", "area of {}", "my {}", "human {}", "{} please", "mark {}",
    "{} seen in endoscopy",
)  # fmt: skip
_ORGAN_FORMS = (
    "{} wall", "{} tissue", "{} surface", "{} mucosa", "{} lining", "wall of the {}", "lining of the {}",
    "surface of the {}", "left {}", "right {}", "{} lesion", "{} tumor", "{} edge", "upper {}", "anterior {}",
    "inflamed {}", "{} capsule",
    "lobe of the {}", "{} artery", "tube in the {}", "{} fold", "{} opening", "{} cancer", "{} segment", "{} cavity",
)  # fmt: skip
_THING_FORMS = (
    "small {}", "large {}", "old {}", "metal {}", "plastic {}", "yellow {}", "{} handle", "{} shop", "{} wall",
    "piece of {}",
)  # fmt: skip
_ORGANS = ("organs", "ducts_vessels_nerves", "muscles_bones_ligaments")
# WordNet nouns that may name a taught class or stand close to one: their vectors are learned, no class is claimed.
_AMBIGUOUS = re.compile(
    r"liver|hepat|gall|bile|bili|cholecyst|fat\b|fats\b|fatty|adip|blubber|suet|lard|oment|epiplo|bowel|intestin|"
    r"\bguts?\b|ileum|ileal|jejun|entrail|viscer|innards|colon|colorect|sigmoid|rectum|rectal|haustr|cec[au]|caec|"
    r"polyp|adenom|sinus|sinal|nasal|nose|turbin|concha|nostril|ethmoid|vocal|voice|glott|laryn|epiglot|arytenoid|"
    r"cricoid|intubat|trache|cannul|tube\b|forcep|grasper|scissor|scalpel|lancet|retract|clamp|tool|instrument|"
    r"implement|periton|abdom|belly|tummy|midriff|probe|snare|tongs|tweezer|pincer|plier|cauter|dissect|stapler|"
    r"clipper|trocar|trochar|hook|endoscop|laparoscop|catheter|curet|drill|needle|surg|medical|shears|device|"
    r"papillom|nodule|leukoplak|cord\b|mucos|mucous|cuff|appliance|equipment|apparatus|knife|blade|suction|"
    r"aspirator|speculum|hemostat|haemostat|bougie|mesent|appendic"
)


@dataclass(frozen=True)
class Phrase:
    """A text, its class index, OTHER (to be refused) or UNNAMED (its vector only), and the term it was made from."""

    text: str
    label: int
    term: str
    weight: float = 1.0


class TrainingText:
    """The whole training text, the same for the same arguments.

    withheld: texts (an independent test, say) that must not be in it, compared by term_key, so that plurals, articles
    and hyphens make no difference. Class indices follow the vocabulary.
    """

    def __init__(self, vocabulary: Vocabulary, withheld: Iterable[str] = (), seed: int = 0) -> None:
        self._vocabulary = vocabulary
        self._withheld = frozenset(term_key(text) for text in withheld)
        self._random = random.Random(seed)
        self._seen: set[str] = set()
        self.phrases: list[Phrase] = []
        self._add_classes(_read_json("classes.json"))
        self._add_others(_read_json("others.json"))
        self._add_wordnet()

    def allows(self, text: str) -> bool:
        """Whether a text may be trained on: it is not one of the withheld ones."""
        return term_key(text) not in self._withheld

    def __contains__(self, text: str) -> bool:
        """Whether the text occurs in the training text, whatever its case, number, articles, hyphens and template."""
        if not self.allows(text):
            return False
        plain = " ".join(plain_words(text))
        for template in TEMPLATES:
            before, after = template.split("{}")
            core = plain.removeprefix(before).removesuffix(after)
            if plain == before + core + after and term_key(core) in self._keys:
                return True
        return False

    @cached_property
    def _keys(self) -> frozenset[str]:
        return frozenset(term_key(phrase.text) for phrase in self.phrases)

    @cached_property
    def digest(self) -> str:
        """sha256 of all phrases, templates and withheld keys; the tower's metadata names it."""
        lines = [f"{phrase.text}\t{phrase.label}" for phrase in self.phrases] + list(TEMPLATES) + sorted(self._withheld)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def _add(self, text: str, label: int, term: str, weight: float = 1.0) -> None:
        text = " ".join(plain_words(text))
        if text and text not in self._seen and self.allows(text):
            self._seen.add(text)
            self.phrases.append(Phrase(text, label, term, weight))

    def _add_classes(self, data: dict[str, Any]) -> None:
        for name, parts in data.items():
            label = self._vocabulary.classes.index(name)
            known = list(self._vocabulary.terms(label))
            terms = list(dict.fromkeys([*known, *parts["terms"]]))
            for term in terms:
                self._add(term, label, term)
                self._add(_plural(term), label, term)
            for term in terms:
                for prefix in self._random.sample(parts["prefixes"], 4):
                    if prefix not in term:
                        self._add(f"{prefix} {term}", label, term, 0.5)
                for suffix in self._random.sample(parts["suffixes"], 2):
                    if suffix not in term and (" " not in term or term in known):
                        self._add(f"{term} {suffix}", label, term, 0.5)
                        self._add(f"{suffix} of the {term}", label, term, 0.5)

    def _add_others(self, data: dict[str, list[str]]) -> None:
        for topic, terms in data.items():
            organ = topic in _ORGANS
            for term in terms:
                self._add(term, OTHER, term, 3.0 if organ else 2.0)
                self._add(_plural(term), OTHER, term, 1.0)
            for term in terms:
                for form in self._random.sample(_ORGAN_FORMS if organ else _THING_FORMS, 8 if organ else 2):
                    self._add(form.format(term), OTHER, term, 1.0)

    def _add_wordnet(self) -> None:
        raw = (resources.files(__package__) / "corpus" / "wordnet_nouns.txt.gz").read_bytes()
        for line in gzip.decompress(raw).decode("utf-8").splitlines():
            term, category = line.split("\t")
            unnamed = _AMBIGUOUS.search(term) or any(
                self._vocabulary.index_of(word) is not None for word in term.split()
            )
            weight = {"body": 3.0, "state": 0.7, "artifact": 0.7, "act": 0.2, "person": 0.3}.get(category, 0.4)
            self._add(term, UNNAMED if unnamed else OTHER, term, weight)


def _plural(term: str) -> str:
    words = term.split()
    if " of " in term or " in " in term or words[-1].endswith(("s", "a", "x", "ch", "sh")):
        return term
    last = words[-1]
    return " ".join(
        [*words[:-1], last[:-1] + "ies" if last.endswith("y") and last[-2:-1] not in "aeiou" else last + "s"]
    )


def _read_json(name: str) -> dict[str, Any]:
    return json.loads((resources.files(__package__) / "corpus" / name).read_text(encoding="utf-8"))
