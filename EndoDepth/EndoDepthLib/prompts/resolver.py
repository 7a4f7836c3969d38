"""From what the user typed to the classes the networks were taught, or a refusal that names the nearest known terms."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from EndoDepthLib.errors import PromptError
from EndoDepthLib.prompts.terms import term_key
from EndoDepthLib.prompts.vocabulary import Vocabulary

MAX_PROMPT_LENGTH = 200
_NEAREST = 3


@dataclass(frozen=True)
class ResolvedPrompt:
    """One segment to make: name as the user asked for it (first), class_index into the vocabulary."""

    name: str
    class_index: int


class PhraseReader(Protocol):
    """What the resolver needs of a text tower."""

    classes: tuple[str, ...]
    min_probability: float

    def class_probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """(N, K + 1) float32: probability of each of self.classes, and last of none of them."""
        ...


def resolve_prompts(
    prompts: Sequence[str], vocabulary: Vocabulary, text_encoder: Callable[[], PhraseReader] | None = None
) -> list[ResolvedPrompt]:
    """Classes for free-text prompts, in the order asked; two for one class give one entry, named as asked first.

    Known terms and synonyms need neither torch nor the tower. Another phrasing is read by the text tower the vocabulary
    belongs to, which text_encoder() loads when it is first needed (None: the shipped one). Raises PromptError when a
    prompt is empty, too long, or names nothing that was taught; WeightsError when the tower is not the vocabulary's.
    """
    cleaned = [_checked(prompt, vocabulary) for prompt in prompts]
    indices = [vocabulary.index_of(prompt) for prompt in cleaned]
    unknown = [prompt for prompt, index in zip(cleaned, indices, strict=True) if index is None]
    read = iter(_read(unknown, vocabulary, text_encoder) if unknown else ())
    names: dict[int, str] = {}
    for prompt, index in zip(cleaned, indices, strict=True):
        names.setdefault(next(read) if index is None else index, prompt)
    return [ResolvedPrompt(name, index) for index, name in names.items()]


def _checked(prompt: str, vocabulary: Vocabulary) -> str:
    text = " ".join(prompt.split())
    if not term_key(text):
        raise PromptError(
            f"the prompt '{text}' is empty; expected the name of a structure, such as {_listed(vocabulary)}"
        )
    if len(text) > MAX_PROMPT_LENGTH:
        raise PromptError(
            f"the prompt '{text[:40]}...' has {len(text)} characters; expected at most {MAX_PROMPT_LENGTH}: "
            f"the name of one structure, such as {_listed(vocabulary)}"
        )
    return text


def _listed(vocabulary: Vocabulary) -> str:
    return ", ".join(f"'{name}'" for name in vocabulary.classes[:_NEAREST])


def _read(prompts: list[str], vocabulary: Vocabulary, text_encoder: Callable[[], PhraseReader] | None) -> list[int]:
    if text_encoder is None and vocabulary.text_tower_sha256 is None:
        raise _refusal(prompts[0], vocabulary, nearest_terms(prompts[0], vocabulary))
    tower = text_encoder() if text_encoder is not None else _shipped_tower(vocabulary)
    columns = [column for column, name in enumerate(tower.classes) if name in vocabulary.classes]
    probabilities = tower.class_probabilities(prompts)[:, columns]
    indices = []
    for prompt, row in zip(prompts, probabilities, strict=True):
        order = [vocabulary.classes.index(tower.classes[columns[place]]) for place in np.argsort(-row)]
        if row.max(initial=0.0) < tower.min_probability:
            spelled = nearest_terms(prompt, vocabulary, cutoff=0.8)
            names = [vocabulary.classes[index] for index in order]
            raise _refusal(prompt, vocabulary, list(dict.fromkeys([*spelled, *names]))[:_NEAREST])
        indices.append(order[0])
    return indices


def _shipped_tower(vocabulary: Vocabulary) -> PhraseReader:
    from EndoDepthLib.prompts.shipped import load_text_tower

    return load_text_tower(vocabulary.text_tower_sha256)


def nearest_terms(prompt: str, vocabulary: Vocabulary, cutoff: float = 0.0) -> list[str]:
    """Up to three known terms of different classes spelled most like the prompt."""
    key = term_key(prompt)
    scored = []
    for index in range(len(vocabulary)):
        ratio, term = max(
            (difflib.SequenceMatcher(None, key, term_key(term)).ratio(), term) for term in vocabulary.terms(index)
        )
        if ratio >= cutoff:
            scored.append((ratio, term))
    return [term for _, term in sorted(scored, reverse=True)[:_NEAREST]]


def _refusal(prompt: str, vocabulary: Vocabulary, nearest: Sequence[str]) -> PromptError:
    message = (
        f"the prompt '{prompt}' names nothing these weights were taught; nearest known terms: "
        f"{', '.join(nearest)}; known: {', '.join(vocabulary.classes)}"
    )
    return PromptError(message, tuple(nearest))
