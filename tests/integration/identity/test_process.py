"""The whole service on real servers: tokens verify, sessions end, secrets stay secret."""

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import jwt
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from contracts.identity import (
    DescribeMe,
    EndSession,
    IssueToken,
    ListEndedSessions,
    ListSigningKeys,
    RefreshToken,
    Register,
    SessionEnded,
    Tokens,
    UserRegistered,
)
from shared.bus import Bus
from shared.cause import Cause
from shared.problems import Problem, Refused
from tests.integration.shared.service_process import Ear, ServiceProcess, provisioned
from tests.servers import Postgres
from tests.waiting import until

NOBODY = Cause()
PASSWORD = "c0rrect-h0rse-battery"


@pytest.fixture
async def identity(
    server_directory: Path, postgres: Postgres, tmp_path: Path
) -> AsyncGenerator[ServiceProcess]:
    log = tmp_path / "identity.log"
    async with provisioned(
        "identity", server_directory, postgres, log, key_secret="vault-s3cret", log_level="debug"
    ) as identity:
        yield identity


@pytest.fixture
async def bus(identity: ServiceProcess) -> AsyncGenerator[Bus]:
    async with identity.somebody() as bus:
        yield bus


def newcomer(email: str = "ada@example.org", password: str = PASSWORD) -> Register:
    return Register(email=email, password=SecretStr(password), name="Ada")


async def sign_in(bus: Bus, password: str = PASSWORD, email: str = "ada@example.org") -> Tokens:
    asked = IssueToken(email=email, password=SecretStr(password))
    return await bus.ask(asked, NOBODY, within=30)


async def caller(bus: Bus, tokens: Tokens) -> Cause:
    """Verify an access token as the gateway does: by the key it names, and every claim."""
    header = jwt.get_unverified_header(tokens.access_token)
    assert header["typ"] == "at+jwt"
    keys = (await bus.ask(ListSigningKeys(), NOBODY)).keys
    (jwk,) = [key for key in keys if key["kid"] == header["kid"]]
    claims = jwt.decode(
        tokens.access_token,
        jwt.PyJWK(jwk),
        algorithms=["EdDSA"],
        audience="studymesh",
        issuer="studymesh",
        options={"require": ["exp", "iat", "sub", "sid", "jti", "role"]},
    )
    return Cause(actor=UUID(claims["sub"]), session=UUID(claims["sid"]), role=claims["role"])


class TestIdentity:
    async def test_somebody_comes_in_is_known_and_goes(
        self, identity: ServiceProcess, bus: Bus
    ) -> None:
        ear = Ear()
        await ear.listen(bus, UserRegistered, SessionEnded)

        async with identity.running():
            user = await bus.ask(newcomer(), NOBODY)
            tokens = await sign_in(bus)
            me = await caller(bus, tokens)
            assert await bus.ask(DescribeMe(), me) == user
            assert me.role == user.role == "administrator"
            fresh = await bus.ask(
                RefreshToken(refresh_token=SecretStr(tokens.refresh_token)), NOBODY
            )
            assert (await caller(bus, fresh)).session == me.session
            await bus.ask(EndSession(), me)
            ended = await bus.ask(ListEndedSessions(), NOBODY)
            await until(lambda: len(ear.heard) == 2)

        assert me.session is not None
        assert ear.heard == [
            UserRegistered(user_id=user.id),
            SessionEnded(session_id=me.session, user_id=user.id),
        ]
        assert [one.session_id for one in ended.sessions] == [me.session]

    async def test_tokens_stay_valid_over_a_restart(
        self, identity: ServiceProcess, bus: Bus
    ) -> None:
        async with identity.running():
            await bus.ask(newcomer(), NOBODY)
            tokens = await sign_in(bus)

        async with identity.running():
            await caller(bus, tokens)
            await bus.ask(RefreshToken(refresh_token=SecretStr(tokens.refresh_token)), NOBODY)

    async def test_another_secret_for_the_keys_is_said_plainly(
        self, identity: ServiceProcess, bus: Bus
    ) -> None:
        async with identity.running():
            await bus.ask(ListSigningKeys(), NOBODY)

        assert await identity.refusal(key_secret="another") == 78

        assert "identity: MESH_IDENTITY_KEY_SECRET is not the secret that" in identity.said()

    async def test_wrong_and_unknown_are_refused_alike_and_take_as_long(
        self, identity: ServiceProcess, bus: Bus
    ) -> None:
        async with identity.running():
            await bus.ask(newcomer(), NOBODY)
            wrong = [await _refused(bus, "ada@example.org") for _ in range(7)]
            unknown = [await _refused(bus, "eve@example.org") for _ in range(7)]

        assert {code for code, _ in wrong + unknown} == {"bad-credentials"}
        fastest_wrong, fastest_unknown = (min(took for _, took in one) for one in (wrong, unknown))
        assert 0.5 < fastest_unknown / fastest_wrong < 2

    async def test_hashing_holds_up_nobody_else(self, identity: ServiceProcess, bus: Bus) -> None:
        async with identity.running(hash_rounds="8"):
            user = await bus.ask(newcomer(), NOBODY)
            me = replace(NOBODY, actor=user.id)
            signing_in = asyncio.gather(*(sign_in(bus) for _ in range(6)))
            answered = 0
            while not signing_in.done():
                await bus.ask(DescribeMe(), me)
                answered += 1
            await signing_in

        # Were the hashing done on the loop, about one answer would squeeze in between two hashes.
        assert answered > 20

    async def test_no_password_token_or_key_is_in_a_log_a_problem_an_event_or_the_database(
        self, identity: ServiceProcess, bus: Bus
    ) -> None:
        problems: list[Problem] = []
        async with identity.running():
            await bus.ask(newcomer(), NOBODY)
            tokens = await sign_in(bus)
            stale = RefreshToken(refresh_token=SecretStr(tokens.refresh_token + "!"))
            for asked in (
                bus.ask(newcomer(), NOBODY),
                bus.ask(newcomer("no address"), NOBODY),
                bus.ask(newcomer("b@example.org", PASSWORD * 10), NOBODY),
                sign_in(bus, PASSWORD + "!"),
                bus.ask(stale, NOBODY),
            ):
                with pytest.raises(Refused) as refused:
                    await asked
                problems.append(refused.value)
        database = await identity.database()
        async with database.reading() as session:
            written = [
                str((await session.execute(text(f"TABLE {table}"))).all())
                for table in ("people", "sessions", "renewals", "signing_keys", "outbox")
            ]
        await database.close()

        assert len(problems) == 5
        shown = identity.said() + "".join(written) + "".join(str(one.details()) for one in problems)
        for secret in (PASSWORD, tokens.refresh_token, tokens.access_token, "vault-s3cret"):
            assert secret not in shown


async def _refused(bus: Bus, email: str) -> tuple[str, float]:
    started = time.perf_counter()
    with pytest.raises(Refused) as refused:
        await sign_in(bus, "wrong horse", email)
    assert refused.value.status == 401
    return refused.value.code, time.perf_counter() - started
