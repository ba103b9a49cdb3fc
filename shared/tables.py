"""The tables that every service with a database has: what it says, what it heard, what failed."""

from collections.abc import Callable
from typing import Final

OUTBOX: Final = """
CREATE TABLE outbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id   uuid NOT NULL UNIQUE,
    address      text NOT NULL,
    headers      jsonb NOT NULL,
    body         text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz
)"""
OUTBOX_WAITING: Final = "CREATE INDEX outbox_waiting ON outbox (id) WHERE published_at IS NULL"
OUTBOX_PUBLISHED: Final = "CREATE INDEX outbox_published ON outbox (published_at)"

INBOX: Final = """
CREATE TABLE inbox (
    durable    text NOT NULL,
    message_id text NOT NULL,
    generation integer NOT NULL DEFAULT 0,
    handled_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (durable, message_id, generation)
)"""
INBOX_HANDLED: Final = "CREATE INDEX inbox_handled ON inbox (handled_at)"

ATTEMPTS: Final = """
CREATE TABLE attempts (
    durable    text NOT NULL,
    message_id text NOT NULL,
    generation integer NOT NULL DEFAULT 0,
    errors     integer NOT NULL DEFAULT 0,
    starts     integer NOT NULL DEFAULT 0,
    last_error text NOT NULL DEFAULT '',
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (durable, message_id, generation)
)"""

PARKED: Final = """
CREATE TABLE IF NOT EXISTS parked (
    durable    text NOT NULL,
    key        text NOT NULL,
    generation integer NOT NULL,
    sequence   bigint NOT NULL,
    place      bigint GENERATED ALWAYS AS IDENTITY,
    message_id text NOT NULL,
    state      text NOT NULL,
    headers    jsonb NOT NULL,
    body       bytea NOT NULL,
    free_at    timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (durable, message_id, generation)
)"""
PARKED_LINES: Final = """
CREATE INDEX IF NOT EXISTS parked_lines ON parked (durable, key, generation, sequence, place)"""

TURNS: Final = """
CREATE TABLE turns (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    durable    text NOT NULL,
    message_id text NOT NULL,
    generation integer NOT NULL,
    owner_id   uuid NOT NULL,
    key        text NOT NULL,
    round      bigint NOT NULL,
    headers    jsonb NOT NULL,
    body       text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    free_at    timestamptz NOT NULL DEFAULT now(),
    starts     integer NOT NULL DEFAULT 0,
    lease      uuid,
    UNIQUE (durable, message_id, generation)
)"""
ADVANCED: Final = """
CREATE TABLE IF NOT EXISTS advanced (
    key text PRIMARY KEY,
    at  timestamptz NOT NULL DEFAULT now()
)"""
TURNS_NEXT: Final = "CREATE INDEX turns_next ON turns (durable, round, id)"
TURNS_OWNED: Final = "CREATE INDEX turns_owned ON turns (durable, owner_id, round)"
TURNS_OF: Final = "CREATE INDEX turns_of ON turns (key)"

REBUILDS: Final = """
CREATE TABLE rebuilds (
    generation integer NOT NULL,
    durable    text NOT NULL,
    expected   integer,
    begun_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (generation, durable)
)"""
INBOX_REBUILT: Final = (
    "CREATE INDEX inbox_rebuilt ON inbox (durable, generation) WHERE generation > 0"
)


def create(execute: Callable[[str], object]) -> None:
    """Make them, inside a service's first migration."""
    for statement in (OUTBOX, OUTBOX_WAITING, OUTBOX_PUBLISHED, INBOX, INBOX_HANDLED, ATTEMPTS):
        execute(statement)
    complete(execute)


def complete(execute: Callable[[str], object]) -> None:
    """Make what came later, where it is not there yet: after every migration, in every service."""
    for statement in (PARKED, PARKED_LINES, ADVANCED):
        execute(statement)


def drop(execute: Callable[[str], object]) -> None:
    """Undo `create`."""
    for table in ("advanced", "parked", "attempts", "inbox", "outbox"):
        execute(f"DROP TABLE {table}")


def create_turns(execute: Callable[[str], object]) -> None:
    """Make the queue of a service whose long work waits its turn; see `shared.turns`."""
    for statement in (TURNS, TURNS_NEXT, TURNS_OWNED, TURNS_OF):
        execute(statement)


def drop_turns(execute: Callable[[str], object]) -> None:
    """Undo `create_turns`."""
    execute("DROP TABLE turns")


def create_rebuilds(execute: Callable[[str], object]) -> None:
    """Make what a read model needs to be rebuilt, inside a migration of its service."""
    for statement in (REBUILDS, INBOX_REBUILT):
        execute(statement)


def drop_rebuilds(execute: Callable[[str], object]) -> None:
    """Undo `create_rebuilds`."""
    execute("DROP INDEX inbox_rebuilt")
    execute("DROP TABLE rebuilds")
