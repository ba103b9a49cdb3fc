"""Server-sent events as a reader takes them apart."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass
class Told:
    """One server-sent event."""

    id: str | None
    event: str
    data: dict[str, Any]


class Stream:
    """An answer that is such a stream."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.comments: list[str] = []
        self.last_id = ""
        """What a browser would send as `Last-Event-ID`."""
        self._lines: AsyncIterator[str] = response.aiter_lines()

    async def next(self, within: float = 10.0) -> Told:
        """Take the next event; `EOFError` when the stream has ended."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(within):
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if line.startswith(":"):
                    self.comments.append(line)
                elif line:
                    fields[name] = value
                elif "data" in fields:
                    self.last_id = fields.get("id", self.last_id)
                    return Told(fields.get("id"), fields["event"], json.loads(fields["data"]))
        raise EOFError

    async def rest(self) -> list[Told]:
        """Take everything up to the end of the stream."""
        told: list[Told] = []
        try:
            while True:
                told.append(await self.next())
        except EOFError:
            return told
