"""The fakes keep their ports' promises, and so does argon2id."""

import asyncio
import time
from collections.abc import Generator

import pytest

from services.identity.passwords import Argon2Passwords
from shared.problems import Away
from tests.unit.identity.behaviour import PasswordsBehaviour, StoreBehaviour
from tests.unit.identity.fakes import FakePasswords, FakeStore


class TestFakeStore(StoreBehaviour):
    @pytest.fixture
    def store(self) -> FakeStore:
        return FakeStore()


class TestFakePasswords(PasswordsBehaviour):
    @pytest.fixture
    def passwords(self) -> FakePasswords:
        return FakePasswords()


class TestArgon2Passwords(PasswordsBehaviour):
    @pytest.fixture
    def passwords(self) -> Generator[Argon2Passwords]:
        with Argon2Passwords(memory_kib=8192, rounds=3, threads=1, queue=4) as passwords:
            yield passwords

    async def test_it_is_argon2id_with_a_salt(self, passwords: Argon2Passwords) -> None:
        first, second = [await passwords.hash("correct horse") for _ in range(2)]

        assert first.startswith("$argon2id$v=19$m=8192,t=3,p=1$")
        assert first != second

    async def test_other_terms_make_a_hash_outdated(self, passwords: Argon2Passwords) -> None:
        with Argon2Passwords(memory_kib=64, rounds=1, threads=1, queue=4) as cheap:
            assert passwords.outdated(await cheap.hash("correct horse"))

    async def test_a_flood_is_turned_away_instead_of_making_everybody_wait(
        self, passwords: Argon2Passwords
    ) -> None:
        tries = [passwords.hash("guess") for _ in range(20)]

        ends = await asyncio.gather(*tries, return_exceptions=True)

        assert sum(isinstance(end, Away) for end in ends) == 15
        assert await passwords.hash("afterwards")

    async def test_what_is_no_hash_matches_nothing(self, passwords: Argon2Passwords) -> None:
        assert not await passwords.match("correct horse", "correct horse")

    async def test_nobody_takes_as_long_as_somebody(self, passwords: Argon2Passwords) -> None:
        kept = await passwords.hash("correct horse")

        somebody = await _fastest(passwords, kept)
        nobody = await _fastest(passwords, None)

        assert 0.4 < nobody / somebody < 2.5


async def _fastest(passwords: Argon2Passwords, kept: str | None) -> float:
    taken = []
    for _ in range(15):
        started = time.perf_counter()
        await passwords.match("wrong horse", kept)
        taken.append(time.perf_counter() - started)
    return min(taken)
