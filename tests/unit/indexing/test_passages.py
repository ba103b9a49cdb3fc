"""Cutting: passages are exact pieces of the text, whole sentences, and nothing is lost."""

import time
from collections.abc import Sequence
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.indexing.model import Heading, Page, Passage, Text
from services.indexing.passages.cut import DENSE, LIMIT, TARGET, cut, weigh
from services.indexing.passages.sentences import sentences
from services.indexing.passages.spans import Span


def words(texts: Sequence[str]) -> list[int]:
    """Count words, as a tokenizer that knows every one."""
    return [len(text.split()) for text in texts]


def lost(text: Text, found: Sequence[Passage]) -> str:
    """Say what of the text stands in no passage, white space aside."""
    ends = [0, *(passage.end for passage in found)]
    starts = [*(passage.start for passage in found), len(text.text)]
    between = (text.text[end:start] for end, start in zip(ends, starts, strict=True))
    return "".join(between).strip()


PARTS = [
    "Cats purr.",
    "It rained for",
    "Dr. Who",
    "\n\n",
    "\n",
    " ",
    "end of it!",
    "最后。",
    "1.2 m",
]
ENDLESS = ["word " * 300, "x" * 3_000, "a, b; c\n" * 90, "\U0001f600" * 2_500, "row | row\n" * 200]
ODD = ["…", "\t", "\u00a0", "\U0001d4b3 is e.g. 5.", "\f", "| a | b |\n"]
PROSE = st.lists(st.sampled_from(PARTS + ODD + ENDLESS), max_size=30).map(" ".join)
ANYTHING = st.text(max_size=400)


@st.composite
def texts(draw: st.DrawFn) -> Text:
    """Some text with pages and headings anywhere in it, even beyond its end."""
    text = draw(PROSE | ANYTHING)
    places = st.integers(0, len(text) + 3)
    starts = sorted(draw(st.lists(places, max_size=5)))
    pages = tuple(Page(number, start) for number, start in enumerate([0, *starts], start=1))
    heading = st.builds(Heading, st.integers(1, 4), st.text(min_size=1, max_size=9), places)
    headings = tuple(sorted(draw(st.lists(heading, max_size=6)), key=lambda one: one.start))
    return Text(text, pages, headings)


