"""A file of many pages is read slice by slice; what fails is left out and read by a retry."""

import asyncio
import re
import shutil
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.document.extract.outcome import Limits
from services.document.model.facts import Unreadable
from services.document.ports import Slice
from services.document.reading.reader import PRELOAD, ChildReader, Terms
from services.document.reading.recognition import Recognition, find_recognition
from shared.child import Children
from tests.unit.document.extract import files

MIB = 1024**2
TESSERACT = shutil.which("tesseract")
NARROW = Terms(seconds=60, memory=320 * MIB)


@dataclass
class Watcher:
    """Remembers the slices it is told of."""

    slices: list[Slice] = field(default_factory=list)

    async def reached(self, slice_: Slice) -> None:
        self.slices.append(slice_)

    @property
    def contents(self) -> list[bytes]:
        return [one.content for one in self.slices if one.content]


@pytest.fixture
async def children() -> AsyncGenerator[Children]:
    children = Children(PRELOAD)
    await children.start()
    yield children
    await children.close()


def reader(children: Children, terms: Terms, recognition: Recognition | None = None) -> ChildReader:
    return ChildReader(children, limits=Limits(), terms=terms, recognition=recognition)


def pages_read(path: Path) -> list[int]:
    """Name the pages that were begun in the last reading of a file, from what it wrote down."""
    written = path.with_name("parts").read_text("utf-8")
    return [int(number) for number in re.findall(r"^(\d+)\t\?", written, re.MULTILINE)]


class TestPagesThatFail:
    async def test_a_page_that_ends_the_reader_is_left_out_and_the_others_are_read(
        self, children: Children, tmp_path: Path
    ) -> None:
        path = await asyncio.to_thread(files.with_bombs, tmp_path / "b.pdf", 6, {3, 6})

        read = await reader(children, NARROW).read(path, files.PDF)

        assert [(one.code, one.page) for one in read.troubles] == [
            ("out-of-memory", 3),
            ("out-of-memory", 6),
        ]
        assert read.pages == 6
        assert all(f"page number {number} " in read.content.decode() for number in (1, 2, 4, 5))

    async def test_a_retry_reads_only_what_failed(self, children: Children, tmp_path: Path) -> None:
        path = await asyncio.to_thread(files.with_bombs, tmp_path / "b.pdf", 300, {300})
        first = await reader(children, NARROW).read(path, files.PDF)
        begun = pages_read(path)
        wide = Terms(seconds=60, memory=2048 * MIB)

        second = await reader(children, wide).read(path, files.PDF, [first.unsaved])

        assert [one.page for one in first.troubles] == [300]
        assert begun == list(range(1, 301))
        assert pages_read(path) == [300]
        assert second.troubles == ()
        assert (second.content, second.version) == (first.content, first.version)

    async def test_a_file_all_of_whose_pages_fail_cannot_be_read(
        self, children: Children, tmp_path: Path
    ) -> None:
        path = await asyncio.to_thread(files.with_bombs, tmp_path / "b.pdf", 2, {1, 2})

        with pytest.raises(Unreadable) as unreadable:
            await reader(children, NARROW).read(path, files.PDF)

        assert unreadable.value.code == "out-of-memory"

    async def test_after_many_failures_the_rest_is_left_for_a_retry(
        self, children: Children, tmp_path: Path
    ) -> None:
        bombs = set(range(2, 32))
        path = await asyncio.to_thread(files.with_bombs, tmp_path / "b.pdf", 40, bombs)

        read = await reader(children, Terms(seconds=60, memory=200 * MIB)).read(path, files.PDF)

        codes = [one.code for one in read.troubles]
        assert codes.count("out-of-memory") == 20
        assert [one.page for one in read.troubles if one.code == "not-read"] == list(range(22, 41))

    async def test_a_page_that_takes_too_long_is_left_out(
        self, children: Children, tmp_path: Path
    ) -> None:
        path = await asyncio.to_thread(files.with_bombs, tmp_path / "b.pdf", 3, {2})
        hasty = Terms(seconds=60, memory=2048 * MIB, part_seconds=0.2)

        read = await reader(children, hasty).read(path, files.PDF)

        assert ("timed-out", 2) in [(one.code, one.page) for one in read.troubles]


