"""Who is there: all are asked over the broker, and each process for its readiness over HTTP."""

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

import httpx
import nats.errors
from nats.aio.msg import Msg

from services.gateway.ports import Instance
from shared.bus import Bus
from shared.problems import Away

_ASK_SECONDS: Final = 0.4
_READY_SECONDS: Final = 2.5


@dataclass(frozen=True, slots=True)
class NatsRoll:
    """NATS services discovery, and `/readyz`."""

    bus: Bus
    http: httpx.AsyncClient

    async def call(self) -> list[Instance]:
        """Ask for who is there, then each for whether it is ready."""
        told = await self._told()
        return list(await asyncio.gather(*(self._instance(one) for one in told)))

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
        ready, detail = await self._ready(address) if address else (True, "")
        return Instance(
            service=str(told.get("name", "")),
            id=str(told.get("id", "")),
            version=str(told.get("version", "")),
            address=address,
            ready=ready,
            detail=detail,
        )

    async def _ready(self, address: str) -> tuple[bool, str]:
        try:
            response = await self.http.get(f"{address}/readyz", timeout=_READY_SECONDS)
            probes = response.json().get("probes", {})
        except (httpx.HTTPError, ValueError) as silent:
            return False, f"/readyz: {type(silent).__name__}"
        wrong = [f"{name}: {found}" for name, found in probes.items() if found != "ok"]
        return response.status_code == HTTPStatus.OK, "; ".join(wrong)
