"""Questions and scopes as tantivy queries; nothing a person types is ever parsed by tantivy."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from tantivy import Occur, Query, Schema

from services.search.model.passage import Scope
from services.search.words import Terms, Word

EXACT_BOOST: Final = 0.5
"""How much the word as it is written adds to its stem, so that the very word comes first."""


def scoped(schema: Schema, looked_for: Terms, scope: Scope) -> Query | None:
    """Ask for the words within the scope; None if there is no word to ask for."""
    if not looked_for.wanted and not looked_for.needed:
        return None
    wanted = [(Occur.Should, _wanted(schema, run)) for run in looked_for.wanted]
    needed = [(Occur.Must, _phrase(schema, "exact", _exact(run))) for run in looked_for.needed]
    unwanted = [
        (Occur.MustNot, _phrase(schema, "exact", _exact(run))) for run in looked_for.unwanted
    ]
    if not needed:
        wanted = [(Occur.Must, Query.boolean_query(wanted))]
    return Query.boolean_query([*_within(schema, scope), *needed, *wanted, *unwanted])


def of_document(schema: Schema, document_id: UUID) -> Query:
    """Ask for every passage of a document."""
    return Query.term_query(schema, "document", str(document_id), "basic")


def _within(schema: Schema, scope: Scope) -> list[tuple[Occur, Query]]:
    """Filter without a say in the score."""
    filters = {
        "owner": scope.owner_id,
        "document": scope.document_id,
        "collection": scope.collection_id,
        "tag": scope.tag,
    }
    return [
        (Occur.Must, Query.const_score_query(_term(schema, field, str(value)), 0.0))
        for field, value in filters.items()
        if value is not None
    ]


def _term(schema: Schema, field: str, value: str) -> Query:
    return Query.term_query(schema, field, value, "basic")


def _wanted(schema: Schema, run: Sequence[Word]) -> Query:
    exact = Query.boost_query(_phrase(schema, "exact", _exact(run)), EXACT_BOOST)
    return Query.boolean_query(
        [
            (Occur.Should, _phrase(schema, "stem", [word.stem for word in run])),
            (Occur.Should, exact),
        ]
    )


def _phrase(schema: Schema, field: str, parts: Sequence[str]) -> Query:
    if len(parts) == 1:
        return Query.term_query(schema, field, parts[0], "freq")
    return Query.phrase_query(schema, field, list(parts))


def _exact(run: Sequence[Word]) -> list[str]:
    return [word.exact for word in run]
