"""Tests wait for what they wait for, are sentences, and live in known folders."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.code import ROOT, Function, called, files, functions, name_of, parsed

FOLDERS = {"unit", "contract", "architecture", "integration", "e2e", "chaos", "simulation"}

every_test_file = pytest.mark.parametrize("path", files("tests"), ids=name_of)


@every_test_file
def test_no_test_sleeps(path: Path) -> None:
    sleeping = [
        f"{function.name} (line {call.lineno})"
        for function in _own_functions(path)
        for call in _own_calls(function)
        if called(call) == "sleep" and ast.unparse(call.args[0]) != "0"
    ]

    assert sleeping == []


@every_test_file
def test_a_test_is_a_sentence(path: Path) -> None:
    short = [
        function.name
        for function in functions(path)
        if function.name.startswith("test_") and len(function.name.split("_")) < 4
    ]

    assert short == []


@every_test_file
def test_own_code_is_not_mocked(path: Path) -> None:
    modules = {
        node.module for node in ast.walk(parsed(path)) if isinstance(node, ast.ImportFrom)
    } | {
        alias.name
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Import)
        for alias in node.names
    }

    assert not {name for name in modules if name and name.startswith("unittest.mock")}


def test_folders_are_named_by_what_must_be_running() -> None:
    found = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}

    assert found - {"__pycache__"} <= FOLDERS


def test_every_folder_with_tests_is_a_package() -> None:
    assert {
        name_of(path.parent)
        for path in files("tests")
        if not (path.parent / "__init__.py").is_file()
    } == set()


def _own_functions(path: Path) -> Iterator[Function]:
    """Give tests and fixtures; helpers may wait for a condition, or play slow work."""
    for function in functions(path):
        if function.name.startswith("test_") or any(
            "fixture" in ast.unparse(decorator) for decorator in function.decorator_list
        ):
            yield function


def _own_calls(node: ast.AST) -> Iterator[ast.Call]:
    """Give the calls in a function, but not those in functions inside it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _own_calls(child)
