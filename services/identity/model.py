"""Who may sign in: people, their sessions, and the rules for e-mail, names and passwords."""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Final, Self
from uuid import UUID

import email_validator
from email_validator import EmailNotValidError, validate_email

from shared.cause import new_id
from shared.problems import Problem

SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 128
LONGEST_NAME: Final = 200
LONGEST_KEY: Final = 255

# A mesh may run in a private network, where names like `.local` and `.test` are usual.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


class InvalidEmail(Problem, code="invalid-email", status=422, title="This is no e-mail address"):
    """It is not of the form that mail could be sent to."""


class InvalidName(Problem, code="invalid-name", status=422, title="This name cannot be used"):
    """It is empty, too long, or holds characters that no name has."""


class InvalidPassword(
    Problem, code="invalid-password", status=422, title="This password cannot be used"
):
    """It is too short or too long."""


class InvalidKey(
    Problem, code="invalid-idempotency-key", status=422, title="This key cannot be used"
):
    """An Idempotency-Key that is empty, too long or not printable."""


class EmailTaken(
    Problem,
    code="email-taken",
    status=HTTPStatus.CONFLICT,
    title="This e-mail address is already registered",
):
    """One address belongs to one person."""

    def __init__(self) -> None:
        super().__init__("Sign in with it, or register with another address.")


class KeyReused(
    Problem,
    code="idempotency-key-reused",
    status=422,
    title="This Idempotency-Key was used for something else",
):
    """The same key came with other fields."""


class BadCredentials(
    Problem,
    code="bad-credentials",
    status=HTTPStatus.UNAUTHORIZED,
    title="E-mail address or password is wrong",
):
    """Which of the two is not said."""

    def __init__(self) -> None:
        super().__init__("Check both and try again; register first if you never did.")


class InvalidRefreshToken(
    Problem,
    code="invalid-refresh-token",
    status=HTTPStatus.UNAUTHORIZED,
    title="The refresh token is not valid; sign in again",
):
    """It is unknown, expired, was used before, or its session is over."""


class Unauthenticated(
    Problem, code="unauthenticated", status=HTTPStatus.UNAUTHORIZED, title="Sign in first"
):
    """No person stands behind the request, or not one that we know."""


class Role(StrEnum):
    """What somebody may do besides what everybody may."""

    LEARNER = "learner"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in."""

    id: UUID
    email: str
    name: str
    role: Role
    password_hash: str
    created_at: datetime

    @classmethod
    def new(cls, newcomer: "Newcomer", password_hash: str, role: Role, now: datetime) -> Self:
        """Make a person of a newcomer."""
        return cls(new_id(), newcomer.email, newcomer.name, role, password_hash, now)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who wants to register, with everything checked and in its normal form."""

    email: str
    name: str
    password: str

    @classmethod
    def checked(cls, email: str, name: str, password: str) -> Self:
        """Check the fields; the first that will not do raises its problem."""
        return cls(normal_email(email), _normal_name(name), _acceptable(normal_password(password)))


@dataclass(frozen=True, slots=True)
class Session:
    """One signing-in, until it is ended or not refreshed for too long."""

    id: UUID
    user_id: UUID
    created_at: datetime
    ended_at: datetime | None = None

    @classmethod
    def new(cls, user_id: UUID, now: datetime) -> Self:
        """Begin one."""
        return cls(new_id(), user_id, now)

    def ended(self, now: datetime) -> Self:
        """End it; once ended it stays so."""
        return self if self.ended_at is not None else replace(self, ended_at=now)


@dataclass(frozen=True, slots=True)
class Renewal:
    """A refresh token as we know it: by its hash alone, good for one use."""

    token_hash: bytes
    session_id: UUID
    expires_at: datetime
    used_at: datetime | None = None

    @classmethod
    def new(cls, session_id: UUID, now: datetime, life: timedelta) -> tuple[str, Self]:
        """Make a token nobody can guess, and what we keep of it."""
        token = secrets.token_urlsafe(32)
        return token, cls(hash_of(token), session_id, now + life)

    def used(self, now: datetime) -> Self:
        """Spend it."""
        return replace(self, used_at=now)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What an Idempotency-Key was used for."""

    user_id: UUID
    fingerprint: bytes


def fingerprint(newcomer: Newcomer) -> bytes:
    """Tell requests apart. The password is left out: its hash is compared instead."""
    return hashlib.sha256(f"{newcomer.email}\0{newcomer.name}".encode()).digest()


def hash_of(token: str) -> bytes:
    """Hash a token. It is random and long, so a fast hash does."""
    return hashlib.sha256(token.encode()).digest()


def normal_email(email: str) -> str:
    """Bring an address to the one form under which it is known."""
    try:
        checked = validate_email(
            email.strip(), check_deliverability=False, globally_deliverable=False
        )
    except EmailNotValidError as wrong:
        raise InvalidEmail(str(wrong)) from None
    if "." not in checked.domain and checked.domain != "localhost":
        raise InvalidEmail("the part after the @ needs a dot")
    return checked.normalized.casefold()


def normal_password(password: str) -> str:
    """Bring what different keyboards send for the same letters to one form."""
    return unicodedata.normalize("NFKC", password)


def checked_key(key: str | None) -> str | None:
    """Pass an Idempotency-Key on if it can be one."""
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        raise InvalidKey(f"1 to {LONGEST_KEY} printable characters")
    return key


def _normal_name(name: str) -> str:
    normal = unicodedata.normalize("NFC", name).strip()
    if not normal or len(normal) > LONGEST_NAME or not normal.isprintable():
        raise InvalidName(f"1 to {LONGEST_NAME} printable characters")
    return normal


def _acceptable(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidPassword(f"at least {SHORTEST_PASSWORD} characters are needed")
    if len(password) > LONGEST_PASSWORD:
        raise InvalidPassword(f"at most {LONGEST_PASSWORD} characters are taken")
    return password
