"""The code as data: every file of ours, parsed once."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PARTS: Final = ("benchmarks", "contracts", "deploy", "services", "shared", "tests")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def files(*parts: str) -> tuple[Path, ...]:
    """Give the Python files below some of our folders, or below all of them."""
    return tuple(
        path
        for part in parts or PARTS
        for path in sorted((ROOT / part).rglob("*.py"))
        if "__pycache__" not in path.parts
    )


@cache
def parsed(path: Path) -> ast.Module:
    """Parse one file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """Name a file as it is called in the repository."""
    return path.relative_to(ROOT).as_posix()


def services() -> tuple[str, ...]:
    """Name every service that has code."""
    return tuple(path.parent.name for path in sorted((ROOT / "services").glob("*/__init__.py")))


def imported(path: Path) -> Iterator[str]:
    """Name every module that a file imports, wherever in the file."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def functions(path: Path) -> Iterator[Function]:
    """Give every function and method of a file."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, Function):
            yield node


def calls(path: Path) -> Iterator[ast.Call]:
    """Give every call in a file."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            yield node


def called(call: ast.Call) -> str:
    """Name what is called, without what it is called on."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def code_lines(path: Path) -> int:
    """Count the lines that do something: no blanks, comments or docstrings."""
    tree = parsed(path)
    words = {
        number
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node.value.value, str)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = path.read_text(encoding="utf-8").splitlines()
    return sum(
        1
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.strip().startswith("#") and number not in words
    )
