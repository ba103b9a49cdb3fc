"""What every side of this bench is told, and how it comes to its connections."""

import json
from dataclasses import asdict, dataclass, field
from time import process_time, time
from typing import Self

import nats
from nats.aio.client import Client

from shared.bus import Address, Bus
from shared.database import Database
from tests.integration.shared.lab import PASSWORDS

Told = dict[str, object]
"""What a side says when it is done."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything is, and how much is to be done."""

    nats_url: str
    database_urls: dict[str, str]
    count: int
    pace: float = 0.0
    """Messages a second, 0 for as many as can be."""
    options: dict[str, int] = field(default_factory=dict)
    """How `hear` binds its handler."""

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `written` wrote."""
        return cls(**json.loads(text))

    def written(self) -> str:
        """Write it for a child process."""
        return json.dumps(asdict(self))

    async def database(self, name: str) -> Database:
        """Connect to a service's database as services do."""
        return await Database.connect(self.database_urls[name], source=name)

    def bus(self, name: str, database: Database | None = None) -> Bus:
        """Prepare a service's bus."""
        return Bus(name, Address(self.nats_url, name, PASSWORDS[name]), database)

    async def client(self, name: str) -> Client:
        """Connect plainly as a service's user."""
        return await nats.connect(
            self.nats_url,
            user=name,
            password=PASSWORDS[name],
            inbox_prefix=f"_INBOX_{name}",
        )


class Clock:
    """Time and processor seconds of some work in this process."""

    def __init__(self) -> None:
        self._wall, self._cpu = time(), process_time()

    def told(self, **more: object) -> Told:
        """Say what it took."""
        return {"seconds": time() - self._wall, "cpu": process_time() - self._cpu, **more}
