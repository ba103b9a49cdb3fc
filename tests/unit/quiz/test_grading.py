"""What is right in a gap, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.quiz.model.grading import grade, plain
from services.quiz.model.question import Type
from tests.unit.quiz.examples import a_question, a_quiz

GAP = a_question(a_quiz(), type_=Type.CLOZE)
CHOICE = a_question(a_quiz())


@pytest.mark.parametrize(
    "response",
    ["zenith", "ZENITH", " zenith\n", "the zenith", "Zenith.", "\uff5aenith", "The  top   point"],
)
def test_a_gap_takes_every_way_to_write_it(response: str) -> None:
    assert grade(GAP, response).correct


@pytest.mark.parametrize("response", ["", "nadir", "zenit", "zenith nadir", "z e n i t h"])
def test_a_gap_takes_nothing_else(response: str) -> None:
    assert not grade(GAP, response).correct


def test_a_choice_is_by_id_alone() -> None:
    assert grade(CHOICE, CHOICE.answer).points == 1
    assert not grade(CHOICE, "zenith").correct
    assert not grade(CHOICE, None).correct


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("caf\u00e9", "cafe\u0301"),
        ("Earth\u2019s axis", "earth's axis"),
        ("co\u2010ordinate", "co-ordinate"),
        ("stra\u00dfe", "STRASSE"),
        ("co\u00adordinate", "coordinate"),
    ],
)
def test_unicode_has_many_ways_to_write_the_same(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@given(st.text())
def test_what_is_plain_stays_as_it_is(words: str) -> None:
    assert plain(plain(words)) == plain(words) or plain(words).startswith(("a ", "an ", "the "))
