"""Live: tickets, and the WebSocket they open."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, WebSocket
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from services.gateway.house import SignedIn, house_of
from services.gateway.live.connection import serve
from services.gateway.live.passes import LIFE
from services.gateway.openapi import ALWAYS, shown

router = APIRouter(prefix="/api/v1/ws", tags=["live"])


class TicketIssued(BaseModel):
    """A one-use ticket for the WebSocket."""

    ticket: str
    expires_in: int = Field(description="Seconds.")


@router.post(
    "/tickets",
    responses={200: shown({"ticket": "q3Vb…", "expires_in": LIFE}), **ALWAYS},
)
async def issue(visit: SignedIn) -> TicketIssued:
    """Make a ticket for `GET /api/v1/ws`, good once and for 30 seconds, at every replica.

    The WebSocket speaks JSON frames. First send `{"type":"auth","ticket":…}`; `hello` answers with
    `epoch` and `offset`. Then send `{"type":"resume","epoch":…,"offset":n}` with the last offset
    you saw (`null`: from now on): you get every `event {offset, prev, id, name, data}` that you
    missed, `recovered {count}`, and what follows; or `reset {reason, epoch, offset}` when that
    cannot be told exactly, and then what follows. `pong` answers `ping`. 4401 closes: sign in.
    """
    ticket = await visit.house.passes.issue(visit.known)
    return TicketIssued(ticket=ticket, expires_in=LIFE)


def draining_of(connection: HTTPConnection) -> asyncio.Event:
    """Find the event that is set when the process was told to go."""
    event: asyncio.Event = connection.app.state.draining
    return event


@router.websocket("")
async def live(socket: WebSocket, draining: Annotated[asyncio.Event, Depends(draining_of)]) -> None:
    """Tell what happens, as it happens."""
    await serve(socket, house_of(socket), draining)
