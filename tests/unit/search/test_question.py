"""Whatever a person types is a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.model.question import (
    LONGEST,
    EmptyQuestion,
    Form,
    LongQuestion,
    Part,
    Question,
    readable,
)


def shown(part: Part) -> str:
    """Write a part as it could be typed."""
    text = f'"{part.text}"' if part.form is Form.PHRASE else part.text
    return ("title:" if part.title else "") + text + ("*" if part.form is Form.BEGUN else "")


class TestParse:
    @pytest.mark.parametrize(
        ("typed", "wanted", "needed", "unwanted"),
        [
            ("cell wall ", ["cell", "wall"], [], []),
            ('the "cell wall" of plants?', ["the", "of", "plants?*"], ['"cell wall"'], []),
            ("\u201ccell wall\u201d", [], ['"cell wall"'], []),
            ("\u00abcell wall\u00bb", [], ['"cell wall"'], []),
            ('"cell wall""of plants"', [], ['"cell wall"', '"of plants"'], []),
            ("cell -plant", ["cell"], [], ["plant"]),
            ('cell -"plant cell" ', ["cell"], [], ['"plant cell"']),
            ("minus -40 degrees ", ["minus", "-40", "degrees"], [], []),
            ("well-being ", ["well-being"], [], []),
            ("a - b ", ["a", "-", "b"], [], []),
            ('an "open phrase ', ["an", '"open', "phrase"], [], []),
            ('5" pipe ', ['5"', "pipe"], [], []),
            ('say"it"so ', ['say"it"so'], [], []),
            ("-plant", [], [], ["plant"]),
            ("-plant* cell ", ["cell"], [], ["plant*"]),
            ("title:botany cell ", ["cell"], ["title:botany"], []),
            ('Title:"plant cells" ', [], ['title:"plant cells"'], []),
            ("cell -title:draft", ["cell"], [], ["title:draft"]),
            ("title: cell title:: ", ["title:", "cell", "title::"], [], []),
            ("photo* cell ", ["photo*", "cell"], [], []),
            ("cell photo", ["cell", "photo*"], [], []),
            ("title:photo", [], ["title:photo*"], []),
            ('"" * -"" cell ', ["cell"], [], []),
        ],
    )
    def test_everything_that_was_asked_is_told_apart(
        self, typed: str, wanted: list[str], needed: list[str], unwanted: list[str]
    ) -> None:
        question = Question.parse(typed)

        assert [shown(part) for part in question.wanted] == wanted
        assert [shown(part) for part in question.needed] == needed
        assert [shown(part) for part in question.unwanted] == unwanted

    @pytest.mark.parametrize("typed", ["", " ", "\n\t", "\u3000"])
    def test_nothing_is_refused_as_nothing(self, typed: str) -> None:
        with pytest.raises(EmptyQuestion) as refused:
            Question.parse(typed)

        assert (refused.value.status, refused.value.code) == (422, "empty-query")

    def test_a_document_is_no_question(self) -> None:
        Question.parse("x" * LONGEST)

        with pytest.raises(LongQuestion) as refused:
            Question.parse("x" * (LONGEST + 1))

        assert (refused.value.status, refused.value.code) == (422, "query-too-long")

    @pytest.mark.parametrize(
        ("typed", "meaning"),
        [
            ("why is  the sky blue?", "why is the sky blue?"),
            ('cell "of plants" -animal', "cell of plants"),
            ("title:botany photo*", "botany photo"),
            ("-animal", ""),
        ],
    )
    def test_syntax_and_what_is_unwanted_have_no_part_in_the_meaning(
        self, typed: str, meaning: str
    ) -> None:
        assert Question.parse(typed).meaning == meaning

    @given(st.text(max_size=200))
    def test_any_text_is_a_question_or_empty(self, typed: str) -> None:
        if not readable(typed).strip():
            return

        question = Question.parse(typed)

        for part in (*question.wanted, *question.needed, *question.unwanted):
            assert part.text
            assert not part.text[0].isspace()


def test_a_text_made_readable_keeps_its_length() -> None:
    assert readable("a\0b\ud800c") == "a\ufffdb\ufffdc"
