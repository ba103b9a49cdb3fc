"""Texts are taken apart the same way everywhere, with spans that are true."""

from dataclasses import replace
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.search.model.passage import Hit
from services.search.words.matching import Marking, has, keeps_to
from services.search.words.terms import Terms, terms
from services.search.words.text import Apart, words
from services.search.words.typos import slips, tolerance
from tests.unit.search.examples import about, asked, passages


class TestWords:
    def test_a_word_knows_its_place_its_form_and_its_stem(self) -> None:
        (first, second) = words("«Universités» running")

        assert first == (1, 12, "universites", "universit")
        assert second == (14, 21, "running", "run")

    @pytest.mark.parametrize(
        ("text", "exact"),
        [
            ("snake_case 3.14", ["snake", "case", "3", "14"]),
            ("Stra\u00dfe STRASSE", ["strasse", "strasse"]),
            ("Ha\u0308user", ["hauser"]),
            ("学习abc平台", ["学", "习", "abc", "平", "台"]),
            ("...!?", []),
            ("x" * 100, ["x" * 64]),
        ],
    )
    def test_writing_systems_are_respected(self, text: str, exact: list[str]) -> None:
        assert [word.exact for word in words(text)] == exact

    @given(st.text(max_size=300))
    @example("\ufdfa")
    def test_spans_are_in_order_and_inside(self, text: str) -> None:
        end = 0
        for word in words(text):
            assert end <= word.start < word.end <= len(text)
            assert word.exact
            assert word.stem
            assert " " not in word.exact + word.stem
            end = word.end

    @given(st.text(max_size=300))
    def test_a_rare_sign_far_away_changes_no_other_word(self, text: str) -> None:
        assert list(words(f"{text} \U00020000"))[:-1] == list(words(text))

    @given(st.text(st.characters(codec="ascii"), max_size=100))
    @example("snake_case 3.14")
    def test_a_sign_beyond_ascii_changes_no_other_word(self, text: str) -> None:
        assert list(words(f"{text} \u5b66"))[:-1] == list(words(text))

    @given(st.text("ab_- \u0308\u5b66", max_size=60))
    def test_a_text_taken_apart_at_once_has_the_same_words(self, text: str) -> None:
        apart, one_by_one = Apart(text), list(words(text))

        assert list(apart.spans(range(len(one_by_one)))) == [
            (word.start, word.end, word.stem) for word in one_by_one
        ]
        assert apart.forms() == [(word.exact, word.stem) for word in one_by_one]
        assert [one_by_one[number].exact for number in apart.numbers_of({"ab"})] == [
            "ab" for word in one_by_one if text[word.start : word.end] == "ab"
        ]


class TestTerms:
    def test_little_words_count_only_alone(self) -> None:
        def wanted(typed: str) -> list[list[str]]:
            return [list(run.exact) for run in terms(asked(typed)).wanted]

        assert wanted("what is the cell") == [["cell"]]
        assert wanted("what is it") == [["what"], ["is"], ["it"]]

    def test_a_word_asked_twice_counts_once(self) -> None:
        assert len(terms(asked("Cell cell CELL")).wanted) == 1

    def test_signs_without_blanks_are_looked_for_in_pairs(self) -> None:
        runs = terms(asked("学习平台")).wanted

        assert ["".join(run.exact) for run in runs] == ["学习", "习平", "平台"]


class TestMarks:
    def test_all_forms_of_a_word_are_marked(self) -> None:
        text = "Cells divide; the cell's division. Cellar."

        found = [
            text[mark.start : mark.end]
            for mark in Marking(terms(asked("cell dividing"))).marks(text)
        ]

        assert found == ["Cells", "divide", "cell"]

    def test_words_of_a_phrase_are_marked(self) -> None:
        text = "the cell wall"

        found = [
            text[mark.start : mark.end] for mark in Marking(terms(asked('"cell wall"'))).marks(text)
        ]

        assert found == ["cell", "wall"]

    @pytest.mark.parametrize(
        ("typed", "marked"),
        [
            ("photosyn", ["photosynthesis"]),
            ("photo* ", ["photosynthesis", "photographs"]),
            ("photosyn ", []),
            ('"of photographs"', ["of", "photographs"]),
            ('"photographs of"', []),
            ("e-mail ", ["E", "mails"]),
            ("mail ", ["mails"]),
            ("title:photographs ", []),
            ("leaves -photographs", ["leaves"]),
        ],
    )
    def test_what_matched_is_marked_and_nothing_else(self, typed: str, marked: list[str]) -> None:
        text = "E-mails of photographs show photosynthesis in leaves"

        found = [text[mark.start : mark.end] for mark in Marking(terms(asked(typed))).marks(text)]

        assert sorted(found) == sorted(marked)

    def test_a_word_that_was_meant_is_marked(self) -> None:
        text = "the universities"

        (mark,) = Marking(terms(asked("univresities ")), {"universiti"}).marks(text)

        assert text[mark.start : mark.end] == "universities"


