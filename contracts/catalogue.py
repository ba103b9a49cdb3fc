"""Every message and every manifest there is, found by looking into this folder."""

import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

import contracts
from shared.manifest import Manifest, all_manifests
from shared.messages import Answer, Kind, Message, Push, Request, Subject

FOLDER: Final = Path(__file__).resolve().parent
PUSH: Final = Kind.PUSH.value


class TwoOfOneSubject(ValueError):
    """Two classes claim one subject."""


@cache
def messages() -> dict[str, type[Message]]:
    """Give every message class by its subject; push frames, which have none, by `push`."""
    for module in pkgutil.iter_modules(contracts.__path__):
        if not module.name.startswith("__"):
            import_module(f"contracts.{module.name}")
    found: dict[str, type[Message]] = {}
    for message in _descendants(Message):
        word = word_of(message)
        if not word or not message.__module__.startswith("contracts."):
            continue
        if word in found:
            raise TwoOfOneSubject(f"{word}: {found[word].__name__} and {message.__name__}")
        found[word] = message
    return dict(sorted(found.items()))


@cache
def manifests() -> dict[str, Manifest]:
    """Give every service's manifest by its name."""
    return all_manifests()


def word_of(message: type[Message]) -> str:
    """Say under which word a class stands in the catalogue; a base class alone has none."""
    if "subject" in vars(message):
        return str(message.subject)
    return PUSH if issubclass(message, Push) and message is not Push else ""


def answer_of(message: type[Message]) -> type[Answer] | None:
    """Give what a request is answered with; other messages are not answered."""
    return message.answer if issubclass(message, Request) else None


def sayers(word: Subject) -> list[str]:
    """Name the services that say an event or a command, or ask a request."""
    return [
        name for name, manifest in manifests().items() if word in (*manifest.says, *manifest.asks)
    ]


def hearers(word: Subject) -> list[str]:
    """Name the services that hear, follow or answer a word."""
    return [
        name
        for name, manifest in manifests().items()
        if word in (*manifest.hears, *manifest.follows, *manifest.answers)
    ]


def _descendants(cls: type[Message]) -> Iterator[type[Message]]:
    for child in cls.__subclasses__():
        yield child
        yield from _descendants(child)
