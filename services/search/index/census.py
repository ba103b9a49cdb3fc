"""Counts words among the passages of one owner, so that nobody else's weigh in their ranking."""

import re
from collections.abc import Iterable, Sequence
from math import log
from typing import Final

from tantivy import Occur, Query, Schema, Searcher

from services.search.index import fields

REMEMBERED: Final = 10_000
_ALL: Final = re.compile(r'"value":\s*([\d.]+),\s*"description":\s*"N, total number of docs"')


class Census:
    """What one owner's passages hold, at the state that a searcher sees."""

    def __init__(self, schema: Schema, searcher: Searcher, owner: Query) -> None:
        self.searcher = searcher
        self._schema = schema
        self._owner = Query.const_score_query(owner, 0.0)
        self._everywhere = _everywhere(searcher, owner)
        passages = self._count(self._owner)
        self.alone = passages == searcher.num_docs
        """Whether there is nobody else's passage in this state: nothing need keep it out."""
        self._deleted = self._everywhere > searcher.num_docs
        self._passages = self._everywhere if self.alone else passages
        self._holding: dict[str, int] = {}

    def share(self, field: str, parts: Sequence[str], stems: Iterable[str]) -> float:
        """Divide the words' rarity among the owner's passages by that among everybody's.

        Tantivy weighs a word by its rarity in all passages; times this it is its rarity in the
        owner's text. Nothing at all if the field has not all of the words.
        """
        everywhere = [self.searcher.doc_freq(field, part) for part in parts]
        if not all(everywhere):
            return 0.0
        rarity = sum(rarity_of(self._everywhere, count) for count in everywhere)
        return sum(self._rarity(stem) for stem in stems) / rarity

    def has(self, stem: str) -> bool:
        """Say whether any of the owner's passages has a word in its text."""
        # The count for somebody who is alone knows of deleted passages, too.
        if not self._held(stem):
            return False
        if not (self.alone and self._deleted):
            return True
        return bool(self.searcher.search(self._in_text(stem), 1, count=False).hits)

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
        return rarity_of(self._passages, self._held(stem))

    def _held(self, stem: str) -> int:
        """Count the owner's passages that have a word in their text."""
        known = self._holding.get(stem)
        if known is not None:
            return known
        if self.alone:
            count = self.searcher.doc_freq(fields.stem(fields.TEXT), stem)
        else:
            both = [(Occur.Must, self._owner), (Occur.Must, self._in_text(stem))]
            count = self._count(Query.boolean_query(both))
        if len(self._holding) < REMEMBERED:
            self._holding[stem] = count
        return count

    def _in_text(self, stem: str) -> Query:
        return Query.term_query(self._schema, fields.stem(fields.TEXT), stem, "basic")

    def _count(self, query: Query) -> int:
        return self.searcher.search(query, 1, count=True).count  # type: ignore[attr-defined, no-any-return]  # the stub forgot it


def _everywhere(searcher: Searcher, term: Query) -> int:
    """Count all passages as tantivy does: with those that are deleted, but not yet cleared away.

    Only its explanation of a score tells that number.
    """
    hits = searcher.search(term, 1, count=False).hits
    if not hits:
        return searcher.num_docs
    explained = _ALL.search(term.explain(searcher, hits[0][1]).to_json())
    return int(float(explained[1])) if explained else searcher.num_docs


def rarity_of(passages: int, holding: int) -> float:
    """Weigh a word by the passages that have it, as BM25 does."""
    holding = min(holding, passages)
    return log(1 + (passages - holding + 0.5) / (holding + 0.5))
