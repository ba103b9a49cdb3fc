"""What operations does unasked: what is planned, what has expired, and counting what waits."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Final

from prometheus_client import Gauge

from services.operations.service import Letters
from shared import logs
from shared.problems import Away

WAITING: Final = Gauge(
    "mesh_dead_letters_waiting",
    "Dead letters that wait for somebody to decide",
    ["listener", "failure_class"],
)
_GLANCE: Final = 1.0
"""Seconds between two looks at what is planned; all that is due by then is done at once."""
_PAUSE: Final = 2.0
_TIDY: Final = 600.0
_COUNT: Final = 5.0

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Rounds:
    """Goes round for ever; a broker or database that is away is waited for."""

    letters: Letters
    expire_days: float
    kept_days: float

    async def work_off(self) -> None:
        """Do what is planned, as its time comes, and keep the count."""
        loop = asyncio.get_running_loop()
        counted = -_COUNT
        while True:
            try:
                while await self.letters.work_off():
                    pass
                if loop.time() - counted > _COUNT:
                    await self.count()
                    counted = loop.time()
            except Away as away:
                log.info("plans wait", reason=away.detail)
                await asyncio.sleep(_PAUSE)
            await asyncio.sleep(_GLANCE)

    async def count(self) -> None:
        """Tell those who watch how many wait."""
        waiting = await self.letters.waiting()
        WAITING.clear()
        for (service, kind), count in waiting.items():
            WAITING.labels(service, kind).set(count)

    async def tidy(self) -> None:
        """Give up what waited too long, and remove what ended long ago."""
        while True:
            with contextlib.suppress(Away):
                await self.letters.expire(self.expire_days)
                await self.letters.forget(self.kept_days)
            await asyncio.sleep(_TIDY)
