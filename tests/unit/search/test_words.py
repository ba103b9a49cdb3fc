"""Texts are taken apart the same way everywhere, with spans that are true."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.search.model.passage import Hit
from services.search.words.matching import keeps_to, marks
from services.search.words.terms import terms
from services.search.words.text import words
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

        found = [text[mark.start : mark.end] for mark in marks(text, terms(asked("cell dividing")))]

        assert found == ["Cells", "divide", "cell"]

    def test_words_of_a_phrase_are_marked(self) -> None:
        text = "the cell wall"

        found = [text[mark.start : mark.end] for mark in marks(text, terms(asked('"cell wall"')))]

        assert found == ["cell", "wall"]


@pytest.mark.parametrize(
    ("typed", "text", "kept"),
    [
        ('"cell wall"', "The Cell-Wall.", True),
        ('"cell wall"', "wall cell", False),
        ("cell -plant", "a plant", False),
        ("cell -plant", "plants", True),
    ],
)
def test_a_text_keeps_to_a_question_or_not(typed: str, text: str, *, kept: bool) -> None:
    reading = about(title="")
    (passage,) = passages(reading, text)

    assert keeps_to(Hit(reading, passage, 1.0), terms(asked(typed))) is kept
