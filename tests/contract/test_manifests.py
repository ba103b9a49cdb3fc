"""Manifests use words that exist, and every word has somebody who says, hears or answers it."""

from pathlib import Path

import pytest

from contracts.catalogue import hearers, manifests, messages
from shared.manifest import BadManifest, Manifest
from shared.messages import Command, Event, Request
from tests.contract.words import EVENTS, every_event, every_request, every_service, every_word


@every_service
def test_a_manifest_uses_words_that_exist(service: str) -> None:
    manifest = manifests()[service]

    used = (
        *manifest.says,
        *manifest.hears,
        *manifest.asks,
        *manifest.answers,
        *manifest.follows,
    )

    assert [str(word) for word in used if str(word) not in messages()] == []


@every_service
def test_what_a_service_hears_is_said_by_somebody(service: str) -> None:
    said = {word for manifest in manifests().values() for word in manifest.says}
    manifest = manifests()[service]

    heard = [
        word
        for word in (*manifest.hears, *manifest.follows)
        if issubclass(messages()[str(word)], Event)
    ]

    assert [str(word) for word in heard if word not in said] == []


@every_service
def test_what_a_service_asks_is_answered_by_its_owner(service: str) -> None:
    for word in manifests()[service].asks:
        assert word in manifests()[word.owner].answers, f"{word.owner} does not answer {word}"


@every_service
def test_a_manifest_introduces_its_service_in_a_sentence(service: str) -> None:
    assert manifests()[service].summary.endswith(".")


@every_event
def test_an_event_is_said_by_its_owner(word: str) -> None:
    subject = messages()[word].subject

    assert subject.owner in manifests(), f"contracts/services/{subject.owner}.toml is missing"
    assert subject in manifests()[subject.owner].says


@every_request
def test_a_request_is_answered_by_its_owner(word: str) -> None:
    subject = messages()[word].subject

    assert subject in manifests()[subject.owner].answers


@every_word
def test_a_command_is_heard_by_its_owner(word: str) -> None:
    message = messages()[word]
    if not issubclass(message, Command):
        pytest.skip("no command")

    assert hearers(message.subject) == [message.subject.owner]


def test_frames_are_pushed_by_one_and_shown_by_one() -> None:
    assert [name for name, manifest in manifests().items() if manifest.pushes] == ["notification"]
    assert [name for name, manifest in manifests().items() if manifest.reads_push] == ["gateway"]


def test_nothing_is_both_asked_and_said() -> None:
    assert not [word for word in EVENTS if issubclass(messages()[word], Request)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('name = "odd"\nsummary = "."\nshouts = []', "shouts: Extra inputs are not permitted"),
        ('name = "even"\nsummary = "."', "its name must be the file's, 'odd', in small letters"),
        (
            'name = "odd"\nsummary = "."\nsays = ["evt.document.deleted.v1"]\ndatabase = true',
            "odd says evt.document.deleted.v1, which only its owner may",
        ),
        (
            'name = "odd"\nsummary = "."\nhears = ["cmd.document.extract.v1"]\ndatabase = true',
            "odd hears cmd.document.extract.v1, which only its owner may",
        ),
        (
            'name = "odd"\nsummary = "."\nanswers = ["req.document.list.v1"]',
            "odd answers req.document.list.v1, which only its owner may",
        ),
        (
            'name = "odd"\nsummary = "."\nasks = ["evt.document.deleted.v1"]',
            "odd asks evt.document.deleted.v1, which is of another kind",
        ),
        (
            'name = "odd"\nsummary = "."\nhears = ["evt.document.deleted.v1"]',
            "who says or hears needs `database = true`, for outbox and inbox",
        ),
        (
            'name = "odd"\nsummary = "."\nasks = ["req.a.b.v1", "req.a.b.v1"]',
            "odd asks req.a.b.v1 twice",
        ),
        ('name = "odd"\nsummary = "."\nasks = ["a.b"]', "'a.b' is not of the form"),
        ("name = ", "Invalid value"),
    ],
)
def test_a_wrong_manifest_is_named_with_the_reason(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(BadManifest) as wrong:
        Manifest.read(path)

    assert str(wrong.value).startswith("odd.toml: ")
    assert sentence in str(wrong.value)
