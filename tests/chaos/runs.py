"""How often handlers found, when they were given something, that it had been done before."""

import asyncio
import re
from collections.abc import Mapping
from typing import Final

import httpx

from tests.chaos.rig import Rig

_REPEATED: Final = re.compile(
    r'^mesh_messages_handled_total\{[^}]*outcome="repeated"[^}]*\} ([0-9.e+]+)$', re.MULTILINE
)

Repeated = Mapping[int, int]
"""Counts by process id, since the process began."""


async def repeated(http: httpx.AsyncClient, rig: Rig, service: str) -> Repeated:
    """Ask every process of a service; one that does not answer is left out."""
    wanted = {service, f"{service}-2"}
    processes = [(one.pid, one.port) for one in rig.statuses() if one.name in wanted and one.pid]
    told = await asyncio.gather(*(_told(http, port) for _, port in processes))
    return {pid: told for (pid, _), told in zip(processes, told, strict=True) if told is not None}


def more(before: Repeated, after: Repeated) -> int:
    """Count what was done before among what was given since; a new process began at nothing."""
    return sum(count - before.get(pid, 0) for pid, count in after.items())


async def _told(http: httpx.AsyncClient, port: int | None) -> int | None:
    try:
        answer = await http.get(f"http://127.0.0.1:{port}/metrics")
    except httpx.HTTPError:
        return None
    if (
        not answer.is_success
    ):  # the gateway shows its own to administrators alone, and hears nothing
        return None
    return sum(int(float(count)) for count in _REPEATED.findall(answer.text))
