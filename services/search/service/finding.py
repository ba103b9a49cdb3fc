"""Finds passages that the caller may see: by words, by meaning, or by both."""

import asyncio
from dataclasses import dataclass
from itertools import islice
from time import perf_counter
from typing import Final

from contracts.search import (
    Explanation,
    FindPassages,
    LegScore,
    SearchAnswer,
    SearchHit,
    SearchMode,
)
from services.search.model.fusion import (
    RRF_K,
    TEXT_WEIGHT,
    Place,
    Ranked,
    by_meaning,
    by_words,
    fused,
    newest,
)
from services.search.model.passage import Found, Hit, OtherModel, Scope
from services.search.model.question import Question, readable
from services.search.model.snippet import Span, snippet
from services.search.ports import Embedder, FindsByMeaning, FindsByWords
from services.search.service.leg import Leg
from services.search.words.matching import Marking, keeps_to
from services.search.words.terms import terms
from shared.cause import Cause
from shared.problems import Away, Problem

CANDIDATES: Final = 100
"""Hits that each leg hands in, whatever the limit: the limit never changes the order."""

DEEP: Final = 500
"""How many the semantic leg looks through where a phrase or a minus will drop most of them."""

_FORMULAS: Final = {
    SearchMode.TEXT: "BM25 / BM25 of the best hit",
    SearchMode.SEMANTIC: "max(0, cosine)",
    SearchMode.HYBRID: (
        f"({TEXT_WEIGHT}/({RRF_K} + text.rank) + 1/({RRF_K} + semantic.rank))"
        f" / ({TEXT_WEIGHT + 1}/{RRF_K + 1})"
    ),
}


class Nobody(Problem, code="unauthenticated", status=401, title="Sign in to search"):
    """The request carries no actor, and without one there is nothing that may be seen."""


@dataclass(frozen=True, slots=True)
class _Legs:
    """What each leg found; None where it is away or was not asked."""

    found: Found | None
    near: list[Hit] | None

    @property
    def mode(self) -> SearchMode:
        if self.found is not None and self.near is not None:
            return SearchMode.HYBRID
        if self.found is None and self.near is None:
            raise Away("neither the text index nor the vectors answer just now")
        return SearchMode.SEMANTIC if self.found is None else SearchMode.TEXT

    def ranked(self) -> list[Ranked]:
        if self.found is not None and self.near is not None:
            return newest(fused(self.found.hits, self.near))
        return newest(by_words(self.found.hits) if self.found else by_meaning(self.near or []))


@dataclass(frozen=True, slots=True)
class Finding:
    """The verb that reads. A leg that is away, broken or slow is missed, never waited for."""

    text: FindsByWords
    vectors: FindsByMeaning
    embedder: Embedder
    words_leg: Leg
    meaning_leg: Leg

    async def find(self, asked: FindPassages, cause: Cause) -> SearchAnswer:
        """Answer with the best passages; every filter is part of the question to the indexes."""
        started = perf_counter()
        if cause.actor is None:
            raise Nobody
        question = Question.parse(asked.q)
        tag = asked.tag if asked.tag is None else readable(asked.tag)
        scope = Scope(cause.actor, asked.document_id, asked.collection_id, tag)
        legs = await self._ask(asked.mode, question, scope, cause)
        good = [one for one in legs.ranked() if one.score >= (asked.min_score or 0.0)]
        corrected = legs.found.corrected if legs.found else frozenset()
        marking = Marking(terms(question), corrected)
        results = [
            _shown(one, marking.marks(one.hit.passage.text), legs.mode if asked.explain else None)
            for one in good[: asked.limit]
        ]
        return SearchAnswer(
            query=asked.q,
            mode=legs.mode,
            degraded=legs.mode is not asked.mode,
            total=legs.found.total if legs.found else len(results),
            took_ms=round((perf_counter() - started) * 1000, 1),
            results=results,
        )

    async def _ask(self, mode: SearchMode, question: Question, scope: Scope, cause: Cause) -> _Legs:
        """Ask both legs for a hybrid answer, else one, and the other in its place."""

        async def found() -> Found | None:
            return await self.words_leg.run(
                lambda: self.text.find(question, scope, most=CANDIDATES)
            )

        # A leg that failed is tried once more with this question, long after who asked has gone.
        unhurried = cause.unhurried()

        async def near() -> list[Hit] | None:
            return await self.meaning_leg.run(lambda: self._near(question, scope, unhurried))

        if mode is SearchMode.HYBRID:
            # The longer way first: it begins with a wait, and words begin with work of our own.
            by_vector, by_text = await asyncio.gather(near(), found())
            return _Legs(by_text, by_vector)
        if mode is SearchMode.TEXT:
            by_text = await found()
            return _Legs(by_text, None if by_text else await near())
        by_vector = await near()
        return _Legs(await found() if by_vector is None else None, by_vector)

    async def _near(self, question: Question, scope: Scope, cause: Cause) -> list[Hit]:
        """Find by meaning, and keep to what must and must not be there word by word."""
        looked_for = terms(question)
        if not looked_for.wanted and not looked_for.needed:
            return []
        most = DEEP if looked_for.binding else CANDIDATES
        try:
            near = await self._nearest(question, scope, cause, most)
        except OtherModel:
            # The vector may be one we remembered from before the model changed.
            self.embedder.distrust(question.meaning)
            near = await self._nearest(question, scope, cause, most)
        return list(islice((hit for hit in near if keeps_to(hit, looked_for)), CANDIDATES))

    async def _nearest(
        self, question: Question, scope: Scope, cause: Cause, most: int
    ) -> list[Hit]:
        vector = await self.embedder.embed(question.meaning, cause)
        return await self.vectors.nearest(vector, scope, most=most)


def _shown(one: Ranked, marked: list[Span], explained_as: SearchMode | None) -> SearchHit:
    about, passage = one.hit.about, one.hit.passage
    return SearchHit(
        document_id=about.document_id,
        passage_id=passage.id,
        title=about.description.title,
        page=passage.page,
        heading=passage.heading,
        start=passage.start,
        end=passage.end,
        text=passage.text,
        text_version=about.text_version,
        snippet=snippet(passage.text, marked),
        score=one.score,
        explain=_explained(one, explained_as) if explained_as else None,
    )


def _explained(one: Ranked, mode: SearchMode) -> Explanation:
    return Explanation(
        text=_leg_score(one.text),
        semantic=_leg_score(one.semantic),
        fused=one.score,
        formula=_FORMULAS[mode],
    )


def _leg_score(place: Place | None) -> LegScore | None:
    return LegScore(rank=place.rank, score=place.score) if place else None
