"""Proof that the broker writes to disk before it says stored."""

import asyncio
import ssl
import time
from functools import cache
from typing import Final

import httpx

from shared.problems import Away

_HOLDS: Final = 30.0
_WITHIN: Final = 1.0
"""Seconds for every node at once; readiness waits no longer than two."""


class SyncsTooLate(Exception):
    """The broker would lose messages at a power failure; it must run `sync_interval: always`."""


async def prove_sync_always(monitor_urls: str) -> None:
    """Ask the monitoring of every node how it syncs; `SyncsTooLate` unless always, or `Away`.

    A node that is away proves nothing and is no reason to refuse, as long as another one answers.
    """
    async with httpx.AsyncClient(timeout=_WITHIN, trust_env=False, verify=_trusted()) as client:
        found = await asyncio.gather(*(_found(client, url) for url in monitor_urls.split(",")))
    late = [sentence for sentence in found if sentence]
    if late:
        raise SyncsTooLate("; ".join(late))
    if all(sentence is None for sentence in found):
        raise Away(f"the broker's monitoring at {monitor_urls} cannot be read")


class Proof:
    """What was proven holds for a while: only a broker that starts again syncs otherwise."""

    def __init__(self, monitor_urls: str) -> None:
        self._monitor_urls = monitor_urls
        self._of = -1
        self._until = 0.0

    async def hold(self, reconnects: int) -> None:
        """Prove it, unless that was done lately under the same connection."""
        now = time.monotonic()
        if self._of == reconnects and now < self._until:
            return
        await prove_sync_always(self._monitor_urls)
        self._of, self._until = reconnects, now + _HOLDS


async def _found(client: httpx.AsyncClient, monitor_url: str) -> str | None:
    """Tell in a sentence how late it syncs, which is empty for always; none if it is away."""
    try:
        answer = await client.get(f"{monitor_url.strip(' /')}/jsz", params={"config": "true"})
        config = answer.raise_for_status().json().get("config") or {}
    except httpx.HTTPError:
        return None
    if config.get("sync_always"):
        return ""
    return f"the broker at {monitor_url} syncs every {config.get('sync_interval')} ns"


@cache
def _trusted() -> ssl.SSLContext:
    """Read whom we trust once: it takes 30 ms, and readiness asks every second."""
    return ssl.create_default_context()
