"""Service discovery: all are asked over the broker, and each for its readiness over HTTP."""

import asyncio
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from time import monotonic
from typing import Any, Final

import httpx
import nats.errors
from nats.aio.msg import Msg

from services.gateway.ports import Instance
from shared.bus import Bus
from shared.problems import Away

_ASK_SECONDS: Final = 0.4
_READY_SECONDS: Final = 2.5
_FRESH_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class _Found:
    """What a process says of itself."""

    ready: bool
    detail: str = ""
    failing: tuple[str, ...] = ()
    breakers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class NatsDiscovery:
    """NATS service discovery, and `/readyz`; who asks within a second is told the same."""

    bus: Bus
    http: httpx.AsyncClient
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _asked: float = float("-inf")
    _known: list[Instance] = field(default_factory=list)

    async def instances(self) -> list[Instance]:
        """Ask for who is there, then each for whether it is ready."""
        async with self._asking:
            if monotonic() - self._asked > _FRESH_SECONDS:
                told = await self._told()
                self._known = list(await asyncio.gather(*(self._instance(one) for one in told)))
                self._asked = monotonic()
            return self._known

    async def _told(self) -> list[dict[str, Any]]:
        connection = self.bus.connection
        if not connection.is_connected:
            raise Away("the broker cannot be reached")
        told: list[dict[str, Any]] = []

        async def heard(answer: Msg) -> None:
            told.append(json.loads(answer.data))

        try:
            answers = await connection.subscribe(inbox := connection.new_inbox(), cb=heard)
            await connection.publish("$SRV.PING", reply=inbox)
            await asyncio.sleep(_ASK_SECONDS)
            await answers.unsubscribe()
        except nats.errors.Error as gone:
            raise Away("the broker cannot be reached") from gone
        return sorted(told, key=lambda one: (str(one.get("name")), str(one.get("id"))))

    async def _instance(self, told: dict[str, Any]) -> Instance:
        metadata = told.get("metadata") or {}
        address = str(metadata.get("http", ""))
        found = await self._ready(address) if address else _Found(ready=True)
        return Instance(
            service=str(told.get("name", "")),
            id=str(told.get("id", "")),
            version=str(told.get("version", "")),
            address=address,
            ready=found.ready,
            detail=found.detail,
            failing=found.failing,
            breakers=found.breakers,
        )

    async def _ready(self, address: str) -> _Found:
        try:
            response = await self.http.get(f"{address}/readyz", timeout=_READY_SECONDS)
            told = response.json()
        except (httpx.HTTPError, ValueError) as silent:
            return _Found(False, f"/readyz: {type(silent).__name__}", ("no answer",))
        wrong = {name: is_ for name, is_ in told.get("probes", {}).items() if is_ != "ok"}
        return _Found(
            ready=response.status_code == HTTPStatus.OK,
            detail="; ".join(f"{name}: {is_}" for name, is_ in wrong.items()),
            failing=tuple(wrong),
            breakers=told.get("breakers", {}),
        )
