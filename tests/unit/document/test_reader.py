"""Strangers' files are read in a child: whatever they do, the mesh gets a text or a reason."""

import asyncio
import json
import os
import random
import signal
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from services.document.extract.outcome import Limits
from services.document.model.facts import Unreadable
from services.document.reading.reader import PRELOAD, ChildReader, Terms
from shared.child import Children
from shared.problems import Away
from tests.unit.document.extract import files

MEMORY = 1024**3


@pytest.fixture
async def children() -> AsyncGenerator[Children]:
    children = Children(PRELOAD)
    await children.start()
    yield children
    await children.close()


@pytest.fixture
def reader(children: Children) -> ChildReader:
    return a_reader(children)


def a_reader(
    children: Children, *, seconds: float = 30, memory: int = MEMORY, characters: int = 1_000_000
) -> ChildReader:
    return ChildReader(
        children,
        limits=Limits(characters=characters, pages=500),
        terms=Terms(seconds=seconds, memory=memory),
    )


@pytest.fixture
def book(tmp_path: Path) -> Path:
    made = files.Book(tmp_path / "book.pdf", head="Harbours", foot="{page}", outline=True)
    for number in range(10):
        sentences = " ".join(f"Harbour {number} has basin {n}, and it is deep." for n in range(60))
        made.page(("h", f"Harbour {number}"), ("p", sentences))
    return made.done()


async def reason(reader: ChildReader, path: Path, media_type: str) -> str:
    with pytest.raises(Unreadable) as unreadable:
        await reader.read(path, media_type)
    return unreadable.value.code


async def outcome(reader: ChildReader, path: Path) -> str:
    try:
        await reader.read(path, files.PDF)
    except Unreadable as unreadable:
        return unreadable.code
    return "read"


async def test_the_text_object_has_the_shape_that_everybody_reads(
    reader: ChildReader, book: Path
) -> None:
    read = await reader.read(book, files.PDF)

    content = json.loads(read.content)
    assert set(content) == {"text", "version", "pages", "headings"}
    assert content["version"] == read.version
    assert len(content["text"]) == read.characters
    assert len(content["pages"]) == read.pages == 10
    assert set(content["pages"][0]) == {"page", "start", "end"}
    assert set(content["headings"][0]) == {"level", "title", "page", "start"}


class TestHostileFiles:
    async def test_a_small_file_that_unfolds_to_gigabytes_runs_out_of_memory(
        self, children: Children, reader: ChildReader, tmp_path: Path, book: Path
    ) -> None:
        bomb = await asyncio.to_thread(files.bomb_pdf, tmp_path / "bomb.pdf")

        narrow = a_reader(children, memory=300 * 1024**2)
        assert await reason(narrow, bomb, files.PDF) == "out-of-memory"
        assert (await reader.read(book, files.PDF)).pages == 10

    async def test_a_file_that_takes_for_ever_is_timed_out(
        self, children: Children, book: Path
    ) -> None:
        hasty = a_reader(children, seconds=0.01)

        assert await reason(hasty, book, files.PDF) == "timed-out"

    async def test_deep_html_is_refused_at_once(self, reader: ChildReader, tmp_path: Path) -> None:
        path = tmp_path / "deep.html"
        path.write_text("<div>" * 300_000)
        began = time.perf_counter()

        assert await reason(reader, path, files.HTML) == "corrupt"

        assert time.perf_counter() - began < 2

    async def test_too_much_text_is_told(self, children: Children, tmp_path: Path) -> None:
        path = tmp_path / "much.txt"
        path.write_text("word " * 300)

        assert await reason(a_reader(children, characters=1000), path, files.TXT) == "too-much-text"

    async def test_reasons_come_through_from_the_child(
        self, reader: ChildReader, tmp_path: Path, book: Path
    ) -> None:
        locked = files.encrypted_pdf(tmp_path / "locked.pdf", book)

        assert await reason(reader, locked, files.PDF) == "encrypted"

    async def test_damaged_files_are_read_or_refused_and_harm_nobody(
        self, reader: ChildReader, tmp_path: Path, book: Path
    ) -> None:
        whole = await asyncio.to_thread(book.read_bytes)
        dice = random.Random(7)  # noqa: S311  # damage, not secrets
        codes = set()
        for number in range(25):
            damaged = bytearray(whole)
            for _ in range(dice.randrange(1, 40)):
                damaged[dice.randrange(len(damaged))] = dice.randrange(256)
            path = tmp_path / f"damaged{number}.pdf"
            path.write_bytes(damaged)
            codes.add(await outcome(reader, path))

        assert codes <= {"read", "corrupt", "no-text", "encrypted", "out-of-memory"}
        assert (await reader.read(book, files.PDF)).pages == 10


async def test_a_lost_fork_server_is_nobody_s_failure(children: Children, tmp_path: Path) -> None:
    path = tmp_path / "slow.html"
    path.write_text("<b>" * 3_000_000 + "words")
    reading = asyncio.create_task(a_reader(children, memory=4 * MEMORY).read(path, files.HTML))
    fork_server = children._process
    assert fork_server is not None
    await _until_it_has_a_child(fork_server.pid)

    os.kill(fork_server.pid, signal.SIGKILL)

    with pytest.raises(Away):
        await reading


async def _until_it_has_a_child(process: int) -> None:
    path = Path(f"/proc/{process}/task/{process}/children")
    async with asyncio.timeout(10):
        while not path.read_text():  # noqa: ASYNC240  # a file of the kernel's does not block
            await asyncio.sleep(0.005)
