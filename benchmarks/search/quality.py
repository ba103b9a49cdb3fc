"""How good the answers are: nDCG@10 and recall@10 over judged questions, mode by mode."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Final

from benchmarks.search.collection import Collection
from benchmarks.search.library import Library
from contracts.search import FindPassages, SearchMode
from services.search.model.question import LONGEST
from shared.cause import Cause

FIRST: Final = 10
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over all questions."""

    ndcg: float
    recall: float


async def rate(place: Library, collection: Collection, mode: SearchMode) -> Scores:
    """Ask every question and compare what comes with what was judged."""
    rated = [
        _rated(await _answered(place, text, mode), collection.judged[question])
        for question, text in collection.questions.items()
    ]
    count = len(rated)
    return Scores(sum(one.ndcg for one in rated) / count, sum(one.recall for one in rated) / count)


async def _answered(place: Library, text: str, mode: SearchMode) -> list[str]:
    """List the documents that answer, each by its best passage."""
    asked = FindPassages(q=text[:LONGEST], mode=mode, limit=_MOST)
    answer = await place.finding.find(asked, Cause(actor=place.owner))
    if answer.degraded:
        raise RuntimeError("a leg did not answer: the figures would be of another mode")
    return list(dict.fromkeys(place.named[hit.document_id] for hit in answer.results))


def _rated(ranking: Sequence[str], gains: Mapping[str, float]) -> Scores:
    """Rate a ranking of different documents, as trec_eval does."""
    best = sorted(gains.values(), reverse=True)[:FIRST]
    got = [gains.get(document, 0.0) for document in ranking[:FIRST]]
    return Scores(_cumulated(got) / _cumulated(best), sum(gain > 0 for gain in got) / len(gains))


def _cumulated(gains: Sequence[float]) -> float:
    return sum(gain / log2(place + 2) for place, gain in enumerate(gains))
