"""The same wish said twice under one key is one wish."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from shared.problems import Problem

KEPT = timedelta(hours=24)


class KeyReused(
    Problem,
    code="idempotency-key-reused",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    title="The idempotency key was used for something else",
):
    """A key stands for one wish; another wish needs another key."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A key of somebody's for one kind of creation, and what was asked for under it."""

    user_id: UUID
    kind: str
    key: str
    fingerprint: str
    at: datetime

    @property
    def forgotten_before(self) -> datetime:
        """Keys used before this moment stand for nothing any more."""
        return self.at - KEPT

    def same_as(self, fingerprint: str) -> None:
        """Raise unless what was asked for then is what is asked for now."""
        if fingerprint != self.fingerprint:
            raise KeyReused("Repeat the request as it was, or use another key.")
