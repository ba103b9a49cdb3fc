"""A service is made of known files, and introduces itself truly."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from contracts.catalogue import manifests, messages
from shared.messages import Message, Subject
from tests.architecture.code import ROOT, called, calls, files, imported, parsed, services
from tests.architecture.vocabulary import CRAFTS, WORDS

CLAIMS = ROOT / "contracts" / "claims.py"
REQUIRED = {"__init__", "__main__", "main", "settings"}

every_service = pytest.mark.parametrize("service", services())


@every_service
def test_a_service_is_made_of_known_files(service: str) -> None:
    folder = ROOT / "services" / service
    names = {
        path.stem if path.is_file() else path.name
        for path in folder.iterdir()
        if path.suffix == ".py" or (path.is_dir() and path.name != "__pycache__")
    }

    assert names >= REQUIRED
    assert names - WORDS - CRAFTS.get(service, frozenset()) == set()


def test_every_craft_that_is_named_exists() -> None:
    named = {f"{service}/{craft}" for service, crafts in CRAFTS.items() for craft in crafts}

    assert {
        name
        for name in named
        if not (ROOT / "services" / name).is_dir()
        and not (ROOT / "services" / f"{name}.py").is_file()
    } == set()


@every_service
def test_a_service_has_a_manifest(service: str) -> None:
    assert service in manifests()


@every_service
@pytest.mark.parametrize("verb", ["Says", "Hears", "Asks", "Answers"])
def test_a_service_introduces_itself_as_its_manifest_does(service: str, verb: str) -> None:
    assert _introduced(service)[verb] == _by_manifest(service)[verb]


@every_service
def test_a_service_owns_the_database_its_manifest_speaks_of(service: str) -> None:
    owns = (ast.get_docstring(_introduction(service)) or "").partition("Says")[0]

    assert (f"PostgreSQL `{service}`" in owns) == manifests()[service].database


@every_service
@pytest.mark.parametrize(
    ("call", "verb"), [("on", "hears"), ("answer", "answers"), ("follow", "follows")]
)
def test_what_is_bound_is_what_the_manifest_says(service: str, call: str, verb: str) -> None:
    bound = {
        name
        for path in _files_of(service)
        for made in calls(path)
        if called(made) == call and made.args
        for name in [_name(made.args[0])]
        if name in _by_name()
    }

    assert bound == _names(getattr(manifests()[service], verb))


@every_service
def test_a_service_makes_every_word_it_may_say_and_no_other(service: str) -> None:
    manifest = manifests()[service]
    paths = [*_files_of(service)]
    made = {called(call) for path in paths for call in calls(path) if called(call) in _by_name()}
    if any("contracts.claims" in imported(path) for path in paths):
        paths.append(CLAIMS)
    named = {name for path in paths for name in _mentioned(path)}
    may = _names((*manifest.says, *manifest.asks)) | ({"Frame"} if manifest.pushes else set())
    answered = _names((*manifest.hears, *manifest.answers, *manifest.follows))

    assert made - may - answered == set(), "not in the manifest"
    assert may - named == set(), "in the manifest, but nowhere in the code"


@every_service
def test_handlers_bind_and_do_nothing_else(service: str) -> None:
    for name in ("handlers", "requests"):
        path = ROOT / "services" / service / f"{name}.py"
        if not path.is_file():
            continue
        branching = [
            node for node in ast.walk(parsed(path)) if isinstance(node, ast.If | ast.For | ast.Try)
        ]
        assert branching == [], f"an `if` in {name}.py is a verb that has not been written yet"


@cache
def _by_name() -> dict[str, type[Message]]:
    return {message.__name__: message for message in messages().values()}


def _names(subjects: tuple[Subject, ...]) -> set[str]:
    return {messages()[str(subject)].__name__ for subject in subjects}


def _by_manifest(service: str) -> dict[str, set[str]]:
    manifest = manifests()[service]
    return {
        "Says": _names(manifest.says) | ({"Frame"} if manifest.pushes else set()),
        "Hears": _names((*manifest.hears, *manifest.follows)),
        "Asks": _names(manifest.asks),
        "Answers": _names(manifest.answers),
    }


def _introduction(service: str) -> ast.Module:
    return parsed(ROOT / "services" / service / "__init__.py")


def _introduced(service: str) -> dict[str, set[str]]:
    text = ast.get_docstring(_introduction(service)) or ""
    parts = re.split(r"^(Owns|Says|Hears|Asks|Answers)\b", text, flags=re.MULTILINE)
    lines = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {
        verb: set(re.findall(r"\b[A-Z]\w*[a-z]\w*\b", lines.get(verb, "")))
        for verb in ("Says", "Hears", "Asks", "Answers")
    }


def _files_of(service: str) -> Iterator[Path]:
    folder = ROOT / "services" / service
    return (path for path in files("services") if folder in path.parents)


def _mentioned(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
