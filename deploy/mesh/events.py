"""`mesh events`: say one, watch what is said, find what was said."""

import argparse
import asyncio
import contextlib
import difflib
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Final, Self
from uuid import UUID

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError
from pydantic import ValidationError

from contracts.catalogue import messages
from deploy.mesh.commands import Commands, Console, NotUnderstood
from deploy.mesh.words import count, read_body, since
from shared.cause import new_id
from shared.envelope import Envelope
from shared.legible import readable
from shared.messages import BadSubject, Kind, Message, Subject
from shared.problems import Away
from shared.provision.broker import OPERATOR
from shared.stored import Start, read

SAID: Final = ("evt.>", "cmd.>")
_SHORT: Final = 160


def add(commands: Commands) -> None:
    """Add the noun and its verbs."""
    noun = commands.noun("events", "say one, watch what is said, find what was said")
    publish = noun.verb("publish", "say an event or a command, as the operator", _publish)
    publish.add_argument("type", metavar="TYPE", help="as evt.document.deleted.v1")
    publish.add_argument("--data", required=True, metavar="FILE", help="the JSON body; - is stdin")
    publish.add_argument("--actor", type=UUID, help="the person on whose behalf")
    publish.add_argument("--sequence", type=int, default=0, help="the aggregate's version")
    publish.add_argument(
        "--unchecked", action="store_true", help="say it even if no listener can read it"
    )
    tail = noun.verb("tail", "watch what is said from now on (Ctrl-C ends it)", _tail)
    _filters(tail)
    tail.add_argument("--count", type=count, help="end after this many")
    search = noun.verb("search", "find what was said and is still kept", _search)
    _filters(search)
    search.add_argument(
        "--since", type=since, help="since a time, or so long ago, as 2026-11-21T09:00Z, 30m, 2d"
    )
    search.add_argument("--limit", type=count, default=100, help="how many at most (100)")


@dataclass(frozen=True, slots=True)
class Seen:
    """One message as it is shown."""

    at: datetime
    address: str
    headers: dict[str, str]
    body: bytes
    place: str = ""

    @classmethod
    def passing(cls, raw: Msg) -> Self:
        """See one in passing."""
        return cls(datetime.now(UTC), raw.subject, dict(raw.headers or {}), raw.data)

    def fits(self, given: argparse.Namespace) -> bool:
        """Compare it with what is looked for."""
        wanted = {
            "ce-id": given.id,
            "ce-partitionkey": given.key,
            "ce-correlationid": given.correlation,
            "ce-actor": given.actor,
        }
        return (not given.type or fnmatchcase(self.address, given.type)) and all(
            not value or self.headers.get(name) == value for name, value in wanted.items()
        )

    def row(self) -> dict[str, Any]:
        """Show all of it."""
        return {
            "type": self.address,
            "id": self.headers.get("ce-id"),
            "time": self.headers.get("ce-time") or self.at.isoformat(),
            "key": self.headers.get("ce-partitionkey"),
            "place": self.place or None,
            "headers": self.headers,
            "data": readable(self.body),
        }

    def line(self) -> str:
        """Show it in a line."""
        text = self.body.decode(errors="replace")
        short = text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
        return f"{self.at:%Y-%m-%d %H:%M:%S}  {self.address}  {short}"


async def _publish(console: Console, given: argparse.Namespace) -> None:
    body = read_body(given.data)
    subject, key = _checked(given.type, body, unchecked=given.unchecked)
    envelope = _envelope(subject, key, given)
    jetstream = await console.access.jetstream()
    try:
        raw = json.dumps(body, ensure_ascii=False).encode()
        kept = await jetstream.publish(
            str(subject), raw, headers=envelope.headers(), stream=subject.stream
        )
    except (NatsError, JetStreamError, TimeoutError) as gone:
        raise Away(f"the broker did not store it: {gone!r}") from gone
    said = {
        "id": envelope.id,
        "type": str(subject),
        "key": key,
        "stream": kept.stream,
        "sequence": kept.seq,
    }
    console.show(said, f"{subject} is said: {envelope.id} ({kept.stream} {kept.seq})")


