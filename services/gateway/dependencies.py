"""What FastAPI hands to every route: the parts of the gateway, and the visit of one caller."""

from dataclasses import dataclass
from math import ceil
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer
from starlette.requests import HTTPConnection

from services.gateway.access import Access
from services.gateway.addresses import address_of, is_local
from services.gateway.allowances import Allowances
from services.gateway.live.sockets import Sockets
from services.gateway.model import Caller, NotSignedIn, TooManyRequests
from services.gateway.places import Places
from services.gateway.ports import Discovery, Mesh, Objects, Passes, Pushes
from services.gateway.settings import Limits
from shared.cause import Cause, new_id
from shared.messages import A
from shared.messages import Request as Asked

bearer = OAuth2PasswordBearer(
    tokenUrl="/api/v1/auth/token",
    scheme_name="Bearer",
    description="An access token of `POST /api/v1/auth/token`.",
    auto_error=False,
)


@dataclass(frozen=True, slots=True)
class Gateway:
    """The parts that requests are served with, put together in `main`."""

    mesh: Mesh
    objects: Objects
    pushes: Pushes
    passes: Passes
    access: Access
    limits: Limits
    allowances: Allowances
    sign_ins: Allowances
    """How often one address may sign in or register: each time costs the hash of a password."""
    uploads: Places
    downloads: Places
    sockets: Sockets
    discovery: Discovery
    services: tuple[str, ...]
    """The names of all that should be there."""
    public_url: str | None = None
    """The address that people use, where requests do not name it."""
    objects_origin: str = ""
    """Where browsers send large files, as tickets for people outside name it."""
    spare_local: bool = True
    """Whether this machine's own programs sign in as often as they like."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one caller; what is asked in it is asked in their name."""

    gateway: Gateway
    cause: Cause
    caller: Caller | None
    name: str
    """Whom limits count: a user, or an address where nobody is signed in."""

    @property
    def user(self) -> UUID:
        """Who it is; `NotSignedIn` if that is not known."""
        return self.known.user

    @property
    def known(self) -> Caller:
        """The caller, if signed in."""
        if self.caller is None:
            raise NotSignedIn
        return self.caller

    async def ask(self, request: Asked[A], *, within: float = 5.0) -> A:
        """Ask the owner of a request."""
        return await self.gateway.mesh.ask(request, self.cause, within=within)


def gateway_of(connection: HTTPConnection) -> Gateway:
    """Find the parts that the application was put together from."""
    return cast(Gateway, connection.app.state.gateway)


def correlation_of(connection: HTTPConnection) -> UUID:
    """Find the id under which everything this request causes can be found again."""
    return cast(UUID, getattr(connection.state, "correlation", None) or new_id())


async def anybody(request: Request) -> Visit:
    """Let anybody in, within the allowance of their address."""
    spend(request, name := _address_of(request))
    return Visit(gateway_of(request), Cause(correlation=correlation_of(request)), None, name)


async def knocking(request: Request) -> Visit:
    """Let anybody try to sign in or register, within the lower allowance of their address."""
    visit = await anybody(request)
    gateway = visit.gateway
    if gateway.spare_local and is_local(request):
        return visit
    request.state.allowance = allowance = gateway.sign_ins.spend(visit.name)
    if allowance.spent:
        raise TooManyRequests(
            f"At most {allowance.holds:g} sign-ins and registrations a minute from one address.",
            retry_after=max(1, ceil(allowance.wait)),
        )
    return visit


async def signed_in(request: Request, token: Annotated[str | None, Depends(bearer)]) -> Visit:
    """Let in who shows a valid token, within their allowance."""
    gateway = gateway_of(request)
    try:
        caller = await gateway.access.admit(token or "")
    except NotSignedIn:
        spend(request, _address_of(request))
        raise
    request.state.actor = caller.user
    spend(request, name := f"user {caller.user}")
    return Visit(gateway, caller.cause(correlation_of(request)), caller, name)


async def administrator(visit: Annotated[Visit, Depends(signed_in)]) -> Visit:
    """Let in administrators."""
    visit.known.administering()
    return visit


Anybody = Annotated[Visit, Depends(anybody)]
Knocking = Annotated[Visit, Depends(knocking)]
SignedIn = Annotated[Visit, Depends(signed_in)]
Administrator = Annotated[Visit, Depends(administrator)]


def spend(request: Request, name: str) -> None:
    """Take a request out of an allowance; `TooManyRequests` when nothing is left of it."""
    allowance = gateway_of(request).allowances.spend(name)
    request.state.allowance = allowance
    if allowance.spent:
        raise TooManyRequests(
            f"At most {allowance.per_second:g} requests a second.",
            retry_after=max(1, ceil(allowance.wait)),
        )


def _address_of(request: Request) -> str:
    return f"address {address_of(request)}"
