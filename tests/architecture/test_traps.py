"""Every trap that was measured has its test by name, and what we do not use stays unused."""

import re
from functools import cache

import pytest

from tests.architecture.code import ROOT, files, functions

_PAGE = (ROOT / "docs" / "traps.md").read_text(encoding="utf-8")
_ROWS = [line for line in _PAGE.splitlines() if line.startswith("|")]
_NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", _PAGE)))
_UNUSED = (
    "faststream.nats.fastapi",
    "TestNatsBroker",
    "Nats-Schedule",
    "no_auth_user",
    "max_workers=",
    "faststream.opentelemetry",
    "faststream.nats.opentelemetry",
)


@cache
def _tests(path: str) -> frozenset[str]:
    return frozenset(function.name for function in functions(ROOT / path))


@pytest.mark.parametrize(("path", "test"), _NAMED)
def test_a_named_test_is_there(path: str, test: str) -> None:
    assert test in _tests(path)


def test_every_trap_has_its_row() -> None:
    numbers = {int(found[1]) for row in _ROWS if (found := re.match(r"\| (\d+) ", row))}

    assert numbers == set(range(1, 19))


def test_every_row_names_a_test() -> None:
    rows = [row for row in _ROWS if not row.startswith(("| trap", "|---", "| rule"))]

    assert [row for row in rows if "::" not in row] == []


def test_nobody_waits_for_an_event_in_a_way_that_swallows_cancellation() -> None:
    waits = re.compile(r"wait_for\(\s*(?!process\b)[\w.]+\.wait\(\)")

    assert [
        path.name
        for path in files("deploy", "services", "shared")
        if waits.search(path.read_text(encoding="utf-8"))
    ] == []


@pytest.mark.parametrize("word", _UNUSED)
def test_what_we_do_without_is_nowhere_used(word: str) -> None:
    assert [
        path.name
        for path in files("contracts", "deploy", "services", "shared", "tests")
        if path.name != "test_traps.py" and word in path.read_text(encoding="utf-8")
    ] == []
