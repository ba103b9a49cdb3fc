"""The parts of the gateway, and the visit of one caller: what every route works with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Annotated, Final, cast
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer
from starlette.requests import HTTPConnection

from services.gateway.access import Access
from services.gateway.live.sockets import Sockets
from services.gateway.model import Allowance, Caller, NotSignedIn, TooManyRequests
from services.gateway.ports import Mesh, Objects, Passes, Pushes, Roll
from services.gateway.settings import Limits
from services.gateway.uploads.slots import Slots
from shared.cause import Cause, new_id
from shared.messages import A
from shared.messages import Request as Asked

_REMEMBERED: Final = 10_000

bearer = OAuth2PasswordBearer(
    tokenUrl="/api/v1/auth/token",
    scheme_name="Bearer",
    description="An access token of `POST /api/v1/auth/token`.",
    auto_error=False,
)


@dataclass(slots=True)
class Allowances:
    """How much each caller has left. Each replica counts for itself, for now."""

    per_second: float
    clock: Callable[[], float] = monotonic
    _by_name: dict[str, Allowance] = field(default_factory=dict)

    def spend(self, name: str) -> Allowance:
        """Take one request out of somebody's allowance."""
        now = self.clock()
        if len(self._by_name) > _REMEMBERED:
            self._by_name = {who: one for who, one in self._by_name.items() if now - one.at < 1}
        left = self._by_name.get(name) or Allowance(self.per_second, self.per_second, now)
        self._by_name[name] = spent = left.spend(now)
        return spent


@dataclass(frozen=True, slots=True)
class House:
    """The parts, put together in `main`."""

    mesh: Mesh
    objects: Objects
    pushes: Pushes
    passes: Passes
    access: Access
    limits: Limits
    allowances: Allowances
    slots: Slots
    sockets: Sockets
    roll: Roll
    services: tuple[str, ...]
    """The names of all that should be there."""
    public_url: str | None = None
    """Where people find us, if that is not where a request says it came to."""
    objects_origin: str = ""
    """Where browsers send large files to, as in tickets made out for people outside."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one caller; what is asked in it is asked in their name."""

    house: House
    cause: Cause
    caller: Caller | None

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
        return await self.house.mesh.ask(request, self.cause, within=within)


def house_of(connection: HTTPConnection) -> House:
    """Find the parts that the application was put together from."""
    return cast(House, connection.app.state.house)


def correlation_of(connection: HTTPConnection) -> UUID:
    """Find the id under which everything this request causes can be found again."""
    return cast(UUID, getattr(connection.state, "correlation", None) or new_id())


async def anybody(request: Request) -> Visit:
    """Let anybody in, within the allowance of their address."""
    spend(request, f"address {request.client.host if request.client else ''}")
    return Visit(house_of(request), Cause(correlation=correlation_of(request)), None)


async def signed_in(request: Request, token: Annotated[str | None, Depends(bearer)]) -> Visit:
    """Let in who shows a valid token, within their allowance."""
    house = house_of(request)
    try:
        caller = await house.access.admit(token or "")
    except NotSignedIn:
        spend(request, f"address {request.client.host if request.client else ''}")
        raise
    request.state.actor = caller.user
    spend(request, f"user {caller.user}")
    return Visit(house, caller.cause(correlation_of(request)), caller)


async def administrator(visit: Annotated[Visit, Depends(signed_in)]) -> Visit:
    """Let in administrators."""
    visit.known.administering()
    return visit


Anybody = Annotated[Visit, Depends(anybody)]
SignedIn = Annotated[Visit, Depends(signed_in)]
Administrator = Annotated[Visit, Depends(administrator)]


def spend(request: Request, name: str) -> None:
    """Take a request out of an allowance; `TooManyRequests` when nothing is left of it."""
    allowance = house_of(request).allowances.spend(name)
    request.state.allowance = allowance
    if allowance.spent:
        raise TooManyRequests(
            f"At most {allowance.per_second:g} requests a second.",
            retry_after=max(1, round(allowance.wait)),
        )
