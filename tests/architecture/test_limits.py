"""Files and functions stay small enough to be read in one sitting."""

import ast
from pathlib import Path

import pytest

from tests.architecture.code import (
    ROOT,
    Function,
    code_lines,
    files,
    functions,
    name_of,
    parsed,
    services,
)

FILE = 300
FUNCTION = 40
SERVICE = 1_250
"""Lines of code; the style aims at 1,000. Crafts, and folders in them, count for themselves."""
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}

every_file = pytest.mark.parametrize("path", files(), ids=name_of)


@every_file
def test_a_file_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE


@every_file
def test_a_function_is_short(path: Path) -> None:
    if "migrations" in path.parts:
        pytest.skip("a migration is a list of statements")

    long = [
        f"{function.name} ({_length(function)})"
        for function in functions(path)
        if _length(function) > FUNCTION
    ]

    assert long == []


@every_file
def test_a_file_opens_with_a_sentence(path: Path) -> None:
    opening = ast.get_docstring(parsed(path)) or ""
    if path.name == "__init__.py" and not parsed(path).body:
        pytest.skip("holds nothing")

    assert opening.partition("\n")[0].endswith((".", "?", "!"))


@every_file
def test_a_file_is_named_for_what_it_holds(path: Path) -> None:
    assert path.stem not in VAGUE


@pytest.mark.parametrize("service", services())
def test_a_service_and_each_of_its_crafts_can_be_read_in_one_sitting(service: str) -> None:
    folder = ROOT / "services" / service
    crafts: dict[str, int] = {}
    for path in files("services"):
        if folder in path.parents and "migrations" not in path.parts:
            inside = path.relative_to(folder).parts
            craft = "/".join(inside[:-1]) or "itself"
            crafts[craft] = crafts.get(craft, 0) + code_lines(path)

    assert {craft: lines for craft, lines in crafts.items() if lines > SERVICE} == {}


def _length(function: Function) -> int:
    """Count the lines of a body; signature and docstring are its face."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    if not body:
        return 0
    return (body[-1].end_lineno or 0) - body[0].lineno + 1
