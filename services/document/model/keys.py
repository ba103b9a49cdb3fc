"""One upload under an idempotency key: who holds it now, and which document it made."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from math import ceil
from typing import Final, Self
from uuid import UUID

from shared.problems import Problem

LEASE: Final = timedelta(seconds=30)
LIFE: Final = timedelta(hours=24)
_ASK_AGAIN: Final = 5
"""Seconds after which it is worth asking again; most uploads end long before their lease."""


class IdempotencyKeyInFlight(
    Problem,
    code="idempotency-key-in-flight",
    status=HTTPStatus.CONFLICT,
    title="The first request under this Idempotency-Key still runs",
):
    """`retry_after` tells in how many seconds it is worth asking again."""


class IdempotencyKeyReused(
    Problem,
    code="idempotency-key-reused",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    title="This Idempotency-Key belongs to another request",
):
    """Other fields or other bytes than the first time."""


def insist_same(first: str | None, again: str | None) -> None:
    """Refuse another request under the key of a first one; fingerprints tell them apart."""
    if first != again:
        raise IdempotencyKeyReused("Send another key with another request.")


@dataclass(frozen=True, slots=True)
class UploadKey:
    """An idempotency key of one user."""

    user_id: UUID
    key: str
    created_at: datetime
    holder: UUID | None = None
    held_until: datetime | None = None
    document_id: UUID | None = None
    fingerprint: str | None = None

    def expired(self, now: datetime) -> bool:
        """Whether it may be used for something else by now."""
        return now - self.created_at >= LIFE

    def held_by(self, holder: UUID, now: datetime) -> Self:
        """Let one upload have it, until its lease ends and another may take over."""
        taken = self.holder not in {None, holder}
        if taken and self.held_until is not None and self.held_until > now:
            seconds = min(max(1, ceil((self.held_until - now).total_seconds())), _ASK_AGAIN)
            raise IdempotencyKeyInFlight(
                f"The first upload under this key has not ended; send it again in {seconds} s.",
                retry_after=seconds,
            )
        return replace(self, holder=holder, held_until=now + LEASE)

    def released_by(self, holder: UUID) -> Self:
        """Let the next upload have it at once, if it was this one's."""
        return replace(self, holder=None, held_until=None) if self.holder == holder else self

    def spent_on(self, document_id: UUID, fingerprint: str | None) -> Self:
        """Remember what it made."""
        return replace(
            self, document_id=document_id, fingerprint=fingerprint, holder=None, held_until=None
        )
