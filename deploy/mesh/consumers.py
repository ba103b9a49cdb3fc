"""`mesh consumers`: who hears what, and how far each has come."""

import argparse
from typing import Final

from nats.js.api import ConsumerInfo

from deploy.mesh.commands import Commands, Console, Row
from shared.stored import listeners

COLUMNS: Final = {
    "stream": "STREAM",
    "name": "CONSUMER",
    "lag": "LAG",
    "ack_pending": "IN HAND",
    "redelivered": "REDELIVERED",
    "waiting": "LISTENING",
}


def add(commands: Commands) -> None:
    """Add the command."""
    verb = commands.verb("consumers", "show who hears what, and how far each has come", _consumers)
    verb.add_argument("--service", help="only those of one service")
    verb.add_argument("--behind", action="store_true", help="only those that have something to do")


async def _consumers(console: Console, given: argparse.Namespace) -> None:
    jetstream = await console.access.jetstream()
    names = sorted(str(stream.config.name) for stream in await jetstream.streams_info())
    rows = [_row(one) for name in names for one in await listeners(jetstream, name)]
    if given.service:
        rows = [row for row in rows if row["service"] == given.service]
    if given.behind:
        rows = [row for row in rows if row["lag"] or row["ack_pending"]]
    console.show_rows(COLUMNS, rows)


def _row(one: ConsumerInfo) -> Row:
    return {
        "stream": one.stream_name,
        "name": one.name,
        "service": one.name.removeprefix("to-").partition("-")[0],
        "subject": one.config.filter_subject,
        "lag": one.num_pending,
        "ack_pending": one.num_ack_pending,
        "redelivered": one.num_redelivered,
        "waiting": one.num_waiting,
        "delivered": one.delivered.stream_seq if one.delivered else 0,
        "acked": one.ack_floor.stream_seq if one.ack_floor else 0,
    }
