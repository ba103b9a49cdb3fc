"""`mesh streams`: what the broker keeps, how full it is, and how safely it is kept."""

import argparse
from typing import Final

from nats.js.api import StreamInfo

from contracts.catalogue import manifests
from deploy.mesh.commands import Commands, Console, Row
from shared.problems import Away
from shared.provision.streams import plan
from shared.provision.sync import SyncsTooLate, prove_sync_always
from shared.stored import whole_copies

COLUMNS: Final = {
    "name": "STREAM",
    "messages": "MESSAGES",
    "bytes": "BYTES",
    "max_bytes": "LIMIT",
    "fill": "FILL",
    "days": "DAYS",
    "retention": "KEEPS",
    "consumers": "CONSUMERS",
    "replicas": "REPLICAS",
    "whole": "WHOLE",
}
_DAY: Final = 86_400


def add(commands: Commands) -> None:
    """Add the command."""
    commands.verb("streams", "show what the broker keeps, how full, and how safely", _streams)


async def _streams(console: Console, _: argparse.Namespace) -> None:
    found = await (await console.access.jetstream()).streams_info()
    rows = [_row(stream) for stream in sorted(found, key=lambda one: one.config.name or "")]
    led = {stream.config.name for stream in found}
    lost = [
        name for one in plan(manifests().values()).streams if (name := str(one.name)) not in led
    ]
    sync = await _sync(console.access.address.monitor_url)
    if console.as_json:
        console.show_json({"sync": sync, "streams": rows, "missing": lost})
        return
    console.show_rows(COLUMNS, rows)
    if lost:
        console.tell(f"Nobody leads these just now, or they were never made: {', '.join(lost)}.")
    console.tell(f"The broker writes to disk {sync}.")


def _row(stream: StreamInfo) -> Row:
    config, state = stream.config, stream.state
    limit = config.max_bytes if config.max_bytes and config.max_bytes > 0 else None
    return {
        "name": config.name,
        "subjects": config.subjects,
        "messages": state.messages,
        "bytes": state.bytes,
        "max_bytes": limit,
        "fill": f"{state.bytes / limit:.1%}" if limit else None,
        "days": round(config.max_age / _DAY, 3) if config.max_age else None,
        "retention": str(config.retention),
        "consumers": state.consumer_count,
        "replicas": config.num_replicas,
        "whole": whole_copies(stream),
        "first_sequence": state.first_seq,
        "last_sequence": state.last_seq,
    }


async def _sync(monitor_urls: str) -> str:
    """Ask the monitoring of every node whether a message is on disk before it counts as stored."""
    if not monitor_urls:
        return "nobody knows when: its monitoring address is not set"
    try:
        await prove_sync_always(monitor_urls)
    except Away as away:
        return f"nobody knows when: {away.detail}"
    except SyncsTooLate as late:
        return f"too late: {late}"
    return "always"
