"""The grammar of everything the mesh says: events, commands, requests and their answers."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Generic, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

_SUBJECT = re.compile(r"(evt|cmd|req)\.([a-z][a-z0-9-]*)\.([a-z][a-z0-9-]*)\.v([1-9][0-9]*)")


class BadSubject(ValueError):
    """A subject that is not `<kind>.<owner>.<name>.v<n>`, or of another kind than its class."""


class Kind(StrEnum):
    """What a message is for, and so how it travels."""

    EVENT = "evt"
    COMMAND = "cmd"
    REQUEST = "req"
    PUSH = "push"


@dataclass(frozen=True, slots=True)
class Subject:
    """An address on the wire: `<kind>.<owner>.<name>.v<version>`."""

    kind: Kind
    owner: str
    name: str
    version: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an address; `BadSubject` says what it should look like."""
        match = _SUBJECT.fullmatch(text)
        if match is None:
            raise BadSubject(f"{text!r} is not of the form evt|cmd|req.<owner>.<name>.v<n>")
        kind, owner, name, version = match.groups()
        return cls(Kind(kind), owner, name, int(version))

    @property
    def stream(self) -> str:
        """The JetStream stream that keeps it, as `EVT_DOCUMENT`; requests are kept nowhere."""
        return f"{self.kind}_{self.owner}".upper().replace("-", "_")

    def durable(self, service: str) -> str:
        """Name a service's place in the stream after the wire, so renaming a verb loses nothing."""
        return f"{service}-{self.owner}-{self.name}-v{self.version}"

    def __str__(self) -> str:
        return f"{self.kind}.{self.owner}.{self.name}.v{self.version}"


class Body(BaseModel):
    """Values that travel: immutable, and calm about fields they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(Body):
    """What has an address. `key` names the field that holds the aggregate's id, if there is one."""

    kind: ClassVar[Kind]
    subject: ClassVar[Subject]
    key: ClassVar[str] = ""

    def __init_subclass__(cls, *, subject: str = "", key: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.key = key or cls.key
        if not subject:
            return
        cls.subject = Subject.parse(subject)
        if cls.subject.kind is not cls.kind:
            raise BadSubject(f"{cls.__name__} is no {cls.subject.kind}, but its subject says so")

    @property
    def address(self) -> str:
        """Where it is published."""
        return str(self.subject)

    @property
    def partition_key(self) -> str:
        """The aggregate it is about, as text; empty where it is about none."""
        value: UUID | str = getattr(self, self.key) if self.key else ""
        return str(value)


class Event(Message):
    """This happened. Only its owner says it; whoever is interested hears it."""

    kind: ClassVar[Kind] = Kind.EVENT


class Command(Message):
    """Do this, durably, later if need be. Only its owner hears it."""

    kind: ClassVar[Kind] = Kind.COMMAND


class Answer(Body):
    """What a request is answered with."""


A = TypeVar("A", bound=Answer)


class Request(Message, Generic[A]):
    """Answer now: a read, or a small repeatable write. `Request[User]` is answered by a `User`."""

    kind: ClassVar[Kind] = Kind.REQUEST
    answer: ClassVar[type[Answer]]

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        for base in cls.__mro__:
            generic = getattr(base, "__pydantic_generic_metadata__", None)
            if generic and generic["origin"] is Request:
                cls.answer = generic["args"][0]
                return


class Done(Answer):
    """It is so; there is nothing more to say."""


class Push(Message):
    """For one person's open tabs; it is published under the id that its key holds."""

    kind: ClassVar[Kind] = Kind.PUSH

    @property
    def address(self) -> str:
        """Every person has an address of their own, `push.<id>`."""
        return f"{self.kind}.{self.partition_key}"
