"""Questions and scopes as OpenSearch has them; nothing a person types is ever parsed there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.search.index import fields
from services.search.index.opensearch.counts import Counts
from services.search.index.queries import (
    CORRECTED_SHARE,
    EXACT_SHARE,
    LEAD_SHARE,
    LIFTS,
)
from services.search.model.passage import Scope
from services.search.model.question import Form
from services.search.words.terms import Run, Terms
from services.search.words.text import Word

Clause = dict[str, Any]

BEGUN: float = 0.03
"""What a word counts that only begins as asked, however rare it is."""


def within(scope: Scope) -> list[Clause]:
    """Filter without a say in the score."""
    filters = {
        "owner": scope.owner_id,
        "document": scope.document_id,
        "collection": scope.collection_id,
        "tag": scope.tag,
    }
    return [{"term": {name: str(value)}} for name, value in filters.items() if value is not None]


def of_document(document_id: UUID) -> Clause:
    """Ask for every passage of a document."""
    return {"term": {"document": str(document_id)}}


def neighbours(name: str, parts: Sequence[str], boost: float = 1.0) -> Clause:
    """Ask for words side by side, in this order."""
    if len(parts) == 1:
        return {"term": {name: {"value": parts[0], "boost": boost}}}
    return {"match_phrase": {name: {"query": " ".join(parts), "boost": boost}}}


def beginning(name: str, begun: str, boost: float = 1.0) -> Clause:
    """Ask for words that begin so; all of them count the same."""
    return {"prefix": {name: {"value": begun, "boost": boost, "rewrite": "constant_score"}}}


def any_of(clauses: Sequence[Clause]) -> Clause:
    """Ask for at least one of them."""
    return {"bool": {"should": list(clauses), "minimum_should_match": 1}}


@dataclass(frozen=True, slots=True)
class Compiler:
    """Makes queries of questions, each word weighed as its owner's passages weigh it."""

    counts: Counts
    corrected: Mapping[Run, Sequence[Word]] = field(default_factory=dict)

    def compile(self, looked_for: Terms, scope: Scope) -> Clause:
        """Ask for a question within a scope."""
        must = [self._needed(run) for run in looked_for.needed]
        wanted = [self._wanted(run) for run in looked_for.wanted]
        should = [*self._lifts(looked_for)]
        if looked_for.choosy:
            must.append(any_of(wanted))
        else:
            should += wanted
        return {
            "bool": {
                "filter": within(scope),
                "must": must,
                "should": should,
                "must_not": [one for run in looked_for.unwanted for one in _of(run)],
            }
        }

    def _wanted(self, run: Run) -> Clause:
        """Ask for the words, or else, for less, for what they may stand for."""
        others: list[Clause] = []
        if run.form is Form.BEGUN:
            begun = run.exact[0]
            others += [beginning(fields.exact(where), begun, BEGUN) for where in fields.SOUGHT]
        for word in self.corrected.get(run, ()):
            others.append(self._sought((word,), CORRECTED_SHARE))
        whole = self._sought(run.words)
        return {"dis_max": {"queries": [whole, *others]}}

    def _sought(self, run: Sequence[Word], boost: float = 1.0) -> Clause:
        clauses = [
            *self._weighed(fields.TEXT, run, 1.0),
            *self._weighed(fields.TEXT, run, EXACT_SHARE, stems=False),
            *self._weighed(fields.LEAD, run, LEAD_SHARE),
        ]
        if not clauses:
            return {"match_none": {}}
        return {"bool": {"should": clauses, "minimum_should_match": 1, "boost": boost}}

    def _lifts(self, looked_for: Terms) -> list[Clause]:
        """Let the words count again where the title or the heading has them, too."""
        return [
            clause
            for run in looked_for.wanted
            for where, weight in LIFTS.items()
            for clause in self._weighed(where, run.words, weight)
        ]

    def _weighed(
        self, where: str, run: Sequence[Word], weight: float, *, stems: bool = True
    ) -> list[Clause]:
        """Ask for words side by side, as rare as they are with the owner; nothing if one is not."""
        stemmed = [word.stem for word in run]
        parts = stemmed if stems else [word.exact for word in run]
        name = fields.stem(where) if stems else fields.exact(where)
        share = self.counts.share(name, parts, stemmed)
        return [neighbours(name, parts, weight * share)] if share else []

    @staticmethod
    def _needed(run: Run) -> Clause:
        where = fields.TITLE if run.title else fields.TEXT
        if run.form is Form.PHRASE:
            return neighbours(fields.exact(where), run.exact)
        whole = neighbours(fields.stem(where), run.stems)
        if run.form is Form.WORD:
            return whole
        return any_of([whole, beginning(fields.exact(where), run.exact[0])])


def _of(run: Run) -> list[Clause]:
    """Ask for a run as it is written, in each place where it would be shown."""
    names = [fields.exact(where) for where in ((fields.TITLE,) if run.title else fields.SHOWN)]
    if run.form is Form.BEGUN:
        return [beginning(name, run.exact[0]) for name in names]
    return [neighbours(name, run.exact) for name in names]
