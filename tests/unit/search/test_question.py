"""Whatever a person types is a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.model.question import EmptyQuestion, Question, readable


class TestParse:
    @pytest.mark.parametrize(
        ("typed", "words", "phrases", "without"),
        [
            ("cell wall", ("cell", "wall"), (), ()),
            ('the "cell wall" of plants', ("the", "of", "plants"), ("cell wall",), ()),
            ("cell -plant", ("cell",), (), ("plant",)),
            ('cell -"plant cell"', ("cell",), (), ("plant cell",)),
            ("minus -40 degrees", ("minus", "-40", "degrees"), (), ()),
            ("well-being", ("well-being",), (), ()),
            ("a - b", ("a", "-", "b"), (), ()),
            ('an "open phrase', ("an", '"open', "phrase"), (), ()),
            ('5" pipe', ('5"', "pipe"), (), ()),
            ("-plant", ("-plant",), (), ()),
            ('say"it"so', ('say"it"so',), (), ()),
        ],
    )
    def test_words_phrases_and_what_is_unwanted_are_told_apart(
        self,
        typed: str,
        words: tuple[str, ...],
        phrases: tuple[str, ...],
        without: tuple[str, ...],
    ) -> None:
        question = Question.parse(typed)

        assert (question.words, question.phrases, question.without) == (words, phrases, without)

    @pytest.mark.parametrize("typed", ["", " ", "\n\t", "\u3000"])
    def test_nothing_is_refused_as_nothing(self, typed: str) -> None:
        with pytest.raises(EmptyQuestion) as refused:
            Question.parse(typed)

        assert (refused.value.status, refused.value.code) == (422, "empty-query")

    def test_what_is_unwanted_has_no_part_in_the_meaning(self) -> None:
        assert Question.parse('cell "of plants" -animal').meaning == "cell of plants"
        assert Question.parse('cell "of plants"').meaning == 'cell "of plants"'

    @given(st.text(min_size=1, max_size=200))
    def test_any_text_is_a_question_or_empty(self, typed: str) -> None:
        if not readable(typed).strip():
            return

        question = Question.parse(typed)

        assert question.words or question.phrases
        assert question.meaning.strip()


def test_a_text_made_readable_keeps_its_length() -> None:
    assert readable("a\0b\ud800c") == "a\ufffdb\ufffdc"
