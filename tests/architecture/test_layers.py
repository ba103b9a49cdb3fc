"""Imports point inward, and what only one file may know, only that file knows."""

import ast
import re
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.architecture.code import ROOT, files, imported, name_of, parsed

SQL_LIBRARIES = ("sqlalchemy", "sqlmodel", "asyncpg", "alembic", "pgvector")
SQL = re.compile(
    r"\s*(SELECT\s.+\sFROM|INSERT INTO|UPDATE\s.+\sSET|DELETE FROM|CREATE TABLE)\b", re.DOTALL
)
FASTSTREAM_KNOWN_BY = re.compile(r"shared/bus(_\w+)?\.py")


def test_imports_point_inward(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = lint_imports(config_filename=str(ROOT / "pyproject.toml"), is_debug_mode=False)

    assert outcome == 0, capsys.readouterr().out


def test_only_the_bus_knows_faststream() -> None:
    knowing = {name_of(path) for path in files() if _imports(path, "faststream")}

    assert {name for name in knowing if not name.startswith("tests/")} == {
        name for name in knowing if FASTSTREAM_KNOWN_BY.fullmatch(name)
    }


@pytest.mark.parametrize("path", files("services", "contracts"), ids=name_of)
def test_only_stores_know_sql(path: Path) -> None:
    if _is_store(path):
        pytest.skip("knows SQL")

    statements = [
        node.value
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]

    assert not _imports(path, *SQL_LIBRARIES)
    assert statements == []


@pytest.mark.parametrize("path", files("services"), ids=name_of)
def test_a_service_imports_no_other(path: Path) -> None:
    own = path.relative_to(ROOT / "services").parts[0]

    others = [
        name
        for name in imported(path)
        if name.startswith("services.") and name.split(".")[1] != own
    ]

    assert others == []


def test_the_machinery_knows_no_business_word() -> None:
    business = re.compile(r"\b(document|quiz|passage|learner's)\b", re.IGNORECASE)

    speaking = {
        name_of(path)
        for path in files("shared")
        for word in _names(path)
        if business.fullmatch(word)
    }

    assert speaking == set()


def _is_store(path: Path) -> bool:
    inside = path.relative_to(ROOT).with_suffix("").parts[2:]
    return "store" in inside or "migrations" in inside


def _imports(path: Path, *libraries: str) -> bool:
    return any(name.split(".")[0] in libraries for name in imported(path))


def _names(path: Path) -> set[str]:
    """Give the words that names of a file are made of."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Name):
            found.update(node.id.split("_"))
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.update(re.findall(r"[A-Z]?[a-z]+", node.name))
    return found
