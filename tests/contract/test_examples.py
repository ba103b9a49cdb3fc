"""Examples are true: readers in Python and readers of the schema accept and refuse the same."""

import json
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel, ValidationError

from contracts.catalogue import answer_of, messages
from contracts.example import EXAMPLES, Examples, examples_of
from contracts.schema import schemas
from tests.contract.words import WORDS, every_request, every_word


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(schemas()[f"{name}.json"], format_checker=FormatChecker())


@cache
def _examples(word: str) -> Examples:
    return examples_of(word)


def test_no_example_is_left_over() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(WORDS)


@every_word
def test_what_is_valid_is_accepted_by_class_and_schema(word: str) -> None:
    for example in _examples(word).valid:
        _accept(messages()[word], word, example.body)


@every_word
def test_what_is_invalid_is_refused_by_class_and_schema(word: str) -> None:
    for example in _examples(word).invalid:
        assert example.reason.endswith(".")
        with pytest.raises(ValidationError):
            messages()[word].model_validate_json(json.dumps(example.body))
        assert not _validator(word).is_valid(example.body), example.reason


@every_request
def test_a_request_shows_how_it_is_answered(word: str) -> None:
    answer = answer_of(messages()[word])

    assert answer is not None
    assert _examples(word).answers
    for example in _examples(word).answers:
        _accept(answer, f"{word}.answer", example.body)


@every_word
def test_a_reader_is_calm_about_a_field_it_does_not_know(word: str) -> None:
    body = _examples(word).valid[0].body | {"added_next_year": {"deep": [1]}}

    _accept(messages()[word], word, body)


@every_word
def test_what_is_read_and_written_again_is_the_same(word: str) -> None:
    for example in _examples(word).valid:
        read = messages()[word].model_validate_json(json.dumps(example.body))

        again = messages()[word].model_validate_json(read.model_dump_json())

        assert again == read
        assert again.model_dump_json() == read.model_dump_json()
        assert example.body.items() <= json.loads(read.model_dump_json()).items()


def _accept(model: type[BaseModel], name: str, body: dict[str, Any]) -> None:
    model.model_validate_json(json.dumps(body))
    _validator(name).validate(body)