class TestCut:
    @given(texts())
    @settings(max_examples=300, deadline=None)
    def test_passages_are_exact_ordered_pieces_and_nothing_but_white_space_is_lost(
        self, text: Text
    ) -> None:
        found = cut(text, words)

        ends = [0, *(passage.end for passage in found)]
        assert [passage.ordinal for passage in found] == list(range(len(found)))
        assert all(passage.start >= end for passage, end in zip(found, ends, strict=False))
        assert all(one.text == text.text[one.start : one.end] != "" for one in found)
        assert all(one.text == one.text.strip() for one in found)
        assert lost(text, found) == ""

    @given(texts())
    @settings(max_examples=200, deadline=None)
    def test_no_passage_is_longer_than_the_model_reads(self, text: Text) -> None:
        found = cut(text, words)

        assert all(words([passage.text])[0] <= LIMIT for passage in found)
        assert all(len(passage.text) <= 2 * LIMIT * DENSE for passage in found)

    @given(texts())
    @settings(max_examples=200, deadline=None)
    def test_no_passage_reaches_into_another_page(self, text: Text) -> None:
        found = cut(text, words)

        for passage in found:
            begun = [page for page in text.pages if page.start <= passage.start]
            assert passage.page == begun[-1].number
            assert not [p for p in text.pages if passage.start < p.start < passage.end]

    def test_a_passage_knows_its_page_and_all_headings_above_it(self) -> None:
        content = "Biology\nCells\nCells are small.\fMore on cells.\nPlants\nPlants are green."
        text = Text(
            content,
            pages=(Page(7, 0), Page(8, content.index("More"))),
            headings=(
                Heading(1, "Biology", 0),
                Heading(2, "Cells", content.index("Cells")),
                Heading(2, "Plants", content.index("Plants")),
            ),
        )

        found = [(passage.text, passage.page, passage.path) for passage in cut(text, words)]

        assert found == [
            ("Biology\nCells\nCells are small.", 7, ("Biology", "Cells")),
            ("More on cells.", 8, ("Biology", "Cells")),
            ("Plants\nPlants are green.", 8, ("Biology", "Plants")),
        ]

    def test_passages_of_prose_end_with_sentences_and_are_near_their_size(self) -> None:
        sentence = "The quick brown fox jumps over the lazy dog near a quiet river bank. "
        text = Text(sentence * 200, pages=(Page(1, 0),))

        found = cut(text, words)

        assert all(passage.text.endswith("bank.") for passage in found)
        assert all(TARGET * 0.8 <= words([one.text])[0] <= TARGET for one in found[:-1])

    def test_a_passage_rather_ends_with_its_paragraph(self) -> None:
        first, second = "One is here. " * 40, "Two is there. " * 40

        found = cut(Text(f"{first}\n\n{second}"), words)

        assert [passage.text[:3] for passage in found] == ["One", "Two"]

    def test_a_scrap_at_the_end_joins_the_passage_before_it(self) -> None:
        long = "Every word of this sentence counts for something here. " * 20

        found = cut(Text(f"{long}\n\nThe end."), words)

        assert len(found) == 1
        assert found[0].text.endswith("The end.")

    def test_a_blank_text_has_no_passages(self) -> None:
        assert cut(Text(" \n\n\t "), words) == []

    @pytest.mark.parametrize(
        "hostile",
        [
            "." * 400_000,
            "a" * 400_000,
            "\n" * 400_000,
            " \n" * 200_000,
            '."' * 200_000,
            "a." * 200_000,
        ],
        ids=["dots", "one word", "lines", "blank lines", "quotes", "abbreviations"],
    )
    def test_a_hostile_text_takes_no_longer_than_another(self, hostile: str) -> None:
        began = time.monotonic()

        found = cut(Text(hostile), words)

        assert time.monotonic() - began < 10
        assert lost(Text(hostile), found) == ""


class TestSentences:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("It is. So it is.", ["It is.", "So it is."]),
            (
                "Dr. Strange met Mr. J. Smith. They spoke.",
                ["Dr. Strange met Mr. J. Smith.", "They spoke."],
            ),
            ("See Fig. 3 and e.g. this. Done!", ["See Fig. 3 and e.g. this.", "Done!"]),
            ('He said "Go." Then he left.', ['He said "Go."', "Then he left."]),
            ("Pi is 3.14 here. Yes?", ["Pi is 3.14 here.", "Yes?"]),
            ("Wait… what? Oh", ["Wait… what?", "Oh"]),
            ("你好。再见\uff01", ["你好。", "再见\uff01"]),
            ("1. Terms apply. 2.1. So do others.", ["1. Terms apply.", "2.1. So do others."]),
            ("It was 1998. Then came 1999.", ["It was 1998.", "Then came 1999."]),
            ("A title\n\nA text.", ["A title", "A text."]),
        ],
    )
    def test_sentences_end_where_readers_see_their_end(
        self, text: str, expected: list[str]
    ) -> None:
        found = sentences(text, Span(0, len(text)))

        assert [text[one.span.start : one.span.end] for one in found] == expected


class TestWeight:
    def test_a_word_without_end_weighs_by_its_length(self) -> None:
        assert weigh(["x" * 1_000, "a b c"], words) == [100, 3]


class TestPassage:
    def test_its_id_is_made_of_document_text_and_place_alone(self) -> None:
        document, other = (Passage(0, 0, 1, "a", 1, ()).id_in(*_named(name)) for name in "ab")

        again = Passage(9, 0, 1, "a", 2, ("x",)).id_in(*_named("a"))

        assert again == document != other


def _named(name: str) -> tuple[UUID, str]:
    return uuid5(NAMESPACE_URL, name), "version"
