"""What a mistyped word was perhaps meant to be, judged by passages that have something like it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from services.search.model.passage import Hit
from services.search.words.text import Word, counted, forms_of
from services.search.words.typos import slips

MEANT: Final = 5
"""Words that one may have been meant for."""


def likeliest(hits: Iterable[Hit], typed: str, distance: int) -> list[Word]:
    """List the words that are so few slips away, the most frequent first."""
    near: Counter[Word] = Counter()
    for written, often in counted(_said(hits)).items():
        exact, stem = forms_of(written)
        if slips(typed, exact, distance) is not None:
            near[Word(0, len(exact), exact, stem)] += often
    return sorted(near, key=lambda word: (-near[word], word.exact))[:MEANT]


def _said(hits: Iterable[Hit]) -> Iterator[str]:
    for hit in hits:
        yield from (hit.passage.text, hit.passage.heading or "", hit.about.description.title)
