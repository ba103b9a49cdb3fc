"""How fast the answers are, in libraries as large as wished.

Larger libraries than the collection are made of it: real sentences in new company, and vectors
between those of real passages. Good for time; nobody judged them, so they rate no answers.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Final
from uuid import uuid5

import numpy as np

from benchmarks.search.collection import Collection
from benchmarks.search.library import Library, filling
from contracts.search import FindPassages, SearchMode
from services.search.model.passage import About, Description, Embedded, Passage
from services.search.model.question import LONGEST
from shared.cause import Cause, new_id
from shared.serve import settle

A_DOCUMENT: Final = 200
_SENTENCES: Final = 6
_SEED_PASSAGES: Final = 256
_WARMING: Final = 10


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds of each answer, and of embedding each question."""

    answers: dict[SearchMode, list[float]]
    embedding: list[float]


async def enlarge(place: Library, collection: Collection, size: int) -> None:
    """Fill a library with made passages, all of one owner, who is the slowest to serve."""
    by = random.Random(1)  # noqa: S311  # no secret
    sentences = list(_sentences(collection))
    seeds = [" ".join(by.choices(sentences, k=_SENTENCES)) for _ in range(_SEED_PASSAGES)]
    packed = b"".join(await place.model.embed(seeds))
    known = np.frombuffer(packed, "<f4").reshape(_SEED_PASSAGES, -1)
    chance = np.random.default_rng(1)
    async with filling(place):
        for start in range(0, size, A_DOCUMENT):
            count = min(A_DOCUMENT, size - start)
            title = " ".join(by.choice(sentences).split()[:4])
            about = About(new_id(), place.owner, 1, "1", Description(title))
            texts = [" ".join(by.choices(sentences, k=_SENTENCES)) for _ in range(count)]
            vectors = (
                chance.dirichlet((0.3,) * 8, count)[:, None, :]
                @ known[chance.integers(0, _SEED_PASSAGES, (count, 8))]
            )
            await place.put(about, list(_embedded(about, texts, vectors[:, 0, :])))


async def time(place: Library, collection: Collection, asked: int = 200) -> Pace:
    """Ask the collection's questions one after another, mode by mode."""
    texts = [text[:LONGEST] for text in collection.questions.values()]
    by = random.Random(2)  # noqa: S311  # no secret
    drawn = by.choices(texts, k=_WARMING + asked)
    settle()
    answers = {mode: [await _seconds(place, text, mode) for text in drawn] for mode in SearchMode}
    embedding = []
    for text in drawn:
        begun = perf_counter()
        await place.model.embed_now([text])
        embedding.append(perf_counter() - begun)
    return Pace(
        {mode: seconds[_WARMING:] for mode, seconds in answers.items()}, embedding[_WARMING:]
    )


async def _seconds(place: Library, text: str, mode: SearchMode) -> float:
    begun = perf_counter()
    asked = FindPassages(q=text, mode=mode, explain=True)
    answer = await place.finding.find(asked, Cause(actor=place.owner))
    if answer.degraded:
        raise RuntimeError("a leg did not answer: the time would be of another mode")
    return perf_counter() - begun


def _sentences(collection: Collection) -> Iterator[str]:
    for writing in collection.writings:
        for sentence in re.split(r"(?<=\w\w)\s?[.?!]\s", writing.text):
            if sentence.strip():
                yield sentence.strip()


def _embedded(about: About, texts: list[str], vectors: np.ndarray) -> Iterator[Embedded]:
    whole = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for ordinal, (text, vector) in enumerate(zip(texts, whole.astype("<f4"), strict=True)):
        passage_id = uuid5(about.document_id, str(ordinal))
        start = ordinal * 1_000
        passage = Passage(passage_id, ordinal, 1, None, start, start + len(text), text)
        yield Embedded(passage, vector.tobytes())
