"""Live: tickets, the WebSocket they open, and the same as server-sent events."""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query, Request, Response, WebSocket
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection

from services.gateway.dependencies import SignedIn, bearer, gateway_of, signed_in, spend
from services.gateway.live.connection import serve
from services.gateway.live.events import MEDIA_TYPE, EventStream, Seen
from services.gateway.live.news import Place
from services.gateway.live.passes import LIFE
from services.gateway.model import Caller, NotSignedIn
from services.gateway.openapi import ALWAYS, shown

router = APIRouter(prefix="/api/v1", tags=["live"])


_EXAMPLE: Final = """id: 6a1f0c2b9d3e4f58:42
event: document.ready
data: {"type":"event","offset":42,"prev":40,"id":"019aa1b2…","name":"document.ready","data":{…}}

"""


class TicketIssued(BaseModel):
    """A one-use ticket for the WebSocket or the event stream."""

    ticket: str
    expires_in: int = Field(description="Seconds.")


@router.post(
    "/ws/tickets",
    responses={200: shown({"ticket": "q3Vb…", "expires_in": LIFE}), **ALWAYS},
)
async def issue(visit: SignedIn) -> TicketIssued:
    """Make a ticket for `/ws` or `/events`, good once and for 30 seconds, at every replica.

    The WebSocket speaks JSON frames. First send `{"type":"auth","ticket":…}`; `hello` answers with
    `epoch` and `offset`. Then send `{"type":"resume","epoch":…,"offset":n}` with the last offset
    you saw (`null`: from now on): you get every `event {offset, prev, id, name, data}` that you
    missed, `recovered {count}`, and what follows; or `reset {reason, epoch, offset}` when that
    cannot be told exactly, and then what follows. `pong` answers `ping`. Closed with 4401: sign in.
    """
    ticket = await visit.gateway.passes.issue(visit.known)
    return TicketIssued(ticket=ticket, expires_in=LIFE)


def draining_of(connection: HTTPConnection) -> asyncio.Event:
    """Find the event that is set when the process was told to go."""
    event: asyncio.Event = connection.app.state.draining
    return event


async def listener(
    request: Request,
    token: Annotated[str | None, Depends(bearer)],
    ticket: Annotated[
        str | None, Query(max_length=200, description="Instead of a token, for `EventSource`.")
    ] = None,
) -> Caller:
    """Let in who shows a token, or a ticket where headers cannot be set."""
    if ticket is None:
        return (await signed_in(request, token)).known
    gateway = gateway_of(request)
    caller = await gateway.passes.redeem(ticket)
    if caller is None or gateway.access.has_ended(caller.session):
        raise NotSignedIn("The ticket is used up, too old or none of ours; fetch a fresh one.")
    request.state.actor = caller.user
    spend(request, f"user {caller.user}")
    return caller


@router.get(
    "/events",
    response_class=Response,
    responses={
        200: {
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _EXAMPLE}},
            "description": "Events, as they happen.",
        },
        **ALWAYS,
    },
)
async def events(
    request: Request,
    caller: Annotated[Caller, Depends(listener)],
    draining: Annotated[asyncio.Event, Depends(draining_of)],
    last_event_id: Annotated[str | None, Header(max_length=200)] = None,
    after: Annotated[
        str | None,
        Query(max_length=200, description="A last event id, where its header cannot be set."),
    ] = None,
) -> EventStream:
    """What happens, as server-sent events: the same as the WebSocket tells.

    `event` is the name, `data` the WebSocket's frame, `id` names epoch and offset. Come back with
    `Last-Event-ID` (browsers do it by themselves) and you get exactly what you missed, then
    `recovered`, and what follows; or `reset` when that cannot be told. Without it: from now on. The
    header counts before `after`. `bye` says why the stream ends; 4401 means: sign in.
    """
    gateway = gateway_of(request)
    seen = Seen.read(last_event_id or after)
    mark = await gateway.pushes.mark(caller.user)
    return EventStream(caller, gateway, Place.behind(mark, seen.epoch, seen.offset), draining)


@router.websocket("/ws")
async def live(socket: WebSocket, draining: Annotated[asyncio.Event, Depends(draining_of)]) -> None:
    """Tell what happens, as it happens."""
    await serve(socket, gateway_of(socket), draining)
