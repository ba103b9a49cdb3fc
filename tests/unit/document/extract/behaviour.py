"""What every format's reading promises."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from services.document.extract.child import text_object
from services.document.extract.formats import extract
from services.document.extract.outcome import Extracted, Limits
from services.document.model.facts import Unreadable

LIMITS = Limits()

TITLES = ["The river", "Where it rises", "Where it ends"]
PARAGRAPHS = [
    "A spring under an old beech feeds the stream — cold, clear and never dry.",
    "Below the mill the valley opens, and the naïve traveller expects the sea.",
    "It reaches the delta in spring; 🌊 marks the place on Müller's map.",
]
"""Three headings and paragraphs; some characters lie beyond ASCII, one beyond the basic plane."""


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


def reason(path: Path, media_type: str, limits: Limits = LIMITS) -> str:
    """Tell the code for which a file cannot be read."""
    with pytest.raises(Unreadable) as unreadable:
        extract(path, media_type, limits)
    assert unreadable.value.detail
    return unreadable.value.code


def outcome(path: Path, media_type: str) -> Extracted | str:
    """Read a file, or tell the code for which it cannot be read."""
    try:
        return extract(path, media_type, LIMITS)
    except Unreadable as unreadable:
        return unreadable.code


class FormatBehaviour:
    """Inherit, say the media type and how to make a file, and be held to it."""

    media_type: str

    def make(self, path: Path, titles: list[str], paragraphs: list[str]) -> Path:
        """Write a file with each title before its paragraph."""
        raise NotImplementedError

    def read(self, path: Path, limits: Limits = LIMITS) -> Extracted:
        return extract(path, self.media_type, limits)

    @pytest.fixture
    def made(self, tmp_path: Path) -> Path:
        return self.make(tmp_path / "river", TITLES, PARAGRAPHS)

    def test_offsets_are_exact(self, made: Path) -> None:
        hold_together(self.read(made))

    def test_every_sentence_is_there_and_in_order(self, made: Path) -> None:
        text = self.read(made).text

        places = [text.find(paragraph) for paragraph in PARAGRAPHS]
        assert -1 not in places
        assert places == sorted(places)

    def test_reading_twice_gives_the_same_version(self, made: Path) -> None:
        assert self.read(made) == self.read(made)

    def test_too_much_text_is_refused(self, made: Path) -> None:
        assert reason(made, self.media_type, Limits(characters=50)) == "too-much-text"

    def test_a_file_without_words_has_no_text(self, tmp_path: Path) -> None:
        made = self.make(tmp_path / "nothing", [" "], ["… — …"])

        assert reason(made, self.media_type) == "no-text"

    def test_an_empty_file_is_empty(self, tmp_path: Path) -> None:
        path = tmp_path / "empty"
        path.touch()

        assert reason(path, self.media_type) == "empty"


class HeadedBehaviour(FormatBehaviour):
    """For formats that know headings."""

    def test_headings_are_found_where_they_stand(self, made: Path) -> None:
        extracted = self.read(made)

        assert [heading.title for heading in extracted.headings] == TITLES

    def test_a_heading_is_a_paragraph_of_its_own(self, made: Path) -> None:
        text = self.read(made).text

        for title, paragraph in zip(TITLES, PARAGRAPHS, strict=True):
            assert f"{title}\n\n{paragraph}" in text


class TextualBehaviour(FormatBehaviour):
    """For formats that are texts themselves, whatever characters they are written in."""

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
    def test_the_same_in_another_encoding_is_the_same_text(
        self, tmp_path: Path, made: Path, encoding: str
    ) -> None:
        mark = "\ufeff" if encoding == "utf-16-be" else ""
        other = tmp_path / "other"
        other.write_bytes((mark + made.read_text("utf-8")).encode(encoding))

        assert self.read(other).text == self.read(made).text

    def test_bytes_that_no_encoding_explains_harm_only_their_words(
        self, tmp_path: Path, made: Path
    ) -> None:
        broken = tmp_path / "broken"
        broken.write_bytes(made.read_bytes().replace("naïve".encode(), b"na\xefve\xff\x81"))

        extracted = self.read(broken)

        hold_together(extracted)
        assert "traveller expects the sea" in extracted.text
