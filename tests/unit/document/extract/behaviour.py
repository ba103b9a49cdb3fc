"""What every format's reading promises; where one cannot, the table below says why."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from services.document.extract.child import text_object
from services.document.extract.formats import extract
from services.document.extract.outcome import Extracted, Limits
from services.document.extract.recognise import Eyes
from services.document.model.facts import Unreadable
from tests.unit.document.extract import ways

LIMITS = Limits()

TITLES = ["The river", "Where it rises", "Where it ends"]
PARAGRAPHS = [
    "A spring under an old beech feeds the stream — cold, clear and never dry.",
    "Below the mill the valley opens, and the naïve traveller expects the sea.",
    "It reaches the delta in spring; 🌊 marks the place on Müller's map.",
]
"""Three headings and paragraphs; some characters lie beyond ASCII, one beyond the basic plane."""

_LONG_PAGE = "it is one page, however long"
_SEEN = "how large type is in a picture is but a guess, so that size tells no heading"
_ONE_SHEET = "it is a picture of one sheet"
# Whoever recognises English words knows no other letters, and takes a dash for one.
_PLAIN = {"🌊 ": "", " — ": ", ", "ï": "i", "ü": "u"}

NO_HEADINGS: Final[dict[str, str]] = {
    "plain text": "nothing tells a title from another line",
    "source code": "it is a text as it is, and its comments are no chapters",
    "comma-separated values": "its first row names what stands below, and is said with each value",
    "tab-separated values": "its first row names what stands below, and is said with each value",
    "scanned PDF": _SEEN,
    **dict.fromkeys(("PNG", "JPEG", "TIFF", "WebP", "GIF", "BMP"), _SEEN),
}
"""Formats that know no headings; they promise to invent none."""

NO_PAGES: Final[dict[str, str]] = {
    "DOCX": "where a page ends is decided by whoever prints it",
    "XLSX": "sheets are of any size, and told by their headings",
    "EPUB": "its pages are as large as somebody's screen",
    **dict.fromkeys(("HTML", "Markdown", "reStructuredText"), _LONG_PAGE),
    **dict.fromkeys(("plain text", "source code"), _LONG_PAGE),
    **dict.fromkeys(("comma-separated values", "tab-separated values"), _LONG_PAGE),
    **dict.fromkeys(("PNG", "JPEG", "WebP", "GIF", "BMP"), _ONE_SHEET),
}
"""Formats that know no pages; they promise to be one."""

UNSHOWN: Final[dict[str, dict[str, str]]] = {
    "PDF": {"🌊 ": ""},  # its standard fonts know no wave
    "scanned PDF": _PLAIN,
    **dict.fromkeys(("PNG", "JPEG", "TIFF", "WebP", "GIF", "BMP"), _PLAIN),
}
"""Characters that a format, or what we make its files with, cannot show, and what stands there."""


def hold_together(extracted: Extracted) -> None:
    """Insist on what is true of any text that was read."""
    text, pages = extracted.text, extracted.pages
    assert (pages[0].start, pages[-1].end) == (0, len(text))
    assert [page.page for page in pages] == list(range(1, len(pages) + 1))
    assert all(page.start <= page.end for page in pages)
    assert all(one.end == next_one.start for one, next_one in pairwise(pages))
    for heading in extracted.headings:
        end = heading.start + len(heading.title)
        assert text[heading.start : end] == heading.title
        assert 1 <= heading.level <= 15
        page = pages[heading.page - 1]
        assert page.start <= heading.start < page.end
    starts = [heading.start for heading in extracted.headings]
    assert starts == sorted(set(starts))
    assert "\0" not in text
    assert text == text.strip("\n")
    assert json.loads(text_object(extracted))["text"] == text


def reason(path: Path, media_type: str, limits: Limits = LIMITS, eyes: Eyes | None = None) -> str:
    """Tell the code for which a file cannot be read."""
    with pytest.raises(Unreadable) as unreadable:
        extract(path, media_type, limits, eyes)
    assert unreadable.value.detail
    return unreadable.value.code


def outcome(path: Path, media_type: str) -> Extracted | str:
    """Read a file, or tell the code for which it cannot be read."""
    try:
        return extract(path, media_type, LIMITS)
    except Unreadable as unreadable:
        return unreadable.code


class FormatBehaviour:
    """Inherit, say the format's name and media type and how to make a file, and be held to it."""

    name: str
    media_type: str
    eyes: Eyes | None = None
    ways: tuple[str, ...]
    """How else the same file may be written: in other encodings, fonts, colours."""

    def make(self, path: Path, titles: list[str], paragraphs: list[str]) -> Path:
        """Write a file with each title before its paragraph, on a page of their own if it can."""
        raise NotImplementedError

    def rewrite(self, path: Path, made: Path, way: str) -> Path:
        """Write a file that was made in another way."""
        raise NotImplementedError

    def read(self, path: Path, limits: Limits = LIMITS) -> Extracted:
        return extract(path, self.media_type, limits, self.eyes)

    def shown(self, words: str) -> str:
        """Tell how words stand in this format."""
        for unknown, instead in UNSHOWN.get(self.name, {}).items():
            words = words.replace(unknown, instead)
        return words

    @pytest.fixture
    def made(self, tmp_path: Path) -> Path:
        return self.make(
            tmp_path / "river",
            [self.shown(title) for title in TITLES],
            [self.shown(paragraph) for paragraph in PARAGRAPHS],
        )

    def test_offsets_are_exact(self, made: Path) -> None:
        hold_together(self.read(made))

    def test_every_sentence_is_there_and_in_order(self, made: Path) -> None:
        text = self.read(made).text

        words = [words for pair in zip(TITLES, PARAGRAPHS, strict=True) for words in pair]
        places = [text.find(self.shown(one)) for one in words]
        assert -1 not in places
        assert places == sorted(places)

    def test_headings_are_found_where_they_stand_or_none_is_invented(self, made: Path) -> None:
        extracted = self.read(made)

        titles = [] if self.name in NO_HEADINGS else TITLES
        assert [heading.title for heading in extracted.headings] == titles
        for title, words in zip(titles, PARAGRAPHS, strict=False):
            assert f"{title}\n\n{self.shown(words)}" in extracted.text

    def test_each_page_holds_its_words_or_there_is_but_one(self, made: Path) -> None:
        extracted = self.read(made)

        assert len(extracted.pages) == (1 if self.name in NO_PAGES else len(PARAGRAPHS))
        for page, words in zip(extracted.pages, PARAGRAPHS, strict=False):
            assert self.shown(words) in extracted.text[page.start : page.end]
        if self.name not in NO_PAGES | NO_HEADINGS:
            assert [heading.page for heading in extracted.headings] == [1, 2, 3]

    def test_the_same_written_in_another_way_is_the_same_text(
        self, tmp_path: Path, made: Path
    ) -> None:
        text = self.read(made).text

        for way in self.ways:
            assert self.read(self.rewrite(tmp_path / way, made, way)).text == text, way

    def test_an_empty_part_is_no_trouble_and_takes_nothing_with_it(self, tmp_path: Path) -> None:
        titles = [TITLES[0], " ", TITLES[2]]
        paragraphs = [self.shown(PARAGRAPHS[0]), " ", self.shown(PARAGRAPHS[2])]

        extracted = self.read(self.make(tmp_path / "gap", titles, paragraphs))

        hold_together(extracted)
        assert extracted.troubles == ()
        assert all(words in extracted.text for words in (*titles, *paragraphs))
        if self.name not in NO_HEADINGS:
            assert [heading.title for heading in extracted.headings] == [titles[0], titles[2]]
        if self.name not in NO_PAGES:
            assert [page.start == page.end for page in extracted.pages] == [False, True, False]

    def test_reading_twice_gives_the_same_version(self, made: Path) -> None:
        assert self.read(made) == self.read(made)

    def test_too_much_text_is_refused(self, made: Path) -> None:
        assert reason(made, self.media_type, Limits(characters=50), self.eyes) == "too-much-text"

    def test_a_file_without_words_has_no_text(self, tmp_path: Path) -> None:
        made = self.make(tmp_path / "nothing", [" "], ["… — …"])

        assert reason(made, self.media_type, eyes=self.eyes) == "no-text"

    def test_an_empty_file_is_empty(self, tmp_path: Path) -> None:
        path = tmp_path / "empty"
        path.touch()

        assert reason(path, self.media_type) == "empty"


class TextualBehaviour(FormatBehaviour):
    """For formats that are texts themselves, whatever characters they are written in."""

    ways = ("utf-8-sig", "utf-16", "utf-16-be", "utf-32")

    def rewrite(self, path: Path, made: Path, way: str) -> Path:
        mark = "\ufeff" if way == "utf-16-be" else ""
        path.write_bytes((mark + made.read_text("utf-8")).encode(way))
        return path

    def test_bytes_that_no_encoding_explains_harm_only_their_words(
        self, tmp_path: Path, made: Path
    ) -> None:
        broken = tmp_path / "broken"
        broken.write_bytes(made.read_bytes().replace("naïve".encode(), b"na\xefve\xff\x81"))

        extracted = self.read(broken)

        hold_together(extracted)
        assert "traveller expects the sea" in extracted.text


class PackedBehaviour(FormatBehaviour):
    """For packages of marked-up texts, whatever characters each of these is written in."""

    ways = ("utf-16", "us-ascii", "koi8-r")

    def rewrite(self, path: Path, made: Path, way: str) -> Path:
        return ways.recoded_zip(path, made, way)
