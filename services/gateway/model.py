"""Who calls and how often they may, what is wrong with a call, and which bytes are wanted."""

import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, Self
from uuid import UUID

from shared.cause import Cause
from shared.problems import Problem

_RANGE: Final = re.compile("bytes=([0-9]{0,100})-([0-9]{0,100})")
ADMINISTRATOR: Final = "administrator"


class NotSignedIn(
    Problem, code="not-signed-in", status=HTTPStatus.UNAUTHORIZED, title="Sign in to do this"
):
    """No token, or one that is not valid (any more)."""


class NotAllowed(
    Problem, code="not-allowed", status=HTTPStatus.FORBIDDEN, title="You may not do this"
):
    """Signed in, but this is for administrators."""


class TooManyRequests(
    Problem,
    code="too-many-requests",
    status=HTTPStatus.TOO_MANY_REQUESTS,
    title="Too many requests; wait a moment",
):
    """The caller's allowance is used up; `retry_after` says for how long."""


class Invalid(
    Problem,
    code="invalid",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    title="The request is not valid",
):
    """A value is missing or wrong; `errors` point at each."""


class BadRange(
    Problem,
    code="bad-range",
    status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    title="The range lies outside the file",
):
    """The range begins behind the last byte; `size` says how many there are."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody signed in."""

    user: UUID
    session: UUID
    role: str

    def cause(self, correlation: UUID) -> Cause:
        """Be the one who asks."""
        return Cause(actor=self.user, session=self.session, role=self.role, correlation=correlation)

    def administering(self) -> Self:
        """Pass if this is an administrator."""
        if self.role != ADMINISTRATOR:
            raise NotAllowed("This is for administrators of the mesh.")
        return self


@dataclass(frozen=True, slots=True)
class Allowance:
    """How often somebody may ask: a bucket that fills steadily and holds some seconds' worth."""

    per_second: float
    left: float
    at: float
    seconds: float = 1.0

    def spend(self, now: float) -> Self:
        """Take one request out of it; below zero it was one too many."""
        filled = min(self.holds, self.left + (now - self.at) * self.per_second)
        return replace(self, left=max(filled - 1, -1.0), at=now)

    @property
    def holds(self) -> float:
        """How many requests it holds when it is full."""
        return self.per_second * self.seconds

    @property
    def spent(self) -> bool:
        """Whether the last request was one too many."""
        return self.left < 0

    @property
    def wait(self) -> float:
        """Seconds until there is one to take again."""
        return max(0.0, -self.left / self.per_second)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A run of bytes of a file, both ends included, as HTTP counts."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes these are."""
        return self.last - self.first + 1

    @classmethod
    def wanted(cls, header: str | None, size: int) -> Self | None:
        """Read a Range header; None where the whole file is the answer (several ranges too)."""
        match = _RANGE.fullmatch((header or "").replace(" ", ""))
        if match is None or match.groups() == ("", ""):
            return None
        first, last = match.groups()
        if not first:
            start, end = max(0, size - int(last)), size - 1
        else:
            start, end = int(first), min(int(last) if last else size - 1, size - 1)
            if last and int(last) < start:
                return None
        if start > end or start >= size:
            raise BadRange(f"The file has {size} bytes.", size=size)
        return cls(start, end)
