"""The broker's users: each service may say, hear and ask what its manifest says, no more."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.bus_wary import QUESTION
from shared.manifest import Manifest
from shared.provision.sandbox import SANDBOX, streams_of
from shared.provision.streams import places

ADMIN = "provision"
"""The user that makes streams and consumers; no service is ever it."""
OPERATOR = "operator"
"""The user of the command line: it looks at everything, and loses nothing."""

# No consumer is ever made for looking: what is kept is read by its sequence, what comes in passing.
_LOOKING = (
    "$JS.API.INFO",
    "$JS.API.STREAM.NAMES",
    "$JS.API.STREAM.LIST",
    "$JS.API.STREAM.INFO.*",
    "$JS.API.STREAM.MSG.GET.*",
    "$JS.API.DIRECT.GET.*",
    "$JS.API.CONSUMER.NAMES.*",
    "$JS.API.CONSUMER.LIST.*",
    "$JS.API.CONSUMER.INFO.>",
)


@dataclass(frozen=True, slots=True)
class Permissions:
    """Subjects a user may publish to and subscribe to; all may reply to who asks."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def permissions(manifest: Manifest, everybody: Iterable[Manifest]) -> Permissions:
    """Derive them from what a service says, hears, asks and answers, and who hears its events."""
    name = manifest.name
    publish = [QUESTION, *map(str, manifest.says), *map(str, manifest.asks)]
    publish += ["push.>"] if manifest.pushes else []
    for place in places(manifest):
        publish += [
            f"$JS.API.CONSUMER.INFO.{place.stream}.{place.durable}",
            f"$JS.API.CONSUMER.MSG.NEXT.{place.stream}.{place.durable}",
            f"$JS.ACK.{place.stream}.{place.durable}.>",
        ]
    publish += _watching(everybody) if manifest.watches else []
    publish += [f"dead.{durable}" for durable in manifest.durables]
    publish += [
        f"to.{durable}"
        for listener in everybody
        for durable, subject in listener.durables.items()
        if subject.owner == name
    ]
    publish += ["to.>"] if manifest.reads_dead else []
    publish += _reading_push() if manifest.reads_push else []
    buckets = (*manifest.buckets, *manifest.caches)
    publish += [subject for bucket in buckets for subject in _bucket(bucket)]
    publish += ["$SRV.PING", "$SRV.INFO", "$SRV.STATS"] if manifest.discovers else []
    subscribe = [f"_INBOX_{name}.>", *map(str, manifest.answers), *map(str, manifest.follows)]
    subscribe += [
        f"$SRV.{verb}{rest}" for verb in ("PING", "INFO", "STATS") for rest in _addresses(name)
    ]
    return Permissions(tuple(publish), tuple(subscribe))


def operator_permissions(everybody: Iterable[Manifest]) -> Permissions:
    """Let the command line say anything, look at everything and ask what is asked by operators."""
    publish = ["evt.>", "cmd.>", "to.>", *_LOOKING]
    publish += [str(subject) for manifest in everybody for subject in manifest.operators]
    subscribe = (f"_INBOX_{OPERATOR}.>", "evt.>", "cmd.>", "to.>", "dead.>")
    return Permissions(tuple(publish), subscribe)


def users(manifests: Iterable[Manifest], passwords: Mapping[str, str]) -> str:
    """Write the `authorization` block of the broker's configuration, the administrator included.

    `passwords` is by user name; a missing one is a `KeyError`, but for the operator's and the
    sandbox's: without it there is no such user. JSON is valid in that configuration.
    """
    everybody = tuple(manifests)
    entries: list[dict[str, object]] = [{"user": ADMIN, "password": passwords[ADMIN]}]
    for manifest in everybody:
        allowed = permissions(manifest, everybody)
        entries.append(_user(manifest.name, passwords[manifest.name], allowed))
    if OPERATOR in passwords:
        entries.append(_user(OPERATOR, passwords[OPERATOR], operator_permissions(everybody)))
    if SANDBOX in passwords:
        entries.append(_reader(passwords[SANDBOX], everybody))
    lines = ",\n    ".join(json.dumps(entry) for entry in entries)
    return f"authorization {{\n  users = [\n    {lines}\n  ]\n}}\n"


def _user(name: str, password: str, allowed: Permissions) -> dict[str, object]:
    return {
        "user": name,
        "password": password,
        "permissions": {
            "publish": {"allow": list(allowed.publish)},
            "subscribe": {"allow": list(allowed.subscribe)},
            "allow_responses": {"max": 1, "expires": "1m"},
        },
    }


def _reader(password: str, everybody: Iterable[Manifest]) -> dict[str, object]:
    """Let readers hear what is brought to them, and say that they keep up; not even reply."""
    words = (word for manifest in everybody for word in manifest.says)
    keeping_up = [f"$JS.FC.{stream}.*.>" for stream in sorted(streams_of(words))]
    publish = {"allow": keeping_up} if keeping_up else {"deny": [">"]}
    return {
        "user": SANDBOX,
        "password": password,
        "permissions": {"publish": publish, "subscribe": {"allow": [f"{SANDBOX}.>"]}},
    }


def _addresses(name: str) -> tuple[str, str, str]:
    """Discovery asks everybody, everybody of a name, or one instance."""
    return "", f".{name}", f".{name}.*"


def _watching(everybody: Iterable[Manifest]) -> list[str]:
    """Allow lists, what was said, and messages where listeners have places, for their times.

    Buckets are not among these: their tickets open doors.
    """
    everybody = tuple(everybody)
    streams = {place.stream for listener in everybody for place in places(listener)}
    streams |= {word.stream for speaker in everybody for word in speaker.says}
    return [
        "$JS.API.STREAM.LIST",
        "$JS.API.CONSUMER.LIST.*",
        *(f"$JS.API.DIRECT.GET.{stream}" for stream in sorted(streams)),
    ]


def _reading_push() -> list[str]:
    return [
        "$JS.API.STREAM.INFO.PUSH",
        "$JS.API.STREAM.MSG.GET.PUSH",
        "$JS.API.DIRECT.GET.PUSH",
        "$JS.API.DIRECT.GET.PUSH.>",
        "$JS.API.CONSUMER.CREATE.PUSH.>",
        "$JS.API.CONSUMER.INFO.PUSH.*",
        "$JS.API.CONSUMER.DELETE.PUSH.*",
        "$JS.API.CONSUMER.MSG.NEXT.PUSH.*",
        "$JS.FC.PUSH.>",
        "$JS.ACK.PUSH.>",
    ]


def _bucket(bucket: str) -> list[str]:
    return [
        f"$KV.{bucket}.>",
        f"$JS.API.STREAM.INFO.KV_{bucket}",
        f"$JS.API.STREAM.MSG.GET.KV_{bucket}",
        f"$JS.API.DIRECT.GET.KV_{bucket}.>",
    ]
