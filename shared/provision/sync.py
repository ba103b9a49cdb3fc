"""Proof that the broker writes to disk before it says stored."""

import ssl
from functools import cache

import httpx

from shared.problems import Away


class SyncsTooLate(Exception):
    """The broker would lose messages at a power failure; it must run `sync_interval: always`."""


async def prove_sync_always(monitor_url: str) -> None:
    """Ask the broker's monitoring how it syncs; `SyncsTooLate` unless always, or `Away`."""
    try:
        async with httpx.AsyncClient(timeout=2, trust_env=False, verify=_trusted()) as client:
            answer = await client.get(f"{monitor_url.rstrip('/')}/jsz", params={"config": "true"})
            config = answer.raise_for_status().json().get("config") or {}
    except httpx.HTTPError as gone:
        raise Away(f"the broker's monitoring at {monitor_url} cannot be read") from gone
    if not config.get("sync_always"):
        raise SyncsTooLate(f"the broker at {monitor_url} syncs every {config.get('sync_interval')}")


@cache
def _trusted() -> ssl.SSLContext:
    """Read whom we trust once: it takes 30 ms, and readiness asks every second."""
    return ssl.create_default_context()
