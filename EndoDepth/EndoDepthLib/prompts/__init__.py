"""Free-text prompts: from what the user typed to a class the networks were taught, or a clear refusal."""

from EndoDepthLib.prompts.resolver import ResolvedPrompt, nearest_terms, resolve_prompts
from EndoDepthLib.prompts.terms import plain_words, term_key
from EndoDepthLib.prompts.vocabulary import Vocabulary, load_vocabulary

__all__ = [
    "ResolvedPrompt",
    "Vocabulary",
    "load_vocabulary",
    "nearest_terms",
    "plain_words",
    "resolve_prompts",
    "term_key",
]
