"""Words the identity service owns, first edition."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, PlainSerializer, SecretStr

from shared.messages import Answer, Body, Done, Event, Request

Secret = Annotated[
    SecretStr, PlainSerializer(SecretStr.get_secret_value, return_type=str, when_used="json")
]
"""Masked wherever it is shown or logged, and itself on the wire to its owner."""


class UserRegistered(Event, subject="evt.identity.user-registered.v1", key="user_id"):
    """A person has registered and may sign in."""

    user_id: UUID


class SessionEnded(Event, subject="evt.identity.session-ended.v1", key="session_id"):
    """A session was ended, by its user or for a refresh token used twice; its tokens are void."""

    session_id: UUID
    user_id: UUID


class User(Answer):
    """One person, as they may see themselves."""

    id: UUID
    email: str
    name: str
    role: str = Field(description="`learner` or `administrator`.")
    created_at: datetime


class Tokens(Answer):
    """A fresh pair of tokens."""

    access_token: str = Field(repr=False)
    refresh_token: str = Field(repr=False)
    token_type: str = "bearer"  # noqa: S105  # the kind of token, as RFC 6750 calls it
    expires_in: int = Field(description="Seconds until the access token expires.")


class SigningKeys(Answer):
    """The public keys under which access tokens are valid now, as a JSON Web Key Set (RFC 7517)."""

    keys: list[dict[str, Any]]


class EndedSession(Body):
    """A session that ended while tokens of it may still be unexpired."""

    session_id: UUID
    ended_at: datetime


class EndedSessions(Answer):
    """The sessions that ended within the life of an access token."""

    sessions: list[EndedSession]


class Register(Request[User], subject="req.identity.register.v1"):
    """Register a person. The first of a fresh mesh is its administrator."""

    email: str
    password: Secret
    name: str
    idempotency_key: str | None = None


class IssueToken(Request[Tokens], subject="req.identity.issue-token.v1"):
    """Exchange e-mail and password for a session's first tokens."""

    email: str
    password: Secret


class RefreshToken(Request[Tokens], subject="req.identity.refresh-token.v1"):
    """Exchange a refresh token, once, for the next pair."""

    refresh_token: Secret


class EndSession(Request[Done], subject="req.identity.end-session.v1"):
    """End the caller's session everywhere."""


class DescribeMe(Request[User], subject="req.identity.describe-me.v1"):
    """Who is the caller?"""


class ListSigningKeys(Request[SigningKeys], subject="req.identity.list-signing-keys.v1"):
    """Which public keys verify access tokens now?"""


class ListEndedSessions(Request[EndedSessions], subject="req.identity.list-ended-sessions.v1"):
    """Which sessions are over although tokens of theirs have not expired yet?"""
