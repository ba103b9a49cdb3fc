"""The file of judged questions is true to itself, and the README to the file."""

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from pydantic import BaseModel, ConfigDict

from services.quiz.model.grading import plain
from services.quiz.model.question import Type

DATA: Final = Path(__file__).parent / "data"
README: Final = Path(__file__).resolve().parents[3] / "README.md"
SHARE: Final = re.compile(r"(\d+) of (\d+) \((\d+) %\) were useful")


class Labelled(BaseModel):
    """One generated question, and what a reader thought of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    type: Type
    stem: str
    options: list[str]
    answer: str
    accepted: list[str]
    page: int
    start: int
    end: int
    quote: str
    answer_in_quote: tuple[int, int]
    useful: bool
    reason: str


@cache
def labelled() -> list[Labelled]:
    lines = (DATA / "labelled.jsonl").read_text(encoding="utf-8").splitlines()
    return [Labelled.model_validate_json(line) for line in lines]


@pytest.mark.parametrize("one", labelled(), ids=lambda one: f"{one.text}-{one.start}")
def test_a_question_is_true_to_its_quote(one: Labelled) -> None:
    start, end = one.answer_in_quote
    words = one.quote[start:end]

    assert len(one.quote) == one.end - one.start
    assert 0 <= start < end <= len(one.quote)
    assert one.page >= 1
    assert one.reason.endswith((".", "!"))
    match one.type:
        case Type.SINGLE:
            assert len(set(one.options)) == 4
            assert one.answer in one.options
            assert plain(words) == plain(one.answer)
        case Type.TRUE_FALSE:
            assert one.options == ["True", "False"]
            assert (plain(one.stem) == plain(one.quote)) == (one.answer == "True")
        case Type.CLOZE:
            assert "_____" in one.stem
            assert plain(words) in {plain(answer) for answer in (one.answer, *one.accepted)}


def test_there_are_enough_of_enough_texts_and_each_is_named_with_its_source() -> None:
    texts = Counter(one.text for one in labelled())
    told = (DATA / "README.md").read_text(encoding="utf-8")

    assert len(labelled()) >= 60
    assert len(texts) >= 3
    assert all(f"| `{text}` |" in told for text in texts)


def test_every_judgement_has_a_reason_of_its_own() -> None:
    assert len({one.reason for one in labelled()}) == len(labelled())


def test_no_question_is_in_it_twice() -> None:
    assert len({(one.text, one.start) for one in labelled()}) == len(labelled())


def test_the_readme_tells_the_share_as_it_is() -> None:
    useful = sum(one.useful for one in labelled())

    told = SHARE.search(" ".join(README.read_text(encoding="utf-8").split()))

    assert told is not None
    assert [int(number) for number in told.groups()] == [
        useful,
        len(labelled()),
        100 * useful // len(labelled()),
    ]
    assert 100 * useful >= 70 * len(labelled())
