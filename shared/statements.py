"""Turns SQLAlchemy's statements into PostgreSQL's words and values, each statement once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

from sqlalchemy import ClauseElement, TextClause, text
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType
from sqlalchemy.util import LRUCache

_DIALECT: Final = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own dialects have no types
_COMPILED: Final[LRUCache[Any, Any]] = LRUCache(500)

Write = Callable[[Any], object]
Bound = tuple[str, list[object]]
"""A statement with `$1`, `$2` …, and the value of each."""


@dataclass(frozen=True, slots=True)
class _Words:
    """A statement written as text: what PostgreSQL reads, and how its values are made."""

    sql: str
    names: tuple[str, ...]
    written: tuple[tuple[int, Write], ...]
    """What stands where and goes another way than it is, as JSON."""
    fixed: Mapping[str, object]
    """What was bound beforehand."""


def bind(statement: ClauseElement, given: Mapping[str, Any] | None) -> Bound:
    """Write a statement and the values given to it as the driver takes them."""
    if isinstance(statement, TextClause):
        words = _words(statement)
        all_given = {**words.fixed, **given} if given else words.fixed
        values = [all_given[name] for name in words.names]
        for place, write in words.written:
            values[place] = write(values[place])
        return words.sql, values
    return _built(statement, given or {})


@lru_cache(maxsize=1000)
def _words(statement: TextClause) -> _Words:
    """Write a text once: it is known by itself, and where nothing is bound to it by its words."""
    bound = statement._bindparams.values()  # noqa: SLF001  # as SQLAlchemy's own dialects read it
    if any(one.value is not None or not isinstance(one.type, NullType) for one in bound):
        return _compiled(statement)
    return _plain(statement.text)


@lru_cache(maxsize=1000)
def _plain(words: str) -> _Words:
    return _compiled(text(words))


def _compiled(statement: TextClause) -> _Words:
    compiled = statement.compile(dialect=_DIALECT)
    names = tuple(compiled.positiontup or ())
    # SQLAlchemy's own connection reads it so, and so do we.
    writers = cast("dict[str, Write]", compiled._bind_processors)  # noqa: SLF001
    return _Words(
        compiled.string,
        names,
        tuple((place, writers[name]) for place, name in enumerate(names) if name in writers),
        {name: value for name, value in compiled.params.items() if value is not None},
    )


def _built(statement: ClauseElement, given: Mapping[str, Any]) -> Bound:
    """Write what was put together of tables and columns, as SQLAlchemy's own connection does.

    What was written before is found by the statement's shape: only its values are new.
    """
    found, extracted, collected, _ = statement._compile_w_cache(  # noqa: SLF001
        _DIALECT, compiled_cache=_COMPILED, column_keys=sorted(given)
    )
    compiled = cast("SQLCompiler", found)
    values = compiled.construct_params(
        given, extracted_parameters=extracted, escape_names=False, _collected_params=collected
    )
    sql, names = compiled.string, tuple(compiled.positiontup or ())
    writers = cast("dict[str, Write]", compiled._bind_processors)  # noqa: SLF001
    if compiled.post_compile_params or compiled.literal_execute_params:
        expanded = compiled._process_parameters_for_postcompile(values)  # noqa: SLF001
        sql, names = expanded.statement, tuple(expanded.positiontup or ())
        writers = {**writers, **cast("dict[str, Write]", expanded.processors)}
    return sql, [writers[name](values[name]) if name in writers else values[name] for name in names]
