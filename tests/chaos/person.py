"""A person who uses the mesh through either gateway, and writes down every wish."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.chaos.wishes import Answer, Kind, Wish, Wishes

PATIENCE: Final = 240.0
"""Seconds for which somebody goes on asking for one thing."""
_PASSWORD: Final = "correct horse battery staple"
_AGAIN: Final = frozenset({429, 500, 502, 503, 504})
_LATER: Final = frozenset({"idempotency-key-in-use", "idempotency-key-pending"})
_PAUSE: Final = 0.3

Json = dict[str, Any]


@dataclass(slots=True)
class Person:
    """One person. What cannot be answered now is asked again, under the same id and key."""

    http: httpx.AsyncClient
    gateways: Sequence[str]
    wishes: Wishes
    email: str = ""
    id: str = ""
    _token: str = ""
    _turn: int = 0

    async def register(self) -> bool:
        """Become somebody, and sign in."""
        wish = Wish(Kind.REGISTER, "")
        wish.person = self.email = f"{wish.id}@example.org"
        body = {"email": self.email, "password": _PASSWORD, "name": "Ada"}
        user = await self.wish(wish, "POST", "/auth/register", json=body)
        self.id = user["id"] if user else ""
        return user is not None

    async def wish(self, wish: Wish, method: str, route: str, **rest: Any) -> Json | None:
        """Ask until there is an answer, and write down which; tell it if it was yes."""
        headers = {"X-Correlation-ID": str(wish.id)}
        if method == "POST":
            headers["Idempotency-Key"] = str(wish.id)
        answer = await self._ask(method, route, headers, wish, **rest)
        if answer is None:
            self.wishes.note(wish)
            return None
        told: Json = answer.json() if answer.content else {}
        gone = method == "DELETE" and wish.tries > 1 and answer.status_code == 404
        if answer.is_success or gone:
            wish.answer = Answer.YES
            wish.made = str(told.get("id", ""))
        else:
            wish.answer = Answer.NO
            self.wishes.surprises.append(f"{wish.kind} {wish.id}: {answer.status_code} {told}")
        self.wishes.note(wish)
        return told if answer.is_success else None

    async def get(self, route: str, **params: Any) -> Json | None:
        """Read something; none when nobody answered in time."""
        answer = await self._ask("GET", route, {}, None, params=params)
        return answer.json() if answer is not None and answer.is_success else None

    async def content(self, document: str) -> bytes | None:
        """Download a document."""
        answer = await self._ask("GET", f"/documents/{document}/content", {}, None)
        return answer.content if answer is not None and answer.is_success else None

    async def _ask(
        self, method: str, route: str, headers: Json, wish: Wish | None, **rest: Any
    ) -> httpx.Response | None:
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            if not route.startswith("/auth") and not await self._signed_in():
                continue
            answer = await self._once(method, route, headers, wish, **rest)
            if answer is not None and not self._is_for_later(answer):
                return answer
            await asyncio.sleep(_PAUSE)
        return None

    async def _once(
        self, method: str, route: str, headers: Json, wish: Wish | None, **rest: Any
    ) -> httpx.Response | None:
        self._turn += 1
        address = f"{self.gateways[self._turn % len(self.gateways)]}/api/v1{route}"
        token = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        if wish is not None:
            wish.tries += 1
        try:
            answer = await self.http.request(method, address, headers=headers | token, **rest)
        except httpx.TransportError as broken:
            self.wishes.statuses[type(broken).__name__] += 1
            return None
        self.wishes.statuses[str(answer.status_code)] += 1
        return answer

    def _is_for_later(self, answer: httpx.Response) -> bool:
        if answer.status_code == 401:
            self._token = ""
            return True
        if answer.status_code == 500:
            self.wishes.surprises.append(f"500: {answer.text[:300]}")
        return answer.status_code in _AGAIN or (
            answer.status_code == 409 and "retry-after" in answer.headers
        )

    async def _signed_in(self) -> bool:
        """Have a token, or get one."""
        if self._token:
            return True
        form = {"username": self.email, "password": _PASSWORD}
        answer = await self._once("POST", "/auth/token", {}, None, data=form)
        if answer is None or not answer.is_success:
            await asyncio.sleep(_PAUSE)
            return False
        self._token = answer.json()["access_token"]
        return True