class TestSlices:
    async def test_two_thousand_pages_are_read_slice_by_slice_and_told_of(
        self, children: Children, tmp_path: Path
    ) -> None:
        book = files.Book(tmp_path / "long.pdf", head="The long book", foot="{page}")
        for number in range(1, 2_001):
            book.page(("p", f"This is what page number {number} of the book tells its reader."))
        path, watcher = await asyncio.to_thread(book.done), Watcher()
        terms = Terms(seconds=120, memory=1024 * MIB, slice_seconds=0.05)

        read = await reader(children, terms).read(path, files.PDF, (), watcher.reached)

        done = [one.done for one in watcher.slices]
        assert len(done) > 2
        assert done == sorted(done)
        assert read.pages == 2_000
        assert read.troubles == ()
        assert b"page number 2000 of" in read.content
        assert b"The long book" not in read.content

    async def test_slices_put_together_give_what_one_reading_gives(
        self, children: Children, tmp_path: Path
    ) -> None:
        path, watcher = tmp_path / "b.pdf", Watcher()
        await asyncio.to_thread(files.with_bombs, path, 5, set())
        terms = Terms(memory=1024 * MIB, slice_seconds=0)

        sliced = await reader(children, terms).read(path, files.PDF, (), watcher.reached)
        begun = pages_read(path)
        whole = await reader(children, Terms()).read(path, files.PDF)

        assert (begun, len(watcher.slices)) == ([1, 2, 3, 4, 5], 4)
        assert sliced.content == whole.content

    async def test_whoever_reads_on_reads_no_page_twice(
        self, children: Children, tmp_path: Path
    ) -> None:
        path, watcher = tmp_path / "b.pdf", Watcher()
        await asyncio.to_thread(files.with_bombs, path, 5, set())
        terms = Terms(memory=1024 * MIB, slice_seconds=0)
        whole = await reader(children, terms).read(path, files.PDF, (), watcher.reached)

        again = await reader(children, terms).read(path, files.PDF, watcher.contents[:3])

        assert pages_read(path) == [4, 5]
        assert again.content == whole.content

    async def test_a_time_that_is_up_leaves_the_rest_for_a_retry(
        self, children: Children, tmp_path: Path
    ) -> None:
        path, watcher = tmp_path / "b.pdf", Watcher()
        await asyncio.to_thread(files.with_bombs, path, 5, set())
        short = Terms(memory=1024 * MIB, slice_seconds=0, whole_seconds=0)

        first = await reader(children, short).read(path, files.PDF, (), watcher.reached)
        known = [*watcher.contents, first.unsaved]
        second = await reader(children, Terms()).read(path, files.PDF, known)

        assert [(one.code, one.page) for one in first.troubles] == [
            ("not-read", number) for number in range(2, 6)
        ]
        assert pages_read(path) == [2, 3, 4, 5]
        assert second.troubles == ()


@pytest.mark.skipif(TESSERACT is None, reason="tesseract is not installed here")
class TestRecognition:
    async def test_a_scanned_page_is_read_once_recognition_is_there(
        self, children: Children, tmp_path: Path
    ) -> None:
        path = tmp_path / "scan.pdf"
        book = files.Book(path)
        for number in range(1, 300):
            book.page(("p", f"This is what page number {number} of the book tells its reader."))
        await asyncio.to_thread(
            book.picture(files.scan(["The harbour was built where", "two currents meet."])).done
        )

        without = await reader(children, Terms()).read(path, files.PDF)
        known = await find_recognition("eng+tlh", 20)
        eyed = await reader(children, Terms(), known).read(path, files.PDF, [without.unsaved])

        assert known is not None
        assert known.languages == "eng"
        assert [(one.code, one.page) for one in without.troubles] == [("no-text", 300)]
        assert set(pages_read(path)) == {300}
        assert eyed.troubles == ()
        assert b"two currents meet" in eyed.content

    async def test_a_doubtful_page_is_kept_with_a_warning_and_read_again_by_a_retry(
        self, children: Children, tmp_path: Path
    ) -> None:
        path = tmp_path / "scan.pdf"
        book = files.Book(path).page(("p", "Words.")).picture(files.scan(["harbour"]))
        await asyncio.to_thread(book.done)
        unsure, sure = tmp_path / "unsure", tmp_path / "sure"
        for folder in (unsure, sure):
            folder.mkdir()
        blurred = Recognition(str(files.onlooker(unsure, 30, "exit 1")), "eng", 60)
        clear = Recognition(str(files.onlooker(sure, 90)), "eng", 60)

        watcher = Watcher()
        doubted = await reader(children, Terms(), blurred).read(
            path, files.PDF, reached=watcher.reached
        )
        known = [one for one in (*watcher.contents, doubted.unsaved) if one]
        again = await reader(children, Terms(), clear).read(path, files.PDF, known)

        assert [(one.code, one.page) for one in doubted.troubles] == [("no-text", 2)]
        assert b"harbour" in doubted.content
        assert set(pages_read(path)) == {2}
        assert again.troubles == ()

    async def test_no_language_is_no_recognition(self) -> None:
        assert await find_recognition("", 20) is None
        assert await find_recognition("tlh", 20) is None
