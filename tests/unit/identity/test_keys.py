"""Signing keys and the tokens signed with them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest

from services.identity.keys import CannotUnlock, TokenTerms, Vault, ready_signer
from services.identity.model import Role, Session
from shared.cause import new_id
from tests.unit.identity.fakes import FakeStore

NOW = datetime.now(UTC).replace(microsecond=0)
TERMS = TokenTerms("studymesh", "studymesh", timedelta(days=1))
SESSION = Session.new(new_id(), NOW)


async def signed(store: FakeStore, vault: Vault | None = None) -> str:
    signer = await ready_signer(store, vault or Vault(), TERMS, NOW)
    return signer.sign(SESSION, Role.ADMINISTRATOR, now=NOW)


def read(token: str, store: FakeStore) -> dict[str, object]:
    kid = jwt.get_unverified_header(token)["kid"]
    key = jwt.PyJWK(dict(store.rows.keys[kid].jwk))
    claims: dict[str, object] = jwt.decode(
        token, key, algorithms=["EdDSA"], issuer="studymesh", audience="studymesh"
    )
    return claims


class TestTokens:
    async def test_a_token_says_who_for_whom_and_until_when(self) -> None:
        store = FakeStore()

        token = await signed(store)

        assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
        claims = read(token, store)
        assert UUID(str(claims.pop("jti"))).version == 7
        assert claims == {
            "iss": "studymesh",
            "aud": "studymesh",
            "client_id": "studymesh",
            "sub": str(SESSION.user_id),
            "sid": str(SESSION.id),
            "role": "administrator",
            "iat": int(NOW.timestamp()),
            "exp": int((NOW + timedelta(days=1)).timestamp()),
        }

    async def test_a_changed_token_is_not_valid(self) -> None:
        store = FakeStore()
        head, body, signature = (await signed(store)).split(".")
        other = (await signed(store)).split(".")[1]

        assert body != other
        with pytest.raises(jwt.InvalidSignatureError):
            read(f"{head}.{other}.{signature}", store)


class TestReadySigner:
    async def test_the_first_start_makes_a_key_and_later_ones_use_it(self) -> None:
        store = FakeStore()

        tokens = [await signed(store) for _ in range(2)]

        (key,) = store.rows.keys.values()
        assert all(read(token, store) for token in tokens)
        assert key.jwk["kid"] == key.kid
        assert "d" not in key.jwk

    async def test_a_secret_seals_the_key_that_was_plain(self) -> None:
        store = FakeStore()
        before = await signed(store)
        (plain,) = store.rows.keys.values()

        after = await signed(store, Vault("secret"))

        (sealed,) = store.rows.keys.values()
        assert sealed.sealed
        assert plain.private not in sealed.private
        assert read(before, store)
        assert read(after, store)
        assert await signed(store, Vault("secret"))

    @pytest.mark.parametrize("secret", ["", "other"])
    async def test_without_its_secret_a_sealed_key_is_of_no_use(self, secret: str) -> None:
        store = FakeStore()
        await signed(store, Vault("secret"))

        with pytest.raises(CannotUnlock, match="MESH_IDENTITY_KEY_SECRET"):
            await signed(store, Vault(secret))
