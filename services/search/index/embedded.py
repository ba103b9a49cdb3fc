"""Tantivy behind our port: it blocks, so it is called in threads, here and nowhere else."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, Self, TypeVar
from uuid import UUID

import structlog
from tantivy import DocAddress, Document, Index, Order, Query, Schema, Searcher

from services.search.index import fields
from services.search.index.census import Census
from services.search.index.disk import identity_of, stands, sync_folder
from services.search.index.forgiving import corrected
from services.search.index.lock import Lock
from services.search.index.queries import Compiler, of_document, of_owner
from services.search.model.passage import About, Found, Hit, Passage, Scope
from services.search.model.question import Question
from services.search.words.terms import terms

FORMAT: Final = "2"
"""Rises with the schema or with how words are made; an index of another format is made again."""

WRITER_MEMORY: Final = 64_000_000
_MOST: Final = 1_000_000
_CENSUSES: Final = 1_000

T = TypeVar("T")
log = structlog.get_logger(__name__)


class TextIndexBroken(Exception):
    """Tantivy gave up; the message is its own."""


class EmbeddedTextIndex:
    """One folder, one writer, one process. A commit is on the disk before a write returns."""

    def __init__(self, folder: Path, lock: Lock, index: Index, schema: Schema) -> None:
        self.id = identity_of(folder)
        self._folder = folder
        self._lock = lock
        self._index = index
        self._schema = schema
        self._writer = index.writer(WRITER_MEMORY, 1)
        self._turn = asyncio.Lock()
        self._writing = threading.Lock()
        self._searcher: Searcher = index.searcher()
        self._censuses: dict[UUID, Census] = {}

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Take the folder for this process, or raise `IndexTaken`; an empty one is made ready."""
        lock = Lock.take(folder)
        schema = fields.schema()
        inside = folder / f"format-{FORMAT}"
        try:
            index = _opened(inside, schema)
        except ValueError:
            log.exception("the text index is broken and made again", folder=str(inside))
            shutil.rmtree(folder / "broken", ignore_errors=True)
            inside.rename(folder / "broken")
            index = _opened(inside, schema)
        return cls(inside, lock, index, schema)

    async def put(self, about: About, passages: Sequence[Passage]) -> None:
        """Make these the only passages of the document."""
        await self._write(about.document_id, lambda: fields.documents(about, passages))

    async def describe(self, about: About) -> None:
        """Change what is said about a document; its passages stay."""
        await self._write(
            about.document_id,
            lambda: fields.documents(about, self._passages_of(about.document_id)),
        )

    async def forget(self, document_id: UUID) -> None:
        """Keep nothing of a document."""
        await self._write(document_id, list)

    async def holding(self, document_ids: Sequence[UUID]) -> set[UUID]:
        """Tell of which of these documents there is any passage."""
        return await _in_thread(lambda: {one for one in document_ids if self._holds(one)})

    async def find(self, question: Question, scope: Scope, *, most: int) -> Found:
        """Find the best passages within the scope."""
        return await _in_thread(lambda: self._find(question, scope, most))

    def stands(self) -> bool:
        """Say whether it is still on the disk, and no other in its place."""
        return stands(self._folder, self.id)

    def close(self) -> None:
        """Let the writer finish and the next process in."""
        try:
            with self._writing:
                self._writer.wait_merging_threads()
        except ValueError:
            log.exception("the text index could not be closed", folder=str(self._folder))
        finally:
            self._lock.release()

    async def _write(self, document_id: UUID, new: Callable[[], Iterable[Document]]) -> None:
        """Replace a document's passages in one commit, seen by searches at once and as a whole."""

        def write() -> None:
            with self._writing:
                try:
                    self._writer.delete_documents_by_query(of_document(self._schema, document_id))
                    for document in new():
                        self._writer.add_document(document)
                    self._writer.commit()
                    sync_folder(self._folder)
                except BaseException:
                    self._writer.rollback()
                    raise
                self._index.reload()
                self._searcher = self._index.searcher()
                # They would hold on to files of the state before.
                self._censuses = {}

        # Who waits for the one writer waits here, not in a thread that a search could use.
        async with self._turn:
            await _in_thread(write)

    def _find(self, question: Question, scope: Scope, most: int) -> Found:
        looked_for = terms(question)
        if looked_for.empty:
            return Found([], 0)
        census = self._census(scope.owner_id)
        searcher = census.searcher
        mistyped = corrected(self._schema, census, looked_for, scope)
        query = Compiler(self._schema, census, mistyped).compile(looked_for, scope)
        if not looked_for.wanted and not looked_for.needed:
            return _in_order(searcher, query, most)
        hits, total = _best(searcher, query, most)
        meant = frozenset(word.stem for words in mistyped.values() for word in words)
        return Found(_read(searcher, hits), total, meant)

    def _holds(self, document_id: UUID) -> bool:
        asked = of_document(self._schema, document_id)
        return bool(self._searcher.search(asked, 1, count=False).hits)

    def _census(self, owner_id: UUID) -> Census:
        """Count an owner's passages once for every state of the index."""
        searcher, known = self._searcher, self._censuses.get(owner_id)
        if known is not None and known.searcher is searcher:
            return known
        census = Census(self._schema, searcher, of_owner(self._schema, owner_id))
        if len(self._censuses) < _CENSUSES:
            self._censuses[owner_id] = census
        return census

    def _passages_of(self, document_id: UUID) -> list[Passage]:
        searcher = self._searcher
        found = searcher.search(of_document(self._schema, document_id), _MOST, count=False)
        return [fields.hit(searcher.doc(address), score).passage for score, address in found.hits]


def _opened(inside: Path, schema: Schema) -> Index:
    inside.mkdir(exist_ok=True)
    index = Index(schema, str(inside))
    index.config_reader("manual")
    index.searcher()
    return index


def _best(
    searcher: Searcher, query: Query, most: int
) -> tuple[list[tuple[float, DocAddress]], int]:
    """Find the best hits and count all; equals of the last one are chosen by their place."""
    wanted = most + 1
    found = searcher.search(query, wanted)
    hits = found.hits  # every look at it makes the list again
    while len(hits) == wanted <= _MOST and hits[most - 1][0] == hits[-1][0]:
        wanted *= 8
        found = searcher.search(query, wanted)
        hits = found.hits
    places = searcher.fast_field_values("place", [address for _, address in hits])
    order = sorted(range(len(hits)), key=lambda number: (-hits[number][0], places[number]))
    return [hits[number] for number in order[:most]], found.count  # type: ignore[attr-defined]  # the stub forgot it


def _in_order(searcher: Searcher, query: Query, most: int) -> Found:
    """Find the first hits of a query by which all are equal."""
    found = searcher.search(query, most, order_by_field="place", order=Order.Asc)
    hits = [(0.0, address) for _, address in found.hits]
    return Found(_read(searcher, hits), found.count)  # type: ignore[attr-defined]  # the stub forgot it


def _read(searcher: Searcher, hits: list[tuple[float, DocAddress]]) -> list[Hit]:
    read = (fields.hit(searcher.doc(address), score) for score, address in hits)
    return sorted(read, key=lambda hit: hit.order)


async def _in_thread(work: Callable[[], T]) -> T:
    """Work in a thread; a panic inside tantivy becomes an error like any other."""

    def guarded() -> T:
        try:
            return work()
        except BaseException as error:
            if isinstance(error, Exception):
                raise
            raise TextIndexBroken(str(error)) from error

    return await asyncio.to_thread(guarded)
