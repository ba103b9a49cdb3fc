"""What a mistyped word was perhaps meant for, judged by passages that have something like it."""

from collections.abc import Iterable, Iterator
from typing import Final

from services.search.model.passage import Hit
from services.search.words.text import Word, words
from services.search.words.typos import slips

MEANT: Final = 5
"""Words that one may have been meant for."""


def likeliest(hits: Iterable[Hit], typed: str, distance: int) -> list[Word]:
    """List the words that are so few slips away, what most passages have first."""
    counted: dict[str, tuple[int, Word]] = {}
    for hit in hits:
        for word in _said(hit):
            if slips(typed, word.exact, distance) is not None:
                counted[word.exact] = counted.get(word.exact, (0, word))[0] + 1, word
    best = sorted(counted.values(), key=lambda one: (-one[0], one[1].exact))
    return [word for _, word in best[:MEANT]]


def _said(hit: Hit) -> Iterator[Word]:
    for text in (hit.passage.text, hit.passage.heading or "", hit.about.description.title):
        yield from words(text)
