"""For operators: is all well, who is there, and what was counted."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.gateway.dependencies import Administrator, Anybody, Gateway
from services.gateway.openapi import ALWAYS, PUBLIC, problems, shown
from services.gateway.ports import Instance
from shared import metrics
from shared.problems import Away

_HEALTH: Final = {
    "status": "degraded",
    "services": {
        "document": {"status": "healthy", "instances": 1, "detail": "", "breakers": {}},
        "search": {"status": "absent", "instances": 0, "detail": "nobody answers"},
    },
    "checked_at": "2026-11-21T09:00:00Z",
}
_INSTANCE: Final = {
    "service": "document",
    "id": "Zl8r2k…",
    "version": "1.0.0",
    "ready": True,
    "detail": "",
}

CLOSED: Final = "closed"

router = APIRouter(prefix="/api", tags=["operators"])


class Overall(StrEnum):
    """The state of the mesh."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"


class State(StrEnum):
    """The state of a service."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    ABSENT = "absent"


class ServiceHealth(BaseModel):
    """One service: all of its processes ready, some not, or none there."""

    status: State
    instances: int = Field(description="How many processes answered.")
    detail: str
    breakers: dict[str, str] = Field(
        default_factory=dict,
        description="Per dependency it can do without: `closed`, `half-opened` or `opened`."
        " While one is not closed the service answers with less, and is degraded.",
    )


class MeshHealth(BaseModel):
    """All of them."""

    status: Overall
    services: dict[str, ServiceHealth]
    checked_at: datetime


class InstanceView(BaseModel):
    """One process."""

    service: str
    id: str
    version: str
    ready: bool
    detail: str


class InstanceList(BaseModel):
    """Every process that answered."""

    items: list[InstanceView]


@router.get("/health", responses={200: shown(_HEALTH), **PUBLIC})
async def health(visit: Anybody) -> MeshHealth:
    """Is every service there and ready? Anybody may ask."""
    services = await _services(visit.gateway)
    well = all(one.status is State.HEALTHY for one in services.values())
    return MeshHealth(
        status=Overall.HEALTHY if well else Overall.DEGRADED,
        services=services,
        checked_at=datetime.now(UTC),
    )


@router.get("/services", responses={200: shown({"items": [_INSTANCE]}), **ALWAYS, **problems(403)})
async def services(visit: Administrator) -> InstanceList:
    """Every process that is there."""
    there = await visit.gateway.discovery.instances()
    return InstanceList(items=[_view(one) for one in there])


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **ALWAYS,
        **problems(403),
    },
)
async def counted(_: Administrator) -> Response:
    """What this gateway counted, for Prometheus; every process serves its own `/metrics`."""
    return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)


async def _services(gateway: Gateway) -> dict[str, ServiceHealth]:
    try:
        there = await gateway.discovery.instances()
    except Away as away:
        unknown = ServiceHealth(status=State.ABSENT, instances=0, detail=away.detail)
        return dict.fromkeys(gateway.services, unknown)
    names = sorted({*gateway.services, *(one.service for one in there)})
    return {name: _health([one for one in there if one.service == name]) for name in names}


def _health(instances: list[Instance]) -> ServiceHealth:
    if not instances:
        return ServiceHealth(status=State.ABSENT, instances=0, detail="nobody answers")
    # Anybody may ask: what exactly is wrong, and at which address, is for operators.
    failing = sorted({name for one in instances if not one.ready for name in one.failing})
    ready = all(one.ready for one in instances)
    wrong = [] if ready else [f"not ready: {', '.join(failing)}"]
    breakers = _worst(one.breakers for one in instances)
    without = [name for name, state in breakers.items() if state != CLOSED]
    details = [*wrong, *(f"without {name} for now" for name in without)]
    return ServiceHealth(
        status=State.DEGRADED if details else State.HEALTHY,
        instances=len(instances),
        detail="; ".join(details),
        breakers=breakers,
    )


def _worst(told: Iterable[dict[str, str]]) -> dict[str, str]:
    """Of several processes' breakers show the one that is not closed."""
    worst: dict[str, str] = {}
    for breakers in told:
        worst.update(
            {name: state for name, state in breakers.items() if worst.get(name, CLOSED) == CLOSED}
        )
    return worst


def _view(one: Instance) -> InstanceView:
    return InstanceView(
        service=one.service, id=one.id, version=one.version, ready=one.ready, detail=one.detail
    )
