"""PostgreSQL keeps the promises that identity counts on, also when many come at once."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from pydantic import SecretStr

from contracts.identity import IssueToken, RefreshToken, Register, Tokens, User
from services.identity.keys import TokenTerms, Vault, ready_signer
from services.identity.model import EmailTaken, InvalidRefreshToken
from services.identity.service import Identity
from services.identity.store import PostgresStore
from shared.cause import Cause
from shared.database import Database
from shared.migrations import upgrade
from tests.servers import Postgres
from tests.unit.identity.behaviour import NOW, StoreBehaviour
from tests.unit.identity.fakes import LIVES, FakePasswords, FakeSigner

NOBODY = Cause()


@pytest.fixture
async def store(postgres: Postgres) -> AsyncGenerator[PostgresStore]:
    url = await postgres.fresh_database()
    await upgrade(url, "identity")
    database = await Database.connect(url, source="identity")
    yield PostgresStore(database)
    await database.close()


@pytest.fixture
def identity(store: PostgresStore) -> Identity:
    return Identity(store, FakePasswords(), FakeSigner(), LIVES)


def newcomer(email: str, key: str | None = None) -> Register:
    return Register(
        email=email, password=SecretStr("correct horse"), name="Ada", idempotency_key=key
    )


class TestPostgresStore(StoreBehaviour):
    pass


class TestAtOnce:
    async def test_of_many_who_register_at_once_one_is_administrator(
        self, identity: Identity
    ) -> None:
        asked = [newcomer(f"{n}@example.org") for n in range(12)]

        users = await asyncio.gather(*(identity.register(one, NOBODY) for one in asked))

        assert sorted(user.role for user in users) == ["administrator"] + 11 * ["learner"]

    async def test_of_many_who_want_one_address_one_gets_it(self, identity: Identity) -> None:
        asked = [identity.register(newcomer("ada@example.org"), NOBODY) for _ in range(8)]

        outcomes = await asyncio.gather(*asked, return_exceptions=True)

        refused = [type(one) for one in outcomes if not isinstance(one, User)]
        assert refused == [EmailTaken] * 7

    async def test_the_same_key_at_once_registers_one_and_answers_all(
        self, identity: Identity
    ) -> None:
        asked = [identity.register(newcomer("ada@example.org", "k"), NOBODY) for _ in range(8)]

        users = await asyncio.gather(*asked)

        assert len({user.id for user in users}) == 1

    async def test_of_one_refresh_token_used_at_once_at_most_one_pair_comes_and_none_lives(
        self, identity: Identity
    ) -> None:
        await identity.register(newcomer("ada@example.org"), NOBODY)
        asked = IssueToken(email="ada@example.org", password=SecretStr("correct horse"))
        token = RefreshToken(
            refresh_token=SecretStr((await identity.issue(asked, NOBODY)).refresh_token)
        )

        outcomes = await asyncio.gather(
            *(identity.refresh(token, NOBODY) for _ in range(6)), return_exceptions=True
        )

        (pair,) = [one for one in outcomes if isinstance(one, Tokens)]
        with pytest.raises(InvalidRefreshToken):
            await identity.refresh(
                RefreshToken(refresh_token=SecretStr(pair.refresh_token)), NOBODY
            )

    async def test_replicas_that_start_at_once_share_one_key(self, store: PostgresStore) -> None:
        terms = TokenTerms("studymesh", "studymesh", LIVES.access)
        starting = (ready_signer(store, Vault("secret"), terms, NOW) for _ in range(6))

        signers = await asyncio.gather(*starting)

        async with store.begin(NOBODY) as tx:
            (key,) = await tx.signing_keys()
        assert {signer._kid for signer in signers} == {key.kid}
