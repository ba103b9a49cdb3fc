"""Tantivy behind our port: it blocks, so it works in threads, and nobody else knows."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, Self, TypeVar
from uuid import UUID

import structlog
from pydantic import TypeAdapter
from tantivy import DocAddress, Document, Index, Schema, SchemaBuilder, Searcher

from services.search.index.disk import identity_of, sync_folder
from services.search.index.lock import Lock
from services.search.index.queries import of_document, scoped
from services.search.model.passage import About, Found, Hit, Passage, Scope, place
from services.search.model.question import Question
from services.search.words import terms, words

FORMAT: Final = "1"
"""Rises with the schema or with how words are made; an index of another format is made anew."""

WRITER_MEMORY: Final = 64_000_000
_MOST: Final = 1_000_000

T = TypeVar("T")
log = structlog.get_logger(__name__)
_KEPT: Final = TypeAdapter(tuple[About, Passage])


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

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Take the folder for this process, or raise `IndexTaken`; an empty one is made ready."""
        lock = Lock.take(folder)
        schema = _schema()
        inside = folder / f"format-{FORMAT}"
        try:
            index = _opened(inside, schema)
        except ValueError:
            log.exception("the text index is broken and made anew", folder=str(inside))
            shutil.rmtree(folder / "broken", ignore_errors=True)
            inside.rename(folder / "broken")
            index = _opened(inside, schema)
        return cls(inside, lock, index, schema)

    async def put(self, about: About, passages: Sequence[Passage]) -> None:
        """Make these the only passages of the document."""
        await self._write(about.document_id, lambda: _documents(about, passages))

    async def describe(self, about: About) -> None:
        """Change what is said about a document; its passages stay."""
        await self._write(
            about.document_id,
            lambda: _documents(about, self._passages_of(about.document_id)),
        )

    async def forget(self, document_id: UUID) -> None:
        """Keep nothing of a document."""
        await self._write(document_id, list)

    async def find(self, question: Question, scope: Scope, *, most: int) -> Found:
        """Find the best passages within the scope."""
        return await _in_thread(lambda: self._find(question, scope, most))

    def close(self) -> None:
        """Let the writer finish and the next process in."""
        with self._writing:
            self._writer.wait_merging_threads()
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

        # Who waits for the one writer waits here, not in a thread that a search could use.
        async with self._turn:
            await _in_thread(write)

    def _find(self, question: Question, scope: Scope, most: int) -> Found:
        query = scoped(self._schema, terms(question), scope)
        if query is None:
            return Found([], 0)
        searcher = self._searcher
        wanted = most + 1
        found = searcher.search(query, wanted)
        # Equals of the last one may wait behind it: see them all before choosing among them.
        while len(found.hits) == wanted <= _MOST and found.hits[most - 1][0] == found.hits[-1][0]:
            wanted *= 8
            found = searcher.search(query, wanted)
        best = _best(searcher, found.hits, most)
        hits = [_hit(searcher.doc(address), score) for score, address in best]
        return Found(sorted(hits, key=lambda hit: hit.order), found.count)  # type: ignore[attr-defined]  # the stub forgot it

    def _passages_of(self, document_id: UUID) -> list[Passage]:
        searcher = self._searcher
        found = searcher.search(of_document(self._schema, document_id), _MOST, count=False)
        return [_hit(searcher.doc(address), score).passage for score, address in found.hits]


def _opened(inside: Path, schema: Schema) -> Index:
    inside.mkdir(exist_ok=True)
    index = Index(schema, str(inside))
    index.config_reader("manual")
    index.searcher()
    return index


def _best(
    searcher: Searcher, hits: list[tuple[float, DocAddress]], most: int
) -> list[tuple[float, DocAddress]]:
    places = searcher.fast_field_values("place", [address for _, address in hits])
    order = sorted(range(len(hits)), key=lambda number: (-hits[number][0], places[number]))
    return [hits[number] for number in order[:most]]


def _schema() -> Schema:
    build = SchemaBuilder()
    for name in ("owner", "document", "collection", "tag"):
        build.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("exact", "stem"):
        build.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    build.add_unsigned_field("place", fast=True)
    build.add_bytes_field("kept", stored=True)
    return build.build()


def _documents(about: About, passages: Iterable[Passage]) -> Iterable[Document]:
    for passage in {passage.id: passage for passage in passages}.values():
        document = Document()
        document.add_text("owner", str(about.owner_id))
        document.add_text("document", str(about.document_id))
        if about.description.collection_id is not None:
            document.add_text("collection", str(about.description.collection_id))
        for tag in about.description.tags:
            document.add_text("tag", tag)
        taken_apart = list(words(passage.text))
        document.add_text("exact", " ".join(word.exact for word in taken_apart))
        document.add_text("stem", " ".join(word.stem for word in taken_apart))
        document.add_unsigned("place", place(about.document_id, passage.ordinal))
        document.add_bytes("kept", _KEPT.dump_json((about, passage)))
        yield document


def _hit(document: Document, score: float) -> Hit:
    about, passage = _KEPT.validate_json(document["kept"][0])
    return Hit(about, passage, score)


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
