"""Document as a process: from a file in storage to a text in storage, whatever happens."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from contracts.document import (
    CancelDocument,
    DocumentDeleted,
    DocumentProcessed,
    DocumentReady,
    DocumentStatus,
    ReserveUpload,
    RetryDocument,
)
from shared.cause import Cause, new_id
from shared.problems import Refused
from tests.integration.document.lab import Lab, storage_of
from tests.integration.document.lab import lab as set_up
from tests.integration.indexing.lab import Running
from tests.servers import S3, Postgres
from tests.unit.document.extract import files
from tests.waiting import until, until_found

pytestmark = pytest.mark.asyncio(loop_scope="module")

SENTENCES = " ".join(f"Basin {number} is deeper than the one before it." for number in range(50))


@dataclass
class World:
    """The lab with document and storage running."""

    lab: Lab
    document: Running
    storage: Running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(server_directory: Path, postgres: Postgres, s3: S3) -> AsyncGenerator[World]:
    async with set_up(server_directory) as lab:
        document = await lab.service("document", postgres)
        storage = await storage_of(lab, postgres, s3)
        await asyncio.gather(document.start(), storage.start())
        yield World(lab, document, storage)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return a_book(tmp_path / "harbours.pdf", pages=10)


def a_book(path: Path, *, pages: int) -> Path:
    made = files.Book(path, head="Harbours", foot="{page}", outline=True)
    for number in range(pages):
        made.page(("h", f"Harbour {number}"), ("p", SENTENCES))
    return made.done()


def children_of(process: int) -> list[int]:
    try:
        return [
            int(child)
            for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()
        ]
    except FileNotFoundError:
        return []


async def test_a_book_becomes_a_text_and_at_last_ready(world: World, book: Path) -> None:
    lab = world.lab
    uploaded = await lab.upload(book, title="Harbours of the north", tags=["sea"])

    processed = await lab.until(uploaded.id, DocumentStatus.PROCESSED)
    text = await lab.text(uploaded.id)
    await lab.index(uploaded.id)
    ready = await lab.until(uploaded.id, DocumentStatus.READY)

    assert (uploaded.status, processed.pages, ready.progress) == ("uploaded", 10, 100)
    assert text["version"] == processed.text_version
    assert str(text["text"]).count("Basin 49 is deeper") == 10
    assert len(await lab.said(str(DocumentProcessed.subject), uploaded.id)) == 1
    assert len(await lab.said(str(DocumentReady.subject), uploaded.id)) == 1
    assert (await lab.history(uploaded.id))[:4] == [
        "document.uploaded",
        "storage.object-stored",
        "document.processing",
        "document.processed",
    ]


async def test_bad_files_fail_with_their_codes_and_the_next_good_one_passes(
    world: World, tmp_path: Path, book: Path
) -> None:
    lab = world.lab
    locked = files.encrypted_pdf(tmp_path / "locked.pdf", book)
    blank = files.Book(tmp_path / "blank.pdf").page().page().done()
    empty = tmp_path / "empty.pdf"
    empty.touch()
    bad = [await lab.upload(path) for path in (locked, blank, empty)]

    failed = [
        await lab.until(one.id, DocumentStatus.FAILED, DocumentStatus.QUARANTINED) for one in bad
    ]
    good = await lab.upload(book)

    assert [one.error and one.error.code for one in failed] == ["encrypted", "no-text", "empty"]
    assert (await lab.until(good.id, DocumentStatus.PROCESSED)).pages == 10


async def test_killed_while_it_reads_it_begins_again_and_ends_the_same(
    world: World, tmp_path: Path
) -> None:
    lab = world.lab
    assert world.document.process is not None
    (fork_server,) = children_of(world.document.process.pid)
    uploaded = await lab.upload(a_book(tmp_path / "long.pdf", pages=400))
    await until(lambda: bool(children_of(fork_server)), within=60)
    (child,) = children_of(fork_server)

    await world.document.end(signal.SIGKILL)

    await until(lambda: not any(Path(f"/proc/{one}").exists() for one in (fork_server, child)))
    await world.document.start()
    processed = await lab.until(uploaded.id, DocumentStatus.PROCESSED)
    assert processed.pages == 400
    assert len(await lab.said(str(DocumentProcessed.subject), uploaded.id)) == 1
    assert (await lab.history(uploaded.id)).count("document.processing") == 1


async def test_a_page_that_fails_is_a_warning_and_a_retry_mends_it(
    world: World, tmp_path: Path
) -> None:
    lab, settings = world.lab, world.document.environment
    path = await asyncio.to_thread(files.with_bombs, tmp_path / "b.pdf", 6, {4})
    await world.document.end()
    settings["MESH_DOCUMENT_READING_MEMORY"] = str(320 * 1024**2)
    await world.document.start()
    uploaded = await lab.upload(path)
    await lab.until(uploaded.id, DocumentStatus.PROCESSED)
    await lab.index(uploaded.id)
    warned = await lab.until(uploaded.id, DocumentStatus.READY)
    await world.document.end()
    del settings["MESH_DOCUMENT_READING_MEMORY"]
    await world.document.start()

    await lab.gateway.ask(RetryDocument(document_id=uploaded.id), lab.owner)
    await lab.until(uploaded.id, DocumentStatus.PROCESSED)
    await lab.index(uploaded.id, version=2)
    mended = await lab.until(uploaded.id, DocumentStatus.READY)

    assert [(one.code, one.page) for one in warned.warnings] == [("out-of-memory", 4)]
    assert (warned.pages, mended.pages, mended.warnings) == (6, 6, [])
    with pytest.raises(Refused) as refused:
        await lab.gateway.ask(RetryDocument(document_id=uploaded.id), lab.owner)
    assert refused.value.code == "not-retryable"


async def test_a_cancelled_document_is_read_no_further_until_it_is_tried_again(
    world: World, tmp_path: Path
) -> None:
    lab = world.lab
    assert world.document.process is not None
    (fork_server,) = children_of(world.document.process.pid)
    uploaded = await lab.upload(a_book(tmp_path / "long.pdf", pages=400))
    await until(lambda: bool(children_of(fork_server)), within=60)

    await lab.gateway.ask(CancelDocument(document_id=uploaded.id), lab.owner)

    await until(lambda: not children_of(fork_server), within=5)
    assert (await lab.describe(uploaded.id)).status == "cancelled"
    await lab.gateway.ask(RetryDocument(document_id=uploaded.id), lab.owner)
    assert (await lab.until(uploaded.id, DocumentStatus.PROCESSED)).pages == 400


async def test_somebodys_long_files_hold_up_nobody_elses_short_one(
    world: World, tmp_path: Path, book: Path
) -> None:
    many, one = (replace(world.lab, owner=Cause(actor=new_id())) for _ in range(2))
    long = a_book(tmp_path / "long.pdf", pages=400)
    uploaded = [await many.upload(long) for _ in range(6)]
    for document in uploaded:
        await many.until(document.id, DocumentStatus.PROCESSING, DocumentStatus.PROCESSED)

    short = await one.upload(book)
    await one.until(short.id, DocumentStatus.PROCESSED)

    stands = [(await many.describe(document.id)).status for document in uploaded]
    assert stands.count(DocumentStatus.PROCESSING) >= 2
    for document in uploaded:
        await many.delete(document.id)


async def test_a_deleted_document_leaves_neither_file_nor_text(world: World, book: Path) -> None:
    lab = world.lab
    uploaded = await lab.upload(book)
    await lab.until(uploaded.id, DocumentStatus.PROCESSED)
    (processed,) = await lab.said(str(DocumentProcessed.subject), uploaded.id)
    text = UUID(str(processed["text_object_id"]))

    await lab.delete(uploaded.id)

    with pytest.raises(Refused) as refused:
        await lab.describe(uploaded.id)
    assert (refused.value.code, refused.value.status) == ("document-not-found", 404)

    await until_found(partial(lab.is_gone, text))
    await lab.index(uploaded.id)
    assert len(await lab.said(str(DocumentDeleted.subject), uploaded.id)) == 1


async def test_an_upload_sent_twice_under_one_key_is_one_document(world: World, book: Path) -> None:
    lab = world.lab
    key = {"idempotency_key": "once", "fingerprint": "print"}
    first = await lab.upload(book, **key)

    second = await lab.upload(book, **key)
    reserved = await lab.gateway.ask(
        ReserveUpload(idempotency_key="once", holder=new_id()), lab.owner
    )
    with pytest.raises(Refused) as refused:
        await lab.upload(book, **{**key, "fingerprint": "other"})

    assert second.id == first.id
    assert reserved.document is not None
    assert (reserved.document.id, reserved.fingerprint) == (first.id, "print")
    assert (refused.value.code, refused.value.status) == ("idempotency-key-reused", 422)


async def test_a_stranger_finds_nothing(world: World, book: Path) -> None:
    lab = world.lab
    uploaded = await lab.upload(book)
    await lab.until(uploaded.id, DocumentStatus.PROCESSED)
    stranger = replace(lab, owner=Cause(actor=new_id()))

    for asking in (stranger.describe, stranger.text, stranger.history, stranger.delete):
        with pytest.raises(Refused) as refused:
            await asking(uploaded.id)
        assert refused.value.code == "document-not-found"