@pytest.mark.parametrize(
    ("typed", "text", "kept"),
    [
        ('"cell wall"', "The Cell-Wall.", True),
        ('"cell wall"', "wall cell", False),
        ("cell -plant", "a plant", False),
        ("cell -plant", "plants", True),
        ("cell -plant*", "plants", False),
        ("cell -botany", "a cell", False),
        ("cell -leaf", "a cell", False),
        ("title:botany cell", "stones", True),
        ("title:bot", "stones", True),
        ("title:botanical ", "stones", False),
        ('title:"of botany" ', "stones", False),
        ("cell -title:botany", "a cell", False),
        ("cell -title:leaf", "a cell", True),
    ],
)
def test_a_hit_keeps_to_a_question_or_not(typed: str, text: str, *, kept: bool) -> None:
    reading = about(title="Botany of today")
    (passage,) = passages(reading, text)

    hit = Hit(reading, replace(passage, heading="1 Leaf"), 1.0)

    assert keeps_to(hit, terms(asked(typed))) is kept


@given(st.text("ab -", max_size=40), st.text("AB ", min_size=1, max_size=4))
def test_letters_alone_rule_nothing_out_that_words_would_not(text: str, phrase: str) -> None:
    for run in terms(asked(f'"{phrase}"')).needed:
        assert has(text, run) is has(f"{text} \u5b66", run)


def test_a_hit_is_taken_apart_once_however_much_is_asked_of_it() -> None:
    reading = about(title="Botany of today")
    (passage,) = passages(reading, " ".join(f"word{number}" for number in range(150)))
    hit = Hit(reading, replace(passage, heading="1 Leaf"), 1.0)
    few, many = (
        terms(asked("leaf " + " ".join(f"-ord{number}" for number in range(count))))
        for count in (1, 150)
    )

    def cost(looked_for: Terms) -> float:
        began = process_time()
        for _ in range(100):
            assert keeps_to(hit, looked_for)
        return process_time() - began

    assert min(cost(many) for _ in range(3)) < 80 * min(cost(few) for _ in range(3))


class TestSlips:
    @pytest.mark.parametrize(
        ("one", "other", "slips_made"),
        [
            ("same", "same", 0),
            ("recieve", "receive", 1),
            ("leaf", "leef", 1),
            ("leaf", "leaves", None),
            ("hpotosynthesis", "photosynthesis", 1),
            ("pohtosynthesys", "photosynthesis", 2),
            ("", "ab", 2),
            ("abc", "xyz", None),
        ],
    )
    def test_letters_added_lost_mistaken_or_swapped_count(
        self, one: str, other: str, slips_made: int | None
    ) -> None:
        assert slips(one, other, 2) == slips(other, one, 2) == slips_made

    @pytest.mark.parametrize(
        ("word", "forgiven"),
        [("cat", 0), ("leaf", 1), ("leafage", 1), ("chlorine", 2), ("abc123", 0), ("4711", 0)],
    )
    def test_long_words_are_forgiven_more(self, word: str, forgiven: int) -> None:
        assert tolerance(word) == forgiven

    @given(st.text("ab", max_size=6), st.text("ab", max_size=6))
    def test_it_never_counts_more_than_the_letters(self, one: str, other: str) -> None:
        counted = slips(one, other, 6)

        assert counted is not None
        assert abs(len(one) - len(other)) <= counted <= max(len(one), len(other))
        assert (counted == 0) is (one == other)
