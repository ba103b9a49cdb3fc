"""Passages, the documents they come from, and who may see them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import takewhile
from typing import Final
from uuid import UUID

_BELOW: Final = " \u203a "
"""Stands between the headings of a path, the outermost first."""


class OtherModel(Exception):
    """Vectors of two models cannot be compared, and never are."""


class BadPassages(Exception):
    """An object does not hold the passages that were announced."""


@dataclass(frozen=True, slots=True)
class Description:
    """The personal things of a document, which its owner may change."""

    title: str = ""
    tags: tuple[str, ...] = ()
    collection_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What both indexes keep of a document beside its passages."""

    document_id: UUID
    owner_id: UUID
    version: int
    text_version: str
    description: Description = Description()


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document's text: a half-open span of code points, and where it stands."""

    id: UUID
    ordinal: int
    page: int
    heading: str | None
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What kind of vectors a model makes; those of two kinds are never compared."""

    model: str
    dimensions: int


@dataclass(frozen=True, slots=True)
class Vector:
    """A unit vector as little-endian float32, and the fingerprint of the model that made it."""

    model: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Embedded:
    """A passage with its meaning."""

    passage: Passage
    vector: bytes


@dataclass(frozen=True, slots=True)
class Contents:
    """All passages of one reading, and the model of their vectors."""

    model: str
    passages: tuple[Embedded, ...]

    @property
    def dimensions(self) -> int:
        """How many numbers each vector has; 0 where there is none."""
        return len(self.passages[0].vector) // 4 if self.passages else 0


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose passages, and which of them. Both indexes filter by it inside their query."""

    owner_id: UUID
    document_id: UUID | None = None
    collection_id: UUID | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that one leg found, and that leg's own score."""

    about: About
    passage: Passage
    score: float

    @property
    def order(self) -> tuple[float, int, UUID]:
        """Sort best first, equals by their places."""
        return (-self.score, *self.place)

    @property
    def place(self) -> tuple[int, UUID]:
        """Sort equals: a document's passages stay together in reading order."""
        return place(self.about.document_id, self.passage.ordinal), self.passage.id


@dataclass(frozen=True, slots=True)
class Found:
    """The best hits of the text index, and how many passages match in all."""

    hits: list[Hit]
    total: int
    corrected: frozenset[str] = frozenset()
    """Stems of words that were taken for mistyped ones."""


def led(about: About, passages: Iterable[Passage]) -> Iterator[tuple[Passage, str]]:
    """Pair each passage with the headings that begin with it; the first also with the title.

    Indexed beside the text, a title or a heading finds one passage: the first one below it.
    """
    before: list[str] = []
    lead = [about.description.title]
    for passage in sorted(passages, key=lambda passage: passage.ordinal):
        path = passage.heading.split(_BELOW) if passage.heading else []
        known = len(
            list(takewhile(lambda pair: pair[0] == pair[1], zip(path, before, strict=False)))
        )
        yield passage, "\n".join((*lead, *path[known:]))
        before, lead = path, []


def place(document_id: UUID, ordinal: int) -> int:
    """Number a passage (63 bits) so that equals keep one order in every index and at every time."""
    return (_shelf(document_id.int) << 24) | min(ordinal, 0xFFFFFF)


@lru_cache(maxsize=10_000)
def _shelf(document: int) -> int:
    """Number a document by its id's number, which is found again sooner than the id."""
    return int.from_bytes(blake2b(document.to_bytes(16), digest_size=5).digest()) >> 1
