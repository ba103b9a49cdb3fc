"""`mesh replay`: history said again to one listener alone, or read by a team that tries things."""

import argparse
import difflib
import time
from fnmatch import fnmatchcase
from typing import Final

import nats
from nats.js import JetStreamContext

from contracts.catalogue import manifests, messages
from deploy.mesh.access import local_mesh
from deploy.mesh.commands import Commands, Console, NotUnderstood
from deploy.mesh.publisher import Publisher
from deploy.mesh.words import count, since
from shared.again import say_again
from shared.messages import Kind, Subject
from shared.provision import broker, sandbox
from shared.stored import Start, read

_TOLD_EVERY: Final = 1_000


def add(commands: Commands) -> None:
    """Add the command."""
    verb = commands.verb("replay", "say again what was said", _replay)
    verb.add_argument(
        "name",
        nargs="?",
        metavar="NAME",
        help="a listener (`mesh consumers`), to which alone it is said again;"
        " or, with --type, a new name for a reader in the sandbox",
    )
    verb.add_argument(
        "--from-sequence", type=count, metavar="N", help="from this place in its stream"
    )
    verb.add_argument("--since", type=since, help="from a time, or so long ago: 30m, 2h, 7d")
    verb.add_argument(
        "--again", action="store_true", help="handle again what the listener has handled before"
    )
    verb.add_argument("--type", action="append", help="what a reader reads, as 'evt.document.*'")
    verb.add_argument("--forget", action="store_true", help="forget a reader in the sandbox")
    verb.add_argument(
        "--from-outbox",
        action="store_true",
        help="refill a broker that lost its data: make its streams, say everything again",
    )


async def _replay(console: Console, given: argparse.Namespace) -> None:
    listening = {
        durable: subject
        for manifest in manifests().values()
        for durable, subject in manifest.durables.items()
    }
    if given.from_outbox:
        if given.name or given.from_sequence or given.again or given.type or given.forget:
            raise NotUnderstood("--from-outbox tells everybody: only --since goes with it.")
        from deploy.mesh import outboxes  # noqa: PLC0415  # others need no such machinery

        await outboxes.replay(console, given.since)
    elif not given.name:
        raise NotUnderstood("Say whom to: a listener, a reader with --type, or --from-outbox.")
    elif given.name in listening:
        if given.type or given.forget:
            raise NotUnderstood(f"{given.name} is a listener; --type and --forget are for readers.")
        await _to_listener(console, given, listening[given.name])
    elif given.forget:
        await _forget(console, given.name)
    elif given.type:
        await _to_reader(console, given)
    else:
        close = difflib.get_close_matches(given.name, listening, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise NotUnderstood(
            f"{given.name} is no listener.{hint} A reader in the sandbox needs --type."
        )


async def _to_listener(console: Console, given: argparse.Namespace, subject: Subject) -> None:
    if subject.kind is not Kind.EVENT:
        raise NotUnderstood(f"{subject} is a command: it is kept only until it was done.")
    # Seconds are higher than any rebuild's number, and rise with each replay.
    number = int(time.time())
    connection = await console.access.connection()
    publisher = Publisher(await console.access.jetstream())
    said = last = 0
    async for one in read(connection, subject.stream, subject=str(subject), start=_start(given)):
        await say_again(
            publisher,
            given.name,
            one.body,
            one.headers,
            attempt=number,
            generation=number if given.again else None,
        )
        said, last = said + 1, one.sequence
        if said % _TOLD_EVERY == 0 and not console.as_json:
            console.tell(f"{said} said, up to {subject.stream} {last}")
    console.show(
        {"listener": given.name, "said_again": said, "stream": subject.stream, "last": last},
        f"{said} are said again to {given.name} alone"
        + (", and count once more." if given.again else "; what it has handled, it ignores."),
    )


async def _to_reader(console: Console, given: argparse.Namespace) -> None:
    if not given.name.replace("-", "").isalnum():
        raise NotUnderstood(f"{given.name!r} is no name: letters, digits and hyphens make one.")
    words = sandbox.streams_of(
        message.subject
        for type_, message in messages().items()
        if any(fnmatchcase(type_, pattern) for pattern in given.type)
    )
    if not words:
        raise NotUnderstood(f"No event is called {' or '.join(given.type)}.")
    if given.from_sequence and len(words) > 1:
        raise NotUnderstood(f"{', '.join(sorted(words))} count each for itself: use --since.")
    jetstream = await _provisioning(console)
    await sandbox.open_reader(jetstream, given.name, words, _start(given))
    console.show(
        {"reader": given.name, "subject": f"sandbox.{given.name}", "words": words},
        f"What {', '.join(sorted(words))} keep of it comes at sandbox.{given.name} to the broker's"
        f" user {sandbox.SANDBOX}, who can do nothing else.",
    )


async def _forget(console: Console, name: str) -> None:
    streams = [one async for one in sandbox.close_reader(await _provisioning(console), name)]
    if not streams:
        raise NotUnderstood(f"There is no reader {name} in the sandbox.")
    console.show({"reader": name, "streams": streams}, f"{name} is forgotten.")


async def _provisioning(console: Console) -> JetStreamContext:
    """Connect as who may make consumers: the one who provides for the mesh of this machine."""
    told = local_mesh().provision()
    console.access.require(told.nats_url)
    connection = await nats.connect(
        told.nats_url.split(","),
        user=broker.ADMIN,
        password=told.nats_password,
        inbox_prefix=f"_INBOX_{broker.ADMIN}".encode(),
    )
    console.access.stack.push_async_callback(connection.close)
    return connection.jetstream(timeout=30)


def _start(given: argparse.Namespace) -> Start:
    if given.from_sequence and given.since:
        raise NotUnderstood("Say --from-sequence or --since, not both.")
    return Start(given.from_sequence or 1, given.since)
