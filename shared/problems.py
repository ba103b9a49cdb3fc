"""Errors with a stable name, a status and advice (RFC 9457), the same on the bus and over HTTP."""

from http import HTTPStatus
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

TYPE_PREFIX = "https://studymesh.dev/problems/"


class ProblemDetails(BaseModel):
    """The wire form of a problem, as RFC 9457 has it; further members are the problem's own."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str = ""


class Problem(Exception):
    """Something was refused. Subclasses are named for what went wrong, and fix code and status."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = HTTPStatus.INTERNAL_SERVER_ERROR
    title: ClassVar[str] = "Something went wrong on our side"

    def __init_subclass__(cls, *, code: str = "", status: int = 0, title: str = "") -> None:
        super().__init_subclass__()
        cls.code = code or cls.code
        cls.status = status or cls.status
        cls.title = title or cls.title

    def __init__(self, detail: str = "", **members: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.members = members

    def details(self) -> ProblemDetails:
        """Say it in the wire form."""
        return ProblemDetails(
            type=TYPE_PREFIX + self.code,
            title=self.title,
            status=self.status,
            detail=self.detail,
            **self.members,
        )


class Refused(Problem):
    """A problem that another service answered with, carried on as it is."""

    def __init__(self, details: ProblemDetails) -> None:
        super().__init__(details.detail, **(details.model_extra or {}))
        self._details = details
        self.code = details.type.removeprefix(TYPE_PREFIX)  # type: ignore[misc]  # this one is of many codes
        self.status = details.status  # type: ignore[misc]
        self.title = details.title  # type: ignore[misc]


class Away(
    Problem,
    code="unavailable",
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    title="A part of the mesh cannot be reached; try again in a moment",
):
    """A dependency cannot be reached. Not the message's failure: listeners pause."""


class NotFound(
    Problem, code="not-found", status=HTTPStatus.NOT_FOUND, title="There is no such thing"
):
    """It does not exist, or not for the one who asks."""
