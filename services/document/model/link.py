"""One link: a secret that opens one document until it expires, is revoked, or the document goes."""

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final, Self
from uuid import UUID

from shared.cause import new_id
from shared.problems import NotFound, Problem

_ID: Final = 16
_SECRET: Final = 32


class LinkInvalid(
    Problem, code="link-invalid", status=HTTPStatus.FORBIDDEN, title="The link is not valid"
):
    """It was changed, revoked, or never made; whoever guesses tokens is not told which."""

    def __init__(
        self, detail: str = "Copy all of it, or ask whoever gave it to you for a new one."
    ) -> None:
        super().__init__(detail)


class LinkExpired(
    Problem, code="link-expired", status=HTTPStatus.FORBIDDEN, title="The link has expired"
):
    """Its time is over."""

    def __init__(self, detail: str = "Ask whoever gave it to you for a new one.") -> None:
        super().__init__(detail)


class LinkNotFound(NotFound, code="link-not-found", title="There is no such link"):
    """It does not exist, was revoked, or belongs to another document."""


class TooManyLinks(
    Problem,
    code="too-many-links",
    status=HTTPStatus.CONFLICT,
    title="The document has too many links; revoke some first",
):
    """`limit` tells how many work at once."""


@dataclass(frozen=True, slots=True)
class Link:
    """One link. Its token is its id and its secret, so neither can be changed alone."""

    id: UUID
    owner_id: UUID
    document_id: UUID
    secret: bytes = field(repr=False)
    created_at: datetime
    expires_at: datetime
    key: str | None = None
    fingerprint: str | None = None

    @classmethod
    def made(
        cls,
        owner_id: UUID,
        document_id: UUID,
        seconds: int,
        *,
        key: str | None,
        fingerprint: str | None,
        now: datetime,
    ) -> Self:
        """Make one that nobody can guess."""
        return cls(
            id=new_id(),
            owner_id=owner_id,
            document_id=document_id,
            secret=secrets.token_bytes(_SECRET),
            created_at=now,
            expires_at=now + timedelta(seconds=seconds),
            key=key,
            fingerprint=fingerprint,
        )

    @property
    def token(self) -> str:
        """What the address ends with: id and secret, 48 bytes as 64 letters without padding."""
        return base64.urlsafe_b64encode(self.id.bytes + self.secret).decode()

    def opened(self, secret: bytes, now: datetime) -> Self:
        """Return it for its secret; `LinkInvalid` for another one, `LinkExpired` too late."""
        if not hmac.compare_digest(self.secret, secret):
            raise LinkInvalid
        if self.expires_at <= now:
            raise LinkExpired
        return self


def read(token: str) -> tuple[UUID, bytes]:
    """Read a token: the link's id and the secret; `LinkInvalid` if it is none of ours."""
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise LinkInvalid from None
    if len(raw) != _ID + _SECRET:
        raise LinkInvalid
    return UUID(bytes=raw[:_ID]), raw[_ID:]
