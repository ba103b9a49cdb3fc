"""Counts words among the passages of one owner, so that nobody else's weigh in their ranking."""

from collections.abc import Iterable, Sequence
from math import log
from typing import Final

from tantivy import Occur, Query, Schema, Searcher

from services.search.index import fields

REMEMBERED: Final = 10_000


class Census:
    """What one owner's passages hold, at the state that a searcher sees."""

    def __init__(self, schema: Schema, searcher: Searcher, owner: Query) -> None:
        self.searcher = searcher
        self._schema = schema
        self._owner = Query.const_score_query(owner, 0.0)
        self._passages = self._count(self._owner)
        self._alone = self._passages == searcher.num_docs
        self._holding: dict[str, int] = {}

    def share(self, field: str, parts: Sequence[str], stems: Iterable[str]) -> float:
        """Tell how much more the words tell among the owner's passages than among everybody's.

        Tantivy weighs a word by its rarity in all passages; times this it is its rarity in the
        owner's text. Nothing at all if the field has not all of the words.
        """
        everywhere = [self.searcher.doc_freq(field, part) for part in parts]
        if not all(everywhere):
            return 0.0
        rarity = sum(_rarity(self.searcher.num_docs, count) for count in everywhere)
        return sum(self._rarity(stem) for stem in stems) / rarity

    def beginning(self, beginning: str, most: int) -> list[str]:
        """List the owner's most frequent words that begin so."""
        counted: dict[str, int] = {}
        for where in fields.SOUGHT:
            for word, count in self.searcher.terms_with_prefix(
                fields.exact(where), beginning, self._owner
            ):
                counted[word] = max(counted.get(word, 0), count)
        return sorted(counted, key=lambda word: (-counted[word], word))[:most]

    def _rarity(self, stem: str) -> float:
        return _rarity(self._passages, self._held(stem))

    def _held(self, stem: str) -> int:
        """Count the owner's passages that have a word in their text."""
        known = self._holding.get(stem)
        if known is not None:
            return known
        field = fields.stem(fields.TEXT)
        if self._alone:
            count = self.searcher.doc_freq(field, stem)
        else:
            count = self._count(
                Query.boolean_query(
                    [
                        (Occur.Must, self._owner),
                        (Occur.Must, Query.term_query(self._schema, field, stem, "basic")),
                    ]
                )
            )
        if len(self._holding) < REMEMBERED:
            self._holding[stem] = count
        return count

    def _count(self, query: Query) -> int:
        return self.searcher.search(query, 1, count=True).count  # type: ignore[attr-defined, no-any-return]  # the stub forgot it


def _rarity(passages: int, holding: int) -> float:
    """Weigh a word by the passages that have it, as BM25 does."""
    holding = min(holding, passages)
    return log(1 + (passages - holding + 0.5) / (holding + 0.5))
