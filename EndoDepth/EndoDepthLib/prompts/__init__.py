"""Free-text prompts: from what the user typed to a class the networks were taught, or a clear refusal."""

from EndoDepthLib.prompts.terms import term_key, term_words
from EndoDepthLib.prompts.vocabulary import Vocabulary, load_vocabulary

__all__ = ["Vocabulary", "load_vocabulary", "term_key", "term_words"]
