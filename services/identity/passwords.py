"""Argon2id: hashes passwords slowly, in a few threads of its own."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from shared.problems import Away

T = TypeVar("T")


class Argon2Passwords:
    """`Passwords` by argon2id. The threads bound how much memory hashing takes at once.

    More than `queue` waiting are turned away with `Away`: a flood of guesses must not make those
    who know their password wait behind it for longer than anybody waits for an answer.
    """

    def __init__(self, *, memory_kib: int, rounds: int, threads: int, queue: int) -> None:
        self._hasher = PasswordHasher(
            time_cost=rounds, memory_cost=memory_kib, parallelism=1, type=Type.ID
        )
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._places = threads + queue
        # What an unknown person's password is compared with, so that it takes as long.
        self._nobody = self._hasher.hash("nobody")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        return await self._slowly(self._hasher.hash, password)

    async def match(self, password: str, password_hash: str | None) -> bool:
        known = password_hash or self._nobody
        same = await self._slowly(self._same, known, password)
        return same and password_hash is not None

    def outdated(self, password_hash: str) -> bool:
        return self._hasher.check_needs_rehash(password_hash)

    async def _slowly(self, work: Callable[..., T], *arguments: str) -> T:
        if self._places == 0:
            raise Away("too many people sign in at this moment; try again in a second")
        self._places -= 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, work, *arguments)
        finally:
            self._places += 1

    def _same(self, known: str, password: str) -> bool:
        try:
            return self._hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False
