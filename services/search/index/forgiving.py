"""Finds what was perhaps meant by words that nothing in a scope has."""

from collections.abc import Iterator
from typing import Final

from tantivy import DocAddress, Occur, Query, Schema, Searcher

from services.search.index import fields
from services.search.index.census import Census
from services.search.index.queries import within
from services.search.model.passage import Scope
from services.search.model.question import Form
from services.search.words.guesses import likeliest
from services.search.words.terms import Run, Terms
from services.search.words.text import Word
from services.search.words.typos import tolerance

FORGIVEN: Final = 8
"""Words of a question that may be mistyped; somebody who pastes noise gets no more."""

LOOKED_AT: Final = 50
"""Passages that are read for words like the mistyped one."""


def corrected(
    schema: Schema, census: Census, looked_for: Terms, scope: Scope
) -> dict[Run, list[Word]]:
    """Find words that are there, for each wanted one that is not, the likeliest first."""
    searcher = census.searcher
    whole = scope == Scope(scope.owner_id)
    scoped = within(schema, scope)
    found: dict[Run, list[Word]] = {}
    for run in looked_for.wanted:
        if len(found) == FORGIVEN:
            break
        if len(run.words) > 1 or not tolerance(run.exact[0]):
            continue
        if whole and census.has(run.stems[0]):
            continue
        if not _any(searcher, scoped, list(_there(schema, run)), 1):
            found[run] = _meant(schema, searcher, scoped, run.exact[0])
    return found


def _meant(
    schema: Schema, searcher: Searcher, scoped: list[tuple[Occur, Query]], typed: str
) -> list[Word]:
    for distance in range(1, tolerance(typed) + 1):
        near = [
            Query.fuzzy_term_query(schema, fields.exact(where), typed, distance)
            for where in fields.SOUGHT
        ]
        addresses = _any(searcher, scoped, near, LOOKED_AT)
        hits = (fields.hit(searcher.doc(address), 0.0) for address in addresses)
        if best := likeliest(hits, typed, distance):
            return best
    return []


def _there(schema: Schema, run: Run) -> Iterator[Query]:
    """Ask whether a word is there, in any form that the question would accept."""
    for where in fields.SOUGHT:
        yield Query.term_query(schema, fields.stem(where), run.stems[0], "basic")
        if run.form is Form.BEGUN:
            yield Query.fuzzy_term_query(schema, fields.exact(where), run.exact[0], 0, prefix=True)


def _any(
    searcher: Searcher, scoped: list[tuple[Occur, Query]], queries: list[Query], most: int
) -> list[DocAddress]:
    """Find some passages in scope that one of the queries fits."""
    fitting = Query.boolean_query([(Occur.Should, query) for query in queries])
    whole = Query.boolean_query([*scoped, (Occur.Must, fitting)])
    return [address for _, address in searcher.search(whole, most, count=False).hits]
