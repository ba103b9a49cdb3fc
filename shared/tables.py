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


def create(execute: Callable[[str], object]) -> None:
    """Make them, inside a service's first migration."""
    for statement in (OUTBOX, OUTBOX_WAITING, OUTBOX_PUBLISHED, INBOX, INBOX_HANDLED, ATTEMPTS):
        execute(statement)


def drop(execute: Callable[[str], object]) -> None:
    """Undo `create`."""
    for table in ("attempts", "inbox", "outbox"):
        execute(f"DROP TABLE {table}")
