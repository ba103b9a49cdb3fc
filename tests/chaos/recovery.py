"""Back to work: how long after a fault people are served, and what it held is taken over."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Self

import httpx

from deploy.local.plan import GATEWAY
from tests.chaos.counts import Counts, Place
from tests.chaos.rig import Rig
from tests.chaos.struck import Struck
from tests.chaos.wishes import Answer, Kind, Wish, Wishes
from tests.waiting import until_found

LIMIT: Final = 120.0
"""Seconds after which we stop waiting for one fault, and say so."""
_GLANCE: Final = 0.2
_TOKEN_KEPT: Final = 500.0
_WHO: Final = {"email": "visitor@example.com", "password": "correct horse battery staple"}


@dataclass(frozen=True, slots=True)
class Recovery:
    """Seconds after the end of a fault; none for what did not come within the limit."""

    back: float | None
    """Every service answers people through both gateways, and listeners that had work take some."""
    taken_over: float | None
    """Everything that had been handed to a listener when the fault ended is acknowledged."""
    whole: float | None
    """Every process is ready again, the one that was hit, too."""

    @property
    def complete(self) -> bool:
        """Whether all of it came."""
        return None not in {self.back, self.taken_over, self.whole}


@dataclass(slots=True)
class Visitor:
    """Somebody who asks every service something, through both gateways: the administrator."""

    http: httpx.AsyncClient
    rig: Rig
    _signed_in: float = 0.0

    @classmethod
    async def admitted(cls, http: httpx.AsyncClient, rig: Rig, wishes: Wishes) -> Self:
        """Be the first who registers."""
        wish = Wish(Kind.REGISTER, _WHO["email"], tries=1, answer=Answer.YES)
        headers = {"X-Correlation-ID": str(wish.id)}
        body = _WHO | {"name": "Visitor"}
        address = f"{rig.gateways[0]}/api/v1/auth/register"
        (await http.post(address, json=body, headers=headers)).raise_for_status()
        wishes.note(wish)
        visitor = cls(http, rig)
        await visitor.renew()
        return visitor

    async def renew(self) -> None:
        """Sign in again before the token is too old; nothing is broken just now."""
        if time.monotonic() - self._signed_in < _TOKEN_KEPT and self._signed_in:
            return
        form = {"username": _WHO["email"], "password": _WHO["password"]}
        address = f"{self.rig.gateways[0]}/api/v1/auth/token"
        answer = (await self.http.post(address, data=form)).raise_for_status()
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        self._signed_in = time.monotonic()

    async def is_served(self, *, by: Callable[[Iterable[bool]], bool] = all) -> bool:
        """Ask everybody once; whoever does not answer soon does not serve."""
        served = await asyncio.gather(*map(self._is_served_at, self.rig.gateways))
        return by(served)

    async def _is_served_at(self, gateway: str) -> bool:
        return all(await asyncio.gather(*(self._ask(gateway, *one) for one in _QUESTIONS)))

    async def _ask(self, gateway: str, method: str, route: str) -> bool:
        wishes: dict[str, object] | None = {"families": {}} if method == "PUT" else None
        try:
            answer = await self.http.request(method, f"{gateway}/api/v1{route}", json=wishes)
        except httpx.HTTPError:
            return False
        return answer.is_success and (route[:7] != "/search" or not answer.json()["degraded"])


_QUESTIONS: Final = (
    ("GET", "/me"),
    ("GET", "/documents?limit=1"),
    ("GET", "/search?q=lighthouse&limit=1"),
    ("GET", "/quizzes?limit=1"),
    ("GET", "/notifications?limit=1"),
    ("PUT", "/notifications/preferences"),
    ("GET", "/admin/dead-letters?limit=1"),
)


@dataclass(slots=True)
class Watch:
    """The time after one fault."""

    rig: Rig
    visitor: Visitor
    struck: Struck
    at_end: Counts
    """The last look before the fault was over."""

    async def until_recovered(self) -> Recovery:
        """Look until all is well again, or the limit is reached."""
        back, over, whole = await asyncio.gather(
            self._first(self._is_back), self._first(self._is_taken_over), self._first(self._whole)
        )
        return Recovery(back, over, whole)

    async def _first(self, holds: Callable[[], Awaitable[bool]]) -> float | None:
        while time.time() - self.struck.ended < LIMIT:
            if await holds():
                return time.time() - self.struck.ended
            await asyncio.sleep(_GLANCE)
        return None

    async def _whole(self) -> bool:
        """See everybody ready, and the one that was ended replaced."""
        ended = self.struck.ended_pid
        replaced = ended is None or self.rig.pid(self.struck.victim) != ended
        return replaced and self.struck.is_over and await self.rig.is_whole()

    async def _is_back(self) -> bool:
        """Of the gateways one is enough where the other was hit: people go to that one."""
        by = any if self.struck.fault.target == GATEWAY else all
        return await self.visitor.is_served(by=by) and await self._all(_goes_on)

    async def _is_taken_over(self) -> bool:
        return await self._all(_is_past)

    async def _all(self, holds: Callable[[Place, Place], bool]) -> bool:
        now = await self.rig.counter.look()
        return now is not None and _each(self.at_end.of(self.struck.services), now, holds)


async def until_settled(rig: Rig) -> None:
    """Wait until all that has been handed to anybody is acknowledged, or raise `TimeoutError`.

    An acknowledgement that a broker's restart swallowed is missed 8 s later: what is given again
    then would be counted for the next fault.
    """
    handed_over: Sequence[Place] | None = None

    async def is_settled() -> bool:
        nonlocal handed_over
        now = await rig.counter.look()
        if now is None:
            return False
        if handed_over is None:
            handed_over = tuple(now.places.values())
        return _each(handed_over, now, _is_past)

    try:
        await until_found(is_settled, LIMIT)
    except TimeoutError as late:
        raise TimeoutError(f"not all is acknowledged after {LIMIT:g} s") from late


def _each(before: Iterable[Place], now: Counts, holds: Callable[[Place, Place], bool]) -> bool:
    return all(one.durable in now.places and holds(one, now.places[one.durable]) for one in before)


def _goes_on(before: Place, now: Place) -> bool:
    """Whether a listener that had something to do takes what comes."""
    return before.idle or now.idle or now.deliveries > before.deliveries


def _is_past(before: Place, now: Place) -> bool:
    """Whether everything that had been handed over by then is acknowledged.

    A place that is kept three times is not past what it passed over: nothing left is enough, too.
    """
    return now.done_to >= before.reached or now.idle
