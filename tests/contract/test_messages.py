"""Every message is documented, typed, addressed by its owner, and free of what is personal."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from contracts import catalogue
from contracts.catalogue import TwoOfOneSubject, answer_of, messages
from shared.messages import BadSubject, Event, Kind
from tests.contract.words import every_event, every_request, every_word

LONGEST_SUMMARY = 110
PERSONAL = {"title", "filename", "file_name", "email", "name", "text", "quote", "query", "body"}

OUTGROWN = {"document": {"collection", "link", "upload"}}
"""Files of an owner whose words are too many for one."""
SHARED = {"again", "orphans", "rebuilding"}
"""Files of what several owners are asked alike."""


@every_word
def test_a_message_says_in_one_sentence_what_it_means(word: str) -> None:
    summary = (messages()[word].__doc__ or "").partition("\n")[0]

    assert summary.endswith((".", "?", "!"))
    assert len(summary) <= LONGEST_SUMMARY


@every_word
def test_a_message_stands_in_its_owners_file(word: str) -> None:
    message = messages()[word]

    owner = "notification" if message.kind is Kind.PUSH else message.subject.owner

    file = message.__module__.removeprefix("contracts.")
    assert file in {owner.replace("-", "_"), *OUTGROWN.get(owner, ()), *SHARED}


@every_word
def test_the_key_names_a_field(word: str) -> None:
    message = messages()[word]

    assert not message.key or message.key in message.model_fields


@every_event
def test_an_event_is_about_something(word: str) -> None:
    assert messages()[word].key


@every_event
def test_an_event_carries_nothing_personal(word: str) -> None:
    assert {field for field, _ in _fields(messages()[word])}.isdisjoint(PERSONAL)


@every_word
def test_every_field_has_a_type(word: str) -> None:
    models: list[type[BaseModel]] = [messages()[word]]
    if answer := answer_of(messages()[word]):
        models.append(answer)

    fields = [field for model in models for field in _fields(model)]

    assert [name for name, annotation in fields if annotation is Any or annotation is None] == []


@every_request
def test_a_request_is_answered_with_something_documented(word: str) -> None:
    answer = answer_of(messages()[word])

    assert answer is not None
    assert answer.__doc__


def test_a_subject_is_claimed_once() -> None:
    message = messages()["evt.document.deleted.v1"]
    namespace = {"__doc__": "A twin.", "__module__": "contracts.document"}

    class Twin(Event, subject="evt.document.deleted.v1"):
        """Claims what another one has."""

    Twin.__module__ = namespace["__module__"]
    catalogue.messages.cache_clear()
    try:
        with pytest.raises(TwoOfOneSubject, match="DocumentDeleted and Twin"):
            messages()
    finally:
        Twin.__module__ = __name__
        catalogue.messages.cache_clear()

    assert messages()["evt.document.deleted.v1"] is message


@pytest.mark.parametrize(
    "subject", ["document.uploaded", "evt.document.uploaded", "evt.A.b.v1", "evt.a.b.v0"]
)
def test_a_subject_follows_the_grammar(subject: str) -> None:
    with pytest.raises(BadSubject, match="not of the form"):
        type("Odd", (Event,), {}, subject=subject)


def test_a_subject_is_of_its_classes_kind() -> None:
    with pytest.raises(BadSubject, match="is no cmd"):
        type("Odd", (Event,), {}, subject="cmd.document.extract.v1")


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, object]]:
    for name, field in model.model_fields.items():
        yield name, field.annotation
        for inner in _models(field.annotation):
            yield from _fields(inner)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)
