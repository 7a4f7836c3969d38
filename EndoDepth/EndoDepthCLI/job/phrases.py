"""What free-text prompts mean to weights, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from EndoDepthLib.errors import PromptError
from EndoDepthLib.inference import EndoDepthModel


def read_phrases(texts: Sequence[str], weights: str) -> list[dict[str, Any]]:
    """For each text its class (None when unknown), the nearest known terms, and then why it is refused.

    Raises WeightsError for weights that cannot be used.
    """
    model = EndoDepthModel.load(weights, "cpu")
    answers = []
    for text in texts:
        answer: dict[str, Any] = {"text": text, "class": None, "nearest": [], "message": None}
        try:
            answer["class"] = model.vocabulary.classes[model.resolve([text])[0].class_index]
        except PromptError as error:
            answer |= {"nearest": list(error.nearest), "message": str(error)}
        answers.append(answer)
    return answers
