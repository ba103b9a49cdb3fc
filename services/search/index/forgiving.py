"""Finds what was perhaps meant by words that nothing in a scope has."""

from collections.abc import Iterator
from typing import Final

from tantivy import DocAddress, Occur, Query, Schema, Searcher

from services.search.index import fields
from services.search.index.queries import within
from services.search.model.passage import Hit, Scope
from services.search.model.question import Form
from services.search.words.terms import Run, Terms
from services.search.words.text import Word, words
from services.search.words.typos import slips, tolerance

FORGIVEN: Final = 8
"""Words of a question that may be mistyped; somebody who pastes noise gets no more."""

LOOKED_AT: Final = 50
"""Passages that are read for words like the mistyped one."""

MEANT: Final = 5
"""Words that one may have been meant for."""


def corrected(
    schema: Schema, searcher: Searcher, looked_for: Terms, scope: Scope
) -> dict[Run, list[Word]]:
    """Find words that are there, for each wanted one that is not, the likeliest first."""
    scoped = within(schema, scope)
    found: dict[Run, list[Word]] = {}
    for run in looked_for.wanted:
        if len(found) == FORGIVEN:
            break
        if len(run.words) > 1 or not tolerance(run.exact[0]):
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
        counted: dict[str, tuple[int, Word]] = {}
        for address in _any(searcher, scoped, near, LOOKED_AT):
            hit = fields.hit(searcher.doc(address), 0.0)
            for word in _said(hit):
                if slips(typed, word.exact, distance) is not None:
                    counted[word.exact] = counted.get(word.exact, (0, word))[0] + 1, word
        if counted:
            best = sorted(counted.values(), key=lambda one: (-one[0], one[1].exact))
            return [word for _, word in best[:MEANT]]
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


def _said(hit: Hit) -> Iterator[Word]:
    for text in (hit.passage.text, hit.passage.heading or "", hit.about.description.title):
        yield from words(text)
