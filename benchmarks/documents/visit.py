"""Somebody who brings documents to the mesh and waits until a search finds them."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

from benchmarks.documents.corpus import Written
from tests.e2e.student import Student, Tab

_AT_ONCE = 4
_ENDED = frozenset({"document.ready", "document.failed", "document.cancelled"})


class NotAllReady(RuntimeError):
    """A document of the bench failed, so its figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person saw of a list of documents."""

    seconds: float
    frames: int


async def bring(one: Student, documents: Sequence[Written]) -> Seen:
    """Upload all, some at a time, and watch until the last of them is ready."""
    await one.sign_in()
    async with one.tab() as tab:
        await tab.resume()
        await tab.next()
        begun = perf_counter()
        waiting = iter(documents)
        async with asyncio.TaskGroup() as group:
            group.create_task(_watch(tab, len(documents)))
            for _ in range(_AT_ONCE):
                group.create_task(_upload(one, waiting))
        return Seen(perf_counter() - begun, len(tab.events))


async def until_found(one: Student, document: Written) -> float:
    """Upload one, and tell the seconds until a search finds it."""
    async with one.tab() as tab:
        await tab.resume()
        await tab.next()
        begun = perf_counter()
        uploaded = await one.upload(document.path.name, document.path.read_bytes())
        await tab.until("document.ready", document_id=uploaded["id"])
        found = await one.search("the", mode="text", document_id=uploaded["id"])
        if not found["results"]:
            raise NotAllReady(f"{document.path.name} is ready, but not found")
        return perf_counter() - begun


async def _upload(one: Student, waiting: Iterator[Written]) -> None:
    for document in waiting:
        await one.upload(document.path.name, document.path.read_bytes())


async def _watch(tab: Tab, count: int) -> None:
    ended: dict[str, str] = {}
    while len(ended) < count:
        frame = await tab.next()
        if frame["type"] == "event" and frame["name"] in _ENDED:
            ended[frame["data"]["document_id"]] = frame["name"]
    failed = [name for name in ended.values() if name != "document.ready"]
    if failed:
        raise NotAllReady(f"{len(failed)} of {count} documents failed")