async def _tail(console: Console, given: argparse.Namespace) -> None:
    count = 0
    async for seen in _passing(console):
        if seen.fits(given):
            console.tell(
                json.dumps(seen.row(), ensure_ascii=False) if console.as_json else seen.line()
            )
            count += 1
            if given.count and count >= given.count:
                return


async def _search(console: Console, given: argparse.Namespace) -> None:
    found: list[Seen] = []
    async for seen in _kept(console, given.since):
        if seen.fits(given):
            found.append(seen)
            if len(found) >= given.limit:
                break
    if console.as_json:
        console.show_json([seen.row() for seen in found])
        return
    for seen in found:
        console.tell(seen.line())


async def _passing(console: Console) -> AsyncGenerator[Seen]:
    connection = await console.access.connection()
    arriving: asyncio.Queue[Msg] = asyncio.Queue()
    for subject in SAID:
        await connection.subscribe(subject, cb=arriving.put)
    await connection.flush()
    while True:
        with contextlib.suppress(TimeoutError):
            yield Seen.passing(await asyncio.wait_for(arriving.get(), 1.0))
        if connection.is_closed:
            raise Away("the broker closed the connection")


async def _kept(console: Console, since_when: datetime | None) -> AsyncGenerator[Seen]:
    """Stream by stream: what order there is, is that of each stream."""
    jetstream = await console.access.jetstream()
    names = sorted(str(one.config.name) for one in await jetstream.streams_info())
    for name in names:
        if not name.startswith(("EVT_", "CMD_")):
            continue
        connection = await console.access.connection()
        async for one in read(connection, name, start=Start(at=since_when)):
            place = f"{name} {one.sequence}"
            yield Seen(one.at, one.address, one.headers, one.body, place)


def _filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--type", help="only this type; * stands for anything, as 'evt.document.*'")
    parser.add_argument("--key", help="only about this aggregate")
    parser.add_argument("--id", help="only the one of this id")
    parser.add_argument("--correlation", help="only what one request caused")
    parser.add_argument("--actor", help="only on behalf of this person")


def _checked(type_: str, body: dict[str, Any], *, unchecked: bool) -> tuple[Subject, str]:
    """Find the subject and the aggregate's id; refuse what no listener could read."""
    try:
        subject = Subject.parse(type_)
    except BadSubject as odd:
        raise NotUnderstood(str(odd)) from odd
    message = messages().get(type_)
    if subject.kind not in {Kind.EVENT, Kind.COMMAND}:
        raise NotUnderstood(f"{type_} is asked, not said; events and commands can be published.")
    if message is None and not unchecked:
        close = difflib.get_close_matches(type_, messages(), n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise NotUnderstood(f"{type_} is in no contract{hint}")
    if message is not None and not unchecked:
        _require(message, body)
    return subject, str(body.get(message.key, "")) if message is not None else ""


def _require(message: type[Message], body: dict[str, Any]) -> None:
    try:
        message.model_validate_json(json.dumps(body))
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        pointer = "".join(f"/{part}" for part in first["loc"])
        raise NotUnderstood(
            f"{message.subject} does not allow this body: {pointer}: {first['msg']}."
            " (--unchecked says it all the same; its listeners will keep it aside.)"
        ) from wrong


def _envelope(subject: Subject, key: str, given: argparse.Namespace) -> Envelope:
    return Envelope(
        id=str(new_id()),
        type=str(subject),
        source=f"/services/{OPERATOR}",
        time=datetime.now(UTC),
        key=key,
        sequence=given.sequence,
        correlation=new_id(),
        causation=None,
        actor=given.actor,
        session=None,
        role="administrator",
    )
