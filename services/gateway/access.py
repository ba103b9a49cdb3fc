"""Who calls: access tokens verified by key id, and sessions that ended refused at once."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final
from uuid import UUID

import jwt

from contracts.identity import ListEndedSessions, ListSigningKeys, SessionEnded
from services.gateway.model import Caller, NotSignedIn
from services.gateway.ports import Mesh
from shared import logs
from shared.cause import Cause
from shared.problems import Away, Problem

ISSUER: Final = "studymesh"
TOKEN_TYPE: Final = "at+jwt"  # noqa: S105  # the media type of an access token (RFC 9068)
_AGAIN: Final = 2.0
"""Seconds between two looks for a key that we do not know, so that forged ids cost nobody much."""
_REFRESH: Final = 15.0
_REMEMBERED: Final = 24 * 3600.0
"""Longer than any access token lives, so that forgetting an ended session lets nobody in."""

log = logs.get(__name__)


@dataclass(slots=True)
class Access:
    """Admits callers. Keys and ended sessions are asked from identity and kept in memory."""

    mesh: Mesh
    clock: Callable[[], float] = monotonic
    _keys: dict[str, jwt.PyJWK] = field(default_factory=dict)
    _asked: float = float("-inf")
    _ended: dict[UUID, float] = field(default_factory=dict)
    _watching: dict[UUID, set[asyncio.Event]] = field(default_factory=dict)
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def admit(self, token: str) -> Caller:
        """Say who holds this token; `NotSignedIn` if it is not (or no longer) valid."""
        key = await self._key(_key_id(token))
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                issuer=ISSUER,
                audience=ISSUER,
                options={"require": ["exp", "iat", "sub", "sid", "role"]},
            )
            caller = Caller(UUID(claims["sub"]), UUID(claims["sid"]), str(claims["role"]))
        except jwt.ExpiredSignatureError as expired:
            raise NotSignedIn("The access token has expired; refresh it.") from expired
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError) as wrong:
            raise NotSignedIn("The access token is not valid.") from wrong
        if caller.session in self._ended:
            raise NotSignedIn("The session has ended; sign in again.")
        return caller

    async def end(self, ended: SessionEnded, _: Cause) -> None:
        """Refuse a session from now on, and wake whoever watches it."""
        self._end(ended.session_id)

    def has_ended(self, session: UUID) -> bool:
        """Say whether a session is over."""
        return session in self._ended

    def watch(self, session: UUID) -> asyncio.Event:
        """Give an event that is set when a session ends; hand it back to `unwatch`."""
        event = asyncio.Event()
        if session in self._ended:
            event.set()
        self._watching.setdefault(session, set()).add(event)
        return event

    def unwatch(self, session: UUID, event: asyncio.Event) -> None:
        """Stop watching."""
        watching = self._watching.get(session, set())
        watching.discard(event)
        if not watching:
            self._watching.pop(session, None)

    async def refresh(self) -> None:
        """Ask identity for the keys and for what ended while we did not listen."""
        cause = Cause()
        answer = await self.mesh.ask(ListEndedSessions(), cause)
        for session in answer.sessions:
            self._end(session.session_id)
        forgotten = self.clock() - _REMEMBERED
        self._ended = {one: at for one, at in self._ended.items() if at > forgotten}
        await self._load(cause)

    async def keep_fresh(self) -> None:
        """Refresh for ever: what is overheard may be missed while the broker is away."""
        while True:
            try:
                await self.refresh()
            except Problem as problem:
                log.warning("identity does not tell keys", code=problem.code)
            await asyncio.sleep(_REFRESH if self._keys else 0.5)

    async def ready(self) -> None:
        """Raise while no token could be verified."""
        if not self._keys:
            raise Away("identity has not told its keys yet")

    def _end(self, session: UUID) -> None:
        self._ended[session] = self.clock()
        for event in self._watching.get(session, ()):
            event.set()

    async def _key(self, key_id: str) -> jwt.PyJWK:
        if key_id not in self._keys:
            async with self._asking:
                await self._look_for(key_id)
        if not self._keys:
            raise Away("Nobody can tell just now whether the token is valid.")
        try:
            return self._keys[key_id]
        except KeyError as unknown:
            raise NotSignedIn("The access token is not signed by us.") from unknown

    async def _look_for(self, key_id: str) -> None:
        if key_id in self._keys or self.clock() - self._asked < _AGAIN:
            return
        try:
            await self._load(Cause())
        except Away:
            if not self._keys:
                raise

    async def _load(self, cause: Cause) -> None:
        self._asked = self.clock()
        answer = await self.mesh.ask(ListSigningKeys(), cause)
        self._keys = {str(key["kid"]): jwt.PyJWK(key, algorithm="EdDSA") for key in answer.keys}


def _key_id(token: str) -> str:
    if not token:
        raise NotSignedIn("Send `Authorization: Bearer` with an access token.")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError as unreadable:
        raise NotSignedIn("The access token cannot be read.") from unreadable
    if str(header.get("typ")).lower() != TOKEN_TYPE or "kid" not in header:
        raise NotSignedIn("This is not an access token.")
    return str(header["kid"])
