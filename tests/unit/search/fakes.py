"""What search needs, in memory, held to the same promises as the real things."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import numpy as np

from services.search.model.document import Reading
from services.search.model.passage import (
    About,
    BadPassages,
    Contents,
    Description,
    Embedded,
    Found,
    Hit,
    Kind,
    OtherModel,
    Passage,
    Scope,
    Vector,
    led,
)
from services.search.model.question import Form, Question
from services.search.words.matching import has, keeps_to
from services.search.words.terms import Run, Terms, terms
from services.search.words.text import Word, words
from services.search.words.typos import slips, tolerance
from shared.cause import Cause
from shared.problems import Away, NotFound


def within(about: About, scope: Scope) -> bool:
    said = about.description
    return (
        about.owner_id == scope.owner_id
        and scope.document_id in {None, about.document_id}
        and scope.collection_id in {None, said.collection_id}
        and (scope.tag is None or scope.tag in said.tags)
    )


@dataclass
class FakeTextIndex:
    """Counts words; the more and the rarer in length, the better."""

    id: UUID = field(default_factory=uuid4)
    documents: dict[UUID, tuple[About, dict[UUID, Passage]]] = field(default_factory=dict)

    async def put(self, about: About, passages: Sequence[Passage]) -> None:
        self.documents[about.document_id] = about, {passage.id: passage for passage in passages}

    async def describe(self, about: About) -> None:
        if about.document_id in self.documents:
            self.documents[about.document_id] = about, self.documents[about.document_id][1]

    async def forget(self, document_id: UUID) -> None:
        self.documents.pop(document_id, None)

    async def holding(self, document_ids: Sequence[UUID]) -> set[UUID]:
        return self.documents.keys() & set(document_ids)

    async def find(self, question: Question, scope: Scope, *, most: int) -> Found:
        looked_for = terms(question)
        inside = {
            Hit(about, passage, 0.0): (passage.text, lead)
            for about, passages in self.documents.values()
            if within(about, scope)
            for passage, lead in led(about, passages.values())
        }
        sought = [text for texts in inside.values() for text in texts]
        corrected = _corrected(looked_for, sought)
        hits = [
            replace(hit, score=score + _lift(hit, looked_for))
            for hit, (text, lead) in inside.items()
            if keeps_to(hit, looked_for) and not looked_for.empty
            for score in [_score(text, looked_for, corrected) + _led(lead, looked_for, corrected)]
            if score > 0 or not looked_for.choosy
        ]
        meant = frozenset(word.stem for words in corrected.values() for word in words)
        return Found(sorted(hits, key=lambda hit: hit.order)[:most], len(hits), meant)


@dataclass
class FakeVectorIndex:
    """Compares every vector."""

    id: UUID = field(default_factory=uuid4)
    documents: dict[UUID, tuple[About, str, dict[UUID, Embedded]]] = field(default_factory=dict)

    async def put(self, about: About, model: str, passages: Sequence[Embedded]) -> None:
        by_id = {one.passage.id: one for one in passages}
        self.documents[about.document_id] = about, model, by_id

    async def describe(self, about: About) -> None:
        if about.document_id in self.documents:
            self.documents[about.document_id] = about, *self.documents[about.document_id][1:]

    async def forget(self, document_id: UUID) -> None:
        self.documents.pop(document_id, None)

    async def holding(self, document_ids: Sequence[UUID]) -> set[UUID]:
        return self.documents.keys() & set(document_ids)

    async def nearest(self, vector: Vector, scope: Scope, *, most: int) -> list[Hit]:
        inside = [one for one in self.documents.values() if within(one[0], scope)]
        if any(model != vector.model for _, model, _ in inside):
            raise OtherModel
        hits = [
            Hit(about, one.passage, _cosine(vector.data, one.vector))
            for about, _, passages in inside
            for one in passages.values()
        ]
        return sorted(hits, key=lambda hit: hit.order)[:most]


@dataclass
class FakeEmbedder:
    """Knows a few texts."""

    known: dict[str, Vector] = field(default_factory=dict)
    away: bool = False
    distrusted: list[str] = field(default_factory=list)

    async def embed(self, text: str, cause: Cause) -> Vector:
        if self.away or cause.late:
            raise Away("nobody embeds just now")
        return self.known[text]

    def distrust(self, text: str) -> None:
        self.distrusted.append(text)


@dataclass
class FakeModels:
    """Whatever model is the newest just now."""

    kind: Kind

    async def newest(self, cause: Cause) -> Kind:
        del cause
        return self.kind


@dataclass
class FakePassages:
    """Objects by id."""

    objects: dict[UUID, Contents] = field(default_factory=dict)
    read_ones: list[UUID] = field(default_factory=list)
    unreadable: set[UUID] = field(default_factory=set)

    async def read(self, document_id: UUID, reading: Reading, cause: Cause) -> Contents:
        del document_id, cause
        self.read_ones.append(reading.passages_object_id)
        if reading.passages_object_id in self.unreadable:
            raise BadPassages(f"{reading.passages_object_id} cannot be read")
        return self.objects[reading.passages_object_id]


@dataclass
class FakeDocuments:
    """What is said of documents; of the others there is nothing."""

    described: dict[UUID, Description] = field(default_factory=dict)

    async def describe(self, document_id: UUID, cause: Cause) -> Description:
        del cause
        if document_id not in self.described:
            raise NotFound
        return self.described[document_id]


@dataclass
class FakeTextIndexes:
    """Text indexes by edition; a lost one is made again when it is opened."""

    indexes: dict[int, FakeTextIndex] = field(default_factory=dict)

    async def open(self, generation: int) -> FakeTextIndex:
        return self.indexes.setdefault(generation, FakeTextIndex())

    async def drop(self, generation: int) -> None:
        self.indexes.pop(generation, None)

    async def generations(self) -> set[int]:
        return set(self.indexes)

    async def close(self) -> None:
        pass


@dataclass
class FakeVectorIndexes:
    """Vectors by edition."""

    indexes: dict[int, FakeVectorIndex] = field(default_factory=dict)

    async def open(self, generation: int, dimensions: int) -> FakeVectorIndex:
        del dimensions
        return self.indexes.setdefault(generation, FakeVectorIndex())

    async def drop(self, generation: int) -> None:
        self.indexes.pop(generation, None)

    async def generations(self) -> set[int]:
        return set(self.indexes)

    async def close(self) -> None:
        pass


def _corrected(looked_for: Terms, sought: Collection[str]) -> dict[Run, list[Word]]:
    found: dict[Run, list[Word]] = {}
    for run in looked_for.wanted:
        typed = run.exact[0]
        if len(run.words) > 1 or any(has(text, run) for text in sought):
            continue
        for distance in range(1, tolerance(typed) + 1):
            near = {
                word.exact: word
                for text in sought
                for word in words(text)
                if slips(typed, word.exact, distance) is not None
            }
            if near:
                found[run] = list(near.values())
                break
    return found


def _score(text: str, looked_for: Terms, corrected: dict[Run, list[Word]]) -> float:
    inside = list(words(text))
    stems = f" {' '.join(word.stem for word in inside)} "
    exact = f" {' '.join(word.exact for word in inside)} "
    phrases = [run for run in looked_for.needed if not run.title]
    score = float(sum(exact.count(_padded(run.exact)) for run in phrases))
    for run in looked_for.wanted:
        score += stems.count(_padded(run.stems)) + 0.5 * exact.count(_padded(run.exact))
        if run.form is Form.BEGUN:
            score += 0.1 * sum(word.exact.startswith(run.exact[0]) for word in inside)
        score += 0.1 * sum(stems.count(_padded((w.stem,))) for w in corrected.get(run, ()))
    return score / (10 + len(inside))


def _led(lead: str, looked_for: Terms, corrected: dict[Run, list[Word]]) -> float:
    return 0.1 * _score(lead, looked_for._replace(needed=()), corrected)


def _lift(hit: Hit, looked_for: Terms) -> float:
    above = (hit.about.description.title, hit.passage.heading or "")
    return 0.001 * sum(has(text, run) for text in above for run in looked_for.wanted)


def _padded(parts: Sequence[str]) -> str:
    return f" {' '.join(parts)} "


def _cosine(one: bytes, other: bytes) -> float:
    a, b = np.frombuffer(one, "<f4"), np.frombuffer(other, "<f4")
    return float(np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b)))
