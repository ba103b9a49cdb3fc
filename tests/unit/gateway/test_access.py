"""Who is let in, and that nobody else is."""

import json
import time
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest

from contracts.identity import EndedSession, EndedSessions, ListSigningKeys, SessionEnded
from services.gateway.access import Access
from services.gateway.model import NotSignedIn
from shared.cause import Cause, new_id
from shared.problems import Away
from tests.unit.gateway.conftest import somebody
from tests.unit.gateway.fakes import FakeMesh, Signer

CALLER = somebody()


@pytest.fixture
def mesh() -> FakeMesh:
    return FakeMesh()


@pytest.fixture
def signer(mesh: FakeMesh) -> Signer:
    signer = Signer()
    mesh.trust(signer)
    return signer


class TestTokens:
    async def test_a_valid_token_says_who_calls(self, mesh: FakeMesh, signer: Signer) -> None:
        assert await Access(mesh).admit(signer.token(CALLER)) == CALLER

    @pytest.mark.parametrize(
        "changed",
        [
            {"exp": int(time.time()) - 10},
            {"iss": "somebody else"},
            {"aud": "somewhere else"},
            {"sub": "no id"},
            {"sid": None},
            {"exp": None},
        ],
    )
    async def test_a_claim_that_is_wrong_lets_nobody_in(
        self, mesh: FakeMesh, signer: Signer, changed: dict[str, Any]
    ) -> None:
        with pytest.raises(NotSignedIn):
            await Access(mesh).admit(signer.token(CALLER, **changed))

    async def test_another_kind_of_token_lets_nobody_in(
        self, mesh: FakeMesh, signer: Signer
    ) -> None:
        with pytest.raises(NotSignedIn, match="not an access token"):
            await Access(mesh).admit(signer.token(CALLER, typ="JWT"))

    @pytest.mark.parametrize("typ", [7, ["at+jwt"], {"at+jwt": 1}])
    async def test_a_kind_that_is_no_text_lets_nobody_in(
        self, mesh: FakeMesh, signer: Signer, typ: object
    ) -> None:
        _, claims, signature = signer.token(CALLER).split(".")
        header = json.dumps({"alg": "EdDSA", "kid": signer.kid, "typ": typ}).encode()

        with pytest.raises(NotSignedIn, match="not an access token"):
            await Access(mesh).admit(
                f"{urlsafe_b64encode(header).rstrip(b'=').decode()}.{claims}.{signature}"
            )

    async def test_a_key_of_the_same_name_but_not_ours_lets_nobody_in(
        self, mesh: FakeMesh, signer: Signer
    ) -> None:
        with pytest.raises(NotSignedIn, match="not valid"):
            await Access(mesh).admit(Signer(kid=signer.kid).token(CALLER))

    async def test_unsigned_and_symmetric_tokens_let_nobody_in(
        self, mesh: FakeMesh, signer: Signer
    ) -> None:
        headers = {"typ": "at+jwt", "kid": signer.kid}
        claims = {"sub": str(CALLER.user), "sid": str(CALLER.session), "role": "administrator"}
        for key, algorithm in (("", "none"), (signer.jwk()["x"], "HS256")):
            forged = jwt.encode(claims, key, algorithm=algorithm, headers=headers)
            with pytest.raises(NotSignedIn):
                await Access(mesh).admit(forged)

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJFZERTQSJ9..", "\N{SNOWMAN}"])
    async def test_rubbish_lets_nobody_in(self, mesh: FakeMesh, signer: Signer, token: str) -> None:
        mesh.trust(signer)

        with pytest.raises(NotSignedIn):
            await Access(mesh).admit(token)


class TestKeys:
    async def test_a_new_key_is_looked_for_once(self, mesh: FakeMesh, signer: Signer) -> None:
        now = [100.0]
        access = Access(mesh, lambda: now[0])
        await access.admit(signer.token(CALLER))
        newer = Signer(kid="k2")
        mesh.trust(signer, newer)
        now[0] += 10

        assert await access.admit(newer.token(CALLER)) == CALLER
        assert await access.admit(newer.token(CALLER)) == CALLER
        assert len(mesh.of(ListSigningKeys)) == 2

    async def test_forged_key_ids_do_not_ask_identity_each_time(
        self, mesh: FakeMesh, signer: Signer
    ) -> None:
        access = Access(mesh, lambda: 100.0)
        await access.admit(signer.token(CALLER))

        for number in range(10):
            with pytest.raises(NotSignedIn, match="not signed by us"):
                await access.admit(Signer(kid=f"forged {number}").token(CALLER))

        assert len(mesh.of(ListSigningKeys)) == 1

    async def test_a_retired_key_is_refused_after_a_refresh(
        self, mesh: FakeMesh, signer: Signer
    ) -> None:
        access = Access(mesh)
        await access.admit(token := signer.token(CALLER))
        mesh.trust(Signer(kid="k2"))

        await access.refresh()

        with pytest.raises(NotSignedIn):
            await access.admit(token)

    async def test_while_identity_is_away_known_keys_still_count(
        self, mesh: FakeMesh, signer: Signer
    ) -> None:
        access = Access(mesh)
        await access.refresh()
        mesh.answers.clear()

        assert await access.admit(signer.token(CALLER)) == CALLER

    async def test_without_any_key_it_is_nobodys_fault(self) -> None:
        with pytest.raises(Away):
            await Access(FakeMesh()).admit(Signer().token(CALLER))


class TestSessions:
    async def test_an_ended_session_is_refused_at_once(
        self, mesh: FakeMesh, signer: Signer
    ) -> None:
        access = Access(mesh)
        await access.admit(token := signer.token(CALLER))

        ended = SessionEnded(session_id=CALLER.session, user_id=CALLER.user)
        await access.end(ended, Cause())

        with pytest.raises(NotSignedIn, match="has ended"):
            await access.admit(token)

    async def test_what_ended_while_nobody_listened_is_asked_for(
        self, mesh: FakeMesh, signer: Signer
    ) -> None:
        over = EndedSession(session_id=CALLER.session, ended_at=datetime.now(UTC))
        mesh.trust(signer, ended=EndedSessions(sessions=[over]))
        access = Access(mesh)

        await access.refresh()

        with pytest.raises(NotSignedIn, match="has ended"):
            await access.admit(signer.token(CALLER))

    async def test_who_watches_a_session_is_woken_when_it_ends(self, mesh: FakeMesh) -> None:
        access = Access(mesh)
        event = access.watch(session := new_id())

        await access.end(SessionEnded(session_id=session, user_id=new_id()), Cause())

        assert event.is_set()
        access.unwatch(session, event)
        assert access.watch(session).is_set()
