"""The AsyncAPI document is the generated one, valid, and true to the manifests."""

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import cache, reduce
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from contracts.asyncapi import FILE, document
from contracts.catalogue import manifests
from tests.contract.words import every_service, every_word

OFFICIAL = Path(__file__).with_name("asyncapi-3.0.0.schema.json")
"""AsyncAPI's own schema of version 3.0.0 (Apache-2.0), without its descriptions and examples."""


@cache
def _committed() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


@cache
def _validator() -> Draft7Validator:
    return Draft7Validator(json.loads(OFFICIAL.read_text(encoding="utf-8")))


def test_the_committed_document_is_the_generated_one() -> None:
    assert _committed() == document(), "run `make contracts`"


def test_the_document_is_valid() -> None:
    assert [
        f"{error.json_path}: {error.message}" for error in _validator().iter_errors(_committed())
    ] == []


@pytest.mark.parametrize(
    ("path", "nonsense"),
    [
        (("asyncapi",), "2.6.0"),
        (("channels", "push", "address"), 7),
        (("operations", "odd"), {"action": "shout"}),
        (("info",), {}),
    ],
)
def test_the_validator_sees_nonsense(path: tuple[str, ...], nonsense: object) -> None:
    odd = deepcopy(_committed())
    reduce(dict.__getitem__, path[:-1], odd)[path[-1]] = nonsense

    assert not _validator().is_valid(odd)


def test_every_reference_leads_somewhere() -> None:
    for reference in _references(_committed()):
        if reference.startswith("#/"):
            parts = [part.replace("~1", "/") for part in reference.removeprefix("#/").split("/")]
            assert reduce(dict.__getitem__, parts, _committed())
        else:
            assert (FILE.parent / reference).is_file()


@every_word
def test_every_word_has_a_channel(word: str) -> None:
    channel = _committed()["channels"][word]

    assert channel["title"]
    assert channel["summary"]


@every_service
def test_a_services_part_is_all_there(service: str) -> None:
    manifest = manifests()[service]

    operations = {name for name in _committed()["operations"] if name.startswith(f"{service}.")}

    sends = {f"{service}.sends.{word}" for word in (*manifest.says, *manifest.asks)}
    receives = {
        f"{service}.receives.{word}"
        for word in (*manifest.hears, *manifest.follows, *manifest.answers)
    }
    pushes = {f"{service}.sends.push"} if manifest.pushes else set()
    shows = {f"{service}.receives.push"} if manifest.reads_push else set()
    assert operations == sends | receives | pushes | shows


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
