"""How the ranks of two legs become one, and what the scores mean."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.search.model.passage import Hit

RRF_K: Final = 60
"""As proposed by Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and
individual Rank Learning Methods", SIGIR 2009."""

TEXT_WEIGHT: Final = 0.75
"""What a place by words counts beside a place by meaning. Questions in sentences are understood
better than their words are matched; docs/search-quality.md tells on what it was chosen."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one leg put a hit (from 1), and its own score."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hit with its final score, 0 to 1, and what the legs said."""

    hit: Hit
    score: float
    text: Place | None = None
    semantic: Place | None = None


def by_words(hits: Sequence[Hit]) -> list[Ranked]:
    """Score each by its BM25 over the best one's."""
    best = max((hit.score for hit in hits), default=0.0)
    return [
        Ranked(hit, hit.score / best if best > 0 else 0.0, text=Place(rank, hit.score))
        for rank, hit in enumerate(hits, 1)
    ]


def by_meaning(hits: Sequence[Hit]) -> list[Ranked]:
    """Score each by its cosine; what points away counts as nothing."""
    return [
        Ranked(hit, min(max(hit.score, 0.0), 1.0), semantic=Place(rank, hit.score))
        for rank, hit in enumerate(hits, 1)
    ]


def fused(text: Sequence[Hit], semantic: Sequence[Hit]) -> list[Ranked]:
    """Fuse two rankings by reciprocal ranks, over the most that a hit can reach (first in both)."""
    hits = {hit.passage.id.int: hit for hit in (*semantic, *text)}
    by_text, by_vector = _places(text), _places(semantic)
    ranked = [
        Ranked(hit, _share(words, meaning), words, meaning)
        for number, hit in hits.items()
        for words, meaning in [(by_text.get(number), by_vector.get(number))]
    ]
    return sorted(ranked, key=lambda one: (-one.score, *one.hit.place))


def newest(ranked: Iterable[Ranked]) -> list[Ranked]:
    """Drop hits of an older reading where a newer one is among them: never both."""
    ranked = list(ranked)
    # By the numbers of ids: an id itself is looked up many times as slowly.
    readings = [(one.hit.about.document_id.int, one.hit.about.version) for one in ranked]
    latest = dict(sorted(set(readings)))
    return [
        one
        for one, (document, version) in zip(ranked, readings, strict=True)
        if version == latest[document]
    ]


def _places(hits: Sequence[Hit]) -> dict[int, Place]:
    return {hit.passage.id.int: Place(rank, hit.score) for rank, hit in enumerate(hits, 1)}


def _share(text: Place | None, semantic: Place | None) -> float:
    """Add what both legs give; the first place in both gives 1."""
    return (TEXT_WEIGHT * _part(text) + _part(semantic)) / (TEXT_WEIGHT + 1)


def _part(place: Place | None) -> float:
    return (RRF_K + 1) / (RRF_K + place.rank) if place else 0.0
