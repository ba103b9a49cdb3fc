"""Questions and scopes as tantivy queries; nothing a person types is ever parsed by tantivy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from tantivy import Occur, Query, Schema

from services.search.index import fields
from services.search.index.census import Census
from services.search.model.passage import Scope
from services.search.model.question import Form
from services.search.words.terms import Run, Terms
from services.search.words.text import Word, words

EXACT_SHARE: Final = 0.5
"""How much the word as it is written adds to its stem, so that the very word comes first."""

LEAD_SHARE: Final = 0.2
"""How much a word of the title or a heading counts where no text need have it."""

LIFTS: Final = {fields.TITLE: 0.2, fields.HEADING: 0.2}
"""How much the same words in the title and in the heading add to a hit."""

BEGUN_SHARE: Final = 0.3
"""How much a word counts that only begins as asked."""

CORRECTED_SHARE: Final = 0.3
"""How much a word counts that was taken for a mistyped one."""

BEGINNINGS: Final = 24
"""Words that a beginning may stand for."""

_Clauses = list[tuple[Occur, Query]]


@dataclass(frozen=True, slots=True)
class Compiler:
    """Makes queries of questions, each word weighed as its owner's passages weigh it."""

    schema: Schema
    census: Census
    corrected: Mapping[Run, Sequence[Word]] = field(default_factory=dict)
    """Words that nothing has, and those that were perhaps meant."""

    def compile(self, looked_for: Terms, scope: Scope) -> Query:
        """Ask for a question within a scope."""
        wanted = self._all_wanted(looked_for)
        if looked_for.choosy:
            wanted = [(Occur.Must, Query.boolean_query(wanted))]
        # What is only excluded has to be excluded from something.
        alone = self.census.alone and bool(looked_for.wanted or looked_for.needed)
        return Query.boolean_query(
            [
                *within(self.schema, scope, alone=alone),
                *((Occur.Must, self._needed(run)) for run in looked_for.needed),
                *wanted,
                *self._lifts(looked_for),
                *((Occur.MustNot, query) for run in looked_for.unwanted for query in self._of(run)),
            ]
        )

    def _all_wanted(self, looked_for: Terms) -> _Clauses:
        """Ask for all that adds up, words alone in a union of their own.

        Tantivy hurries through a union of nothing but words; one pair would slow them all down.
        """
        words: list[Query] = []
        others: list[Query] = []
        for run in looked_for.wanted:
            instead = self._instead(run)
            whole = self._sought(run.words)
            if instead:
                others.append(Query.disjunction_max_query([_any_of(whole), *instead]))
            else:
                (words if len(run.words) == 1 else others).extend(whole)
        together = [_any_of(words), *others] if words and others else [*words, *others]
        return [(Occur.Should, query) for query in together]

    def _instead(self, run: Run) -> list[Query]:
        """Ask, for less, for what a word may stand for."""
        others: list[Query] = []
        if run.form is Form.BEGUN:
            for word in self._beginnings(run):
                for where in fields.SOUGHT:
                    others += self._weighed(where, (word,), BEGUN_SHARE, stems=False)
        for word in self.corrected.get(run, ()):
            others += [Query.boost_query(_any_of(self._sought((word,))), CORRECTED_SHARE)]
        return others

    def _beginnings(self, run: Run) -> list[Word]:
        found = self.census.beginning(run.exact[0], BEGINNINGS)
        taken_apart = (word for one in found for word in words(one))
        return [word for word in taken_apart if word.stem != run.stems[0]]

    def _sought(self, run: Sequence[Word]) -> list[Query]:
        return [
            *self._weighed(fields.TEXT, run, 1.0),
            *self._weighed(fields.TEXT, run, EXACT_SHARE, stems=False),
            *self._weighed(fields.LEAD, run, LEAD_SHARE),
        ]

    def _lifts(self, looked_for: Terms) -> _Clauses:
        """Let the words count again where the title or the heading has them, too."""
        return [
            (Occur.Should, query)
            for run in looked_for.wanted
            for where, weight in LIFTS.items()
            for query in self._weighed(where, run.words, weight)
        ]

    def _weighed(
        self, where: str, run: Sequence[Word], weight: float, *, stems: bool = True
    ) -> list[Query]:
        """Ask for words side by side, as rare as they are with the owner; nothing if one is not."""
        stemmed = [word.stem for word in run]
        parts = stemmed if stems else [word.exact for word in run]
        name = fields.stem(where) if stems else fields.exact(where)
        share = self.census.share(name, parts, stemmed)
        return [Query.boost_query(self._neighbours(name, parts), weight * share)] if share else []

    def _needed(self, run: Run) -> Query:
        where = fields.TITLE if run.title else fields.TEXT
        if run.form is Form.PHRASE:
            return self._neighbours(fields.exact(where), run.exact)
        whole = self._neighbours(fields.stem(where), run.stems)
        if run.form is Form.WORD:
            return whole
        return Query.boolean_query(
            [
                (Occur.Should, whole),
                (Occur.Should, self._beginning(fields.exact(where), run.exact[0])),
            ]
        )

    def _of(self, run: Run) -> list[Query]:
        """Ask for a run as it is written, in each place where it would be shown."""
        names = [fields.exact(where) for where in ((fields.TITLE,) if run.title else fields.SHOWN)]
        if run.form is Form.BEGUN:
            return [self._beginning(name, run.exact[0]) for name in names]
        return [self._neighbours(name, run.exact) for name in names]

    def _beginning(self, name: str, beginning: str) -> Query:
        return Query.fuzzy_term_query(self.schema, name, beginning, 0, prefix=True)

    def _neighbours(self, name: str, parts: Sequence[str]) -> Query:
        """Ask for words side by side."""
        if len(parts) == 1:
            return Query.term_query(self.schema, name, parts[0], "freq")
        return Query.phrase_query(self.schema, name, list(parts))


def within(schema: Schema, scope: Scope, *, alone: bool = False) -> list[tuple[Occur, Query]]:
    """Filter without a say in the score; by owner only if anything there is somebody else's."""
    filters = {
        "owner": None if alone else scope.owner_id,
        "document": scope.document_id,
        "collection": scope.collection_id,
        "tag": scope.tag,
    }
    return [
        (Occur.Must, Query.const_score_query(_term(schema, name, str(value)), 0.0))
        for name, value in filters.items()
        if value is not None
    ]


def of_owner(schema: Schema, owner_id: UUID) -> Query:
    """Ask for every passage of an owner."""
    return _term(schema, "owner", str(owner_id))


def of_document(schema: Schema, document_id: UUID) -> Query:
    """Ask for every passage of a document."""
    return _term(schema, "document", str(document_id))


def _any_of(queries: Sequence[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, query) for query in queries])


def _term(schema: Schema, name: str, value: str) -> Query:
    return Query.term_query(schema, name, value, "basic")
