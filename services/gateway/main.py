"""Where the parts of the gateway meet."""

from typing import Final

import httpx

from contracts.identity import SessionEnded
from services.gateway.access import Access
from services.gateway.allowances import Allowances
from services.gateway.app import build
from services.gateway.dependencies import Gateway
from services.gateway.discovery import NatsDiscovery
from services.gateway.live.passes import NatsPasses
from services.gateway.live.pushes import NatsPushes
from services.gateway.live.sockets import Sockets
from services.gateway.pace import Tempo
from services.gateway.places import Places
from services.gateway.settings import Settings
from shared.manifest import all_manifests
from shared.serve import Process, serve
from shared.tickets import Tickets

_MINUTE: Final = 60.0


async def assemble(process: Process[Settings]) -> None:
    """Put the routes on the process's HTTP and listen for sessions that end."""
    settings = process.settings
    access = Access(process.bus)
    tempo = Tempo(settings.slow_bytes_per_second)
    gateway = Gateway(
        mesh=process.bus,
        objects=await process.stack.enter_async_context(
            Tickets(connections=settings.upload_slots + settings.download_slots)
        ),
        pushes=NatsPushes(process.bus),
        passes=NatsPasses(process.bus),
        access=access,
        limits=settings.limits(),
        allowances=Allowances(settings.requests_per_second),
        sign_ins=Allowances(settings.sign_ins_per_minute / _MINUTE, _MINUTE),
        uploads=Places(settings.upload_slots, settings.upload_slots_per_user, tempo),
        downloads=Places(settings.download_slots, settings.download_slots_per_user, tempo),
        sockets=Sockets(settings.sockets_per_user),
        discovery=NatsDiscovery(
            process.bus,
            await process.stack.enter_async_context(httpx.AsyncClient(trust_env=False)),
        ),
        services=tuple(all_manifests()),
        public_url=settings.public_url,
        objects_origin=settings.objects_public_url or settings.objects_url or "",
        spare_local=not settings.trusted_proxies and settings.public_url is None,
    )
    proxies = [str(network) for network in settings.trusted_proxies]
    build(process.http, gateway, process.draining, settings.cors_origins, proxies)
    await process.bus.follow(SessionEnded, access.end)
    process.background("access", access.keep_fresh)
    process.probe("identity", access.ready)


def main() -> None:
    """Run until told to stop."""
    serve("gateway", Settings, assemble)
