"""Statements that write a whole row, made once: building one again costs more than running it."""

from sqlalchemy import Table, TextClause, bindparam, text


def inserting(table: Table, then: str = "") -> TextClause:
    """Write the statement that adds a row; `then` says what follows, as what a conflict does."""
    names = [column.name for column in table.columns if column.identity is None]
    values = ", ".join(f":{name}" for name in names)
    return _typed(table, f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values}) {then}")  # noqa: S608  # names of our own tables


def putting(table: Table) -> TextClause:
    """Write the statement that adds a row, or takes the place of the one with its `id`."""
    return inserting(table, f"ON CONFLICT (id) DO UPDATE SET {_all_but_id(table, 'excluded.')}")


def updating(table: Table) -> TextClause:
    """Write the statement that changes the whole row of an `id`."""
    changes = _all_but_id(table, ":")
    return _typed(table, f"UPDATE {table.name} SET {changes} WHERE id = :id")  # noqa: S608  # names of our own tables


def _all_but_id(table: Table, of: str) -> str:
    names = (column.name for column in table.columns if column.name != "id")
    return ", ".join(f"{name} = {of}{name}" for name in names)


def _typed(table: Table, words: str) -> TextClause:
    given = (column for column in table.columns if column.identity is None)
    return text(words).bindparams(*(bindparam(one.name, type_=one.type) for one in given))
