"""One spelling for the many ways a person writes the same term."""

from __future__ import annotations

import re
import unicodedata

_ARTICLES = frozenset({"a", "an", "the", "some", "any", "this", "that", "these", "those"})
_UNCHANGED_ENDINGS = ("ss", "us", "is")  # abscess, sinus, glottis: the s belongs to the singular
_IRREGULAR = {"conchae": "concha", "mucosae": "mucosa", "polypi": "polyp", "omenta": "omentum", "glottides": "glottis"}


def singular(word: str) -> str:
    """Singular of a lower-case English noun, by rule; "forcep" does no harm: both sides of a comparison are treated."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 3 or not word.endswith("s") or word.endswith(_UNCHANGED_ENDINGS):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes", "uses")):
        return word[:-2]
    return word[:-1]


def plain_words(text: str) -> tuple[str, ...]:
    """Words of a text without case, accents, punctuation, possessives and articles; may be empty.

    "The Vocal-Cords!" gives ("vocal", "cords"). Letters and digits of any script are kept.
    """
    plain = text
    for _ in range(2):  # folding first hides what is a capital only once it is decomposed, and the other way round
        plain = unicodedata.normalize("NFKD", plain.casefold())
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    plain = re.sub(r"(\w)['’`]s\b", r"\1", plain)
    words = re.findall(r"[^\W_]+", plain)
    return tuple(word for word in words if word not in _ARTICLES)


def term_key(text: str) -> str:
    """The spelling two terms share when they are the same: "gall bladder", "Gall-Bladders" and "gallbladder" agree."""
    return "".join(singular(word) for word in plain_words(text))
