"""Letting people in, keeping their sessions, and ending them."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from pydantic import SecretStr

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
from services.identity.keys import TokenTerms, Vault, ready_signer
from services.identity.model import (
    BadCredentials,
    EmailTaken,
    InvalidPassword,
    InvalidRefreshToken,
    KeyReused,
    Unauthenticated,
)
from services.identity.service import Identity
from shared.cause import Cause, new_id
from tests.unit.identity.fakes import LIVES, FakePasswords, FakeSigner, FakeStore

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOBODY = Cause()
ADA = Register(email="Ada@example.org", password=SecretStr("correct horse"), name="Ada")
SIGN_IN = IssueToken(email="ada@EXAMPLE.org", password=SecretStr("correct horse"))


@dataclass
class World:
    """Identity on fakes, and a clock that is moved by hand."""

    store: FakeStore = field(default_factory=FakeStore)
    passwords: FakePasswords = field(default_factory=FakePasswords)
    now: datetime = NOW

    @property
    def identity(self) -> Identity:
        return Identity(self.store, self.passwords, FakeSigner(), LIVES, now=lambda: self.now)

    async def signed_in(self) -> Tokens:
        await self.identity.register(ADA, NOBODY)
        return await self.identity.issue(SIGN_IN, NOBODY)

    async def refreshed(self, tokens: Tokens) -> Tokens:
        asked = RefreshToken(refresh_token=SecretStr(tokens.refresh_token))
        return await self.identity.refresh(asked, NOBODY)


def caller(tokens: Tokens) -> Cause:
    user, session, _ = tokens.access_token.split()
    return Cause(actor=UUID(user), session=UUID(session))


@pytest.fixture
def world() -> World:
    return World()


class TestRegister:
    async def test_the_first_is_administrator_and_all_others_learn(self, world: World) -> None:
        first = await world.identity.register(ADA, NOBODY)
        second = await world.identity.register(
            ADA.model_copy(update={"email": "b@example.org"}), NOBODY
        )

        assert (first.role, second.role) == ("administrator", "learner")
        assert first.email == "ada@example.org"
        assert world.store.said == [UserRegistered(user_id=one.id) for one in (first, second)]

    async def test_an_address_that_is_taken_changes_nothing(self, world: World) -> None:
        await world.identity.register(ADA, NOBODY)

        with pytest.raises(EmailTaken) as refused:
            await world.identity.register(ADA, NOBODY)

        assert refused.value.details().status == 409
        assert "another address" in refused.value.details().detail
        assert len(world.store.rows.people) == len(world.store.said) == 1

    async def test_a_weak_password_is_not_even_hashed(self, world: World) -> None:
        with pytest.raises(InvalidPassword):
            await world.identity.register(
                Register(email="ada@example.org", password=SecretStr("short"), name="Ada"), NOBODY
            )

        assert world.store.rows.people == {}

    async def test_the_same_key_and_fields_answer_the_first_result(self, world: World) -> None:
        asked = ADA.model_copy(update={"idempotency_key": "k"})

        first, second = [await world.identity.register(asked, NOBODY) for _ in range(2)]

        assert first == second
        assert len(world.store.said) == 1

    @pytest.mark.parametrize(
        "other",
        [
            {"email": "b@example.org"},
            {"name": "Bob"},
            {"password": Register(email="", password=SecretStr("wrong horse"), name="").password},
        ],
    )
    async def test_the_same_key_with_other_fields_is_refused(
        self, world: World, other: dict[str, object]
    ) -> None:
        asked = ADA.model_copy(update={"idempotency_key": "k"})
        await world.identity.register(asked, NOBODY)

        with pytest.raises(KeyReused):
            await world.identity.register(asked.model_copy(update=other), NOBODY)

        assert len(world.store.rows.people) == 1

    async def test_a_key_is_free_again_after_a_day(self, world: World) -> None:
        asked = ADA.model_copy(update={"idempotency_key": "k"})
        await world.identity.register(asked, NOBODY)
        world.now += timedelta(hours=25)

        with pytest.raises(EmailTaken):
            await world.identity.register(asked, NOBODY)
        other = asked.model_copy(update={"email": "b@example.org"})
        assert (await world.identity.register(other, NOBODY)).email == "b@example.org"


class TestIssue:
    async def test_the_right_password_begins_a_session(self, world: World) -> None:
        tokens = await world.signed_in()

        (session,) = world.store.rows.sessions.values()
        assert caller(tokens).session == session.id
        assert (tokens.token_type, tokens.expires_in) == ("bearer", 900)

    @pytest.mark.parametrize(
        ("email", "password"),
        [
            ("ada@example.org", "wrong horse"),
            ("ada@example.org", ""),
            ("eve@example.org", "correct horse"),
            ("not an address", "correct horse"),
        ],
    )
    async def test_anything_else_is_refused_after_as_much_work(
        self, world: World, email: str, password: str
    ) -> None:
        await world.identity.register(ADA, NOBODY)

        with pytest.raises(BadCredentials) as refused:
            await world.identity.issue(
                IssueToken(email=email, password=SecretStr(password)), NOBODY
            )

        assert refused.value.details().status == 401
        assert refused.value.details().detail.startswith("Check both")
        assert len(world.passwords.compared) == 1
        assert world.store.rows.sessions == {}

    async def test_a_hash_under_old_terms_is_renewed(self, world: World) -> None:
        await world.identity.register(ADA, NOBODY)
        world.passwords.terms = "tomorrow"

        await world.identity.issue(SIGN_IN, NOBODY)

        (person,) = world.store.rows.people.values()
        assert person.password_hash == "tomorrow:correct horse"


class TestRefresh:
    async def test_each_token_is_good_once_and_the_session_stays(self, world: World) -> None:
        first = await world.signed_in()

        second = await world.refreshed(first)
        third = await world.refreshed(second)

        assert caller(first).session == caller(third).session
        assert len({one.refresh_token for one in (first, second, third)}) == 3

    async def test_a_token_that_comes_twice_ends_its_session_and_all_its_tokens(
        self, world: World
    ) -> None:
        first = await world.signed_in()
        second = await world.refreshed(first)

        with pytest.raises(InvalidRefreshToken):
            await world.refreshed(first)
        with pytest.raises(InvalidRefreshToken):
            await world.refreshed(second)

        me = caller(first)
        assert world.store.said[1:] == [SessionEnded(session_id=me.session, user_id=me.actor)]  # type: ignore[arg-type]  # both are there

    async def test_another_session_of_the_same_person_goes_on(self, world: World) -> None:
        first = await world.signed_in()
        other = await world.identity.issue(SIGN_IN, NOBODY)
        await world.refreshed(first)
        with pytest.raises(InvalidRefreshToken):
            await world.refreshed(first)

        await world.refreshed(other)

    async def test_an_unknown_or_expired_token_is_refused_and_ends_nothing(
        self, world: World
    ) -> None:
        tokens = await world.signed_in()
        world.now += timedelta(days=31)

        for token in (tokens.refresh_token, "made up", ""):
            with pytest.raises(InvalidRefreshToken):
                await world.identity.refresh(RefreshToken(refresh_token=SecretStr(token)), NOBODY)

        assert len(world.store.said) == 1


class TestEnd:
    async def test_a_session_that_ended_is_told_and_renews_no_more(self, world: World) -> None:
        tokens = await world.signed_in()

        for _ in range(2):
            await world.identity.end(EndSession(), caller(tokens))

        with pytest.raises(InvalidRefreshToken):
            await world.refreshed(tokens)
        assert [type(said) for said in world.store.said] == [UserRegistered, SessionEnded]
        listed = await world.identity.ended_sessions(ListEndedSessions(), NOBODY)
        assert [one.session_id for one in listed.sessions] == [caller(tokens).session]

    async def test_sessions_whose_tokens_have_expired_are_not_listed(self, world: World) -> None:
        tokens = await world.signed_in()
        await world.identity.end(EndSession(), caller(tokens))
        world.now += timedelta(seconds=1000)

        listed = await world.identity.ended_sessions(ListEndedSessions(), NOBODY)

        assert listed.sessions == []

    async def test_nobody_ends_somebody_elses_session(self, world: World) -> None:
        tokens = await world.signed_in()

        await world.identity.end(EndSession(), replace(caller(tokens), actor=new_id()))
        with pytest.raises(Unauthenticated):
            await world.identity.end(EndSession(), NOBODY)

        await world.refreshed(tokens)


class TestDescribe:
    async def test_the_caller_is_told_who_they_are(self, world: World) -> None:
        user = await world.identity.register(ADA, NOBODY)

        assert await world.identity.describe(DescribeMe(), Cause(actor=user.id)) == user

    @pytest.mark.parametrize("cause", [NOBODY, Cause(actor=new_id())])
    async def test_who_is_nobody_is_told_to_sign_in(self, world: World, cause: Cause) -> None:
        with pytest.raises(Unauthenticated):
            await world.identity.describe(DescribeMe(), cause)


class TestSigningKeys:
    async def test_only_public_halves_are_told(self, world: World) -> None:
        terms = TokenTerms("a", "b", LIVES.access)
        await ready_signer(world.store, Vault(), terms, NOW)

        (jwk,) = (await world.identity.signing_keys(ListSigningKeys(), NOBODY)).keys

        assert set(jwk) == {"kty", "crv", "x", "kid", "use", "alg"}


class TestSweep:
    async def test_what_is_over_for_long_is_forgotten(self, world: World) -> None:
        await world.signed_in()
        world.now += timedelta(days=61)

        await world.identity.sweep()

        assert world.store.rows.sessions == {}
        assert world.store.rows.renewals == {}
        assert len(world.store.rows.people) == 1
