"""The rules for e-mail addresses, names, passwords, sessions and secrets on the wire."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from contracts.identity import IssueToken, RefreshToken, Register, Tokens
from services.identity.model import (
    InvalidEmail,
    InvalidKey,
    InvalidName,
    InvalidPassword,
    Newcomer,
    Renewal,
    Session,
    checked_key,
    hash_of,
    normal_email,
)
from shared.cause import new_id

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class TestNewcomer:
    @pytest.mark.parametrize(
        ("written", "normal"),
        [
            ("Ada@Example.ORG", "ada@example.org"),
            ("  ada@example.org ", "ada@example.org"),
            ("ada+study@example.org", "ada+study@example.org"),
            ("ada@nas.local", "ada@nas.local"),
            ("ada@mesh.test", "ada@mesh.test"),
            ("ada@localhost", "ada@localhost"),
            ("ada@BÜCHER.example", "ada@bücher.example"),
        ],
    )
    def test_an_address_has_one_form(self, written: str, normal: str) -> None:
        assert normal_email(written) == normal

    @pytest.mark.parametrize(
        "written",
        [
            "",
            "ada",
            "ada@",
            "@example.org",
            "a b@example.org",
            "ada@host",
            "a@b@c.org",
            "ada\0@example.org",
            "ada@example.org\nBcc: eve@example.org",
            "x" * 400 + "@example.org",
        ],
    )
    def test_what_is_no_address_is_refused(self, written: str) -> None:
        with pytest.raises(InvalidEmail):
            normal_email(written)

    @pytest.mark.parametrize("password", ["", "1234567", "x" * 129])
    def test_a_password_has_8_to_128_characters(self, password: str) -> None:
        with pytest.raises(InvalidPassword, match="characters") as refused:
            Newcomer.checked("ada@example.org", "Ada", password)

        assert refused.value.details().status == 422
        if password:
            assert password not in str(refused.value.details())

    @pytest.mark.parametrize("password", ["12345678", "x" * 128, "päßwörter", "correct horse"])
    def test_any_characters_will_do_for_a_password(self, password: str) -> None:
        newcomer = Newcomer.checked("ada@example.org", "Ada", password)

        assert newcomer.password == password

    def test_the_same_letters_are_the_same_password_on_every_keyboard(self) -> None:
        composed = Newcomer.checked("ada@example.org", "Ada", "p\u00e4sswort")
        combined = Newcomer.checked("ada@example.org", "Ada", "pa\u0308sswort")

        assert composed.password == combined.password

    @pytest.mark.parametrize("name", ["", "   ", "A\0", "A\nB", "x" * 201])
    def test_a_name_is_short_and_printable(self, name: str) -> None:
        with pytest.raises(InvalidName):
            Newcomer.checked("ada@example.org", name, "correct horse")

    @pytest.mark.parametrize("key", ["", "x" * 256, "a\nb"])
    def test_an_idempotency_key_is_short_and_printable(self, key: str) -> None:
        with pytest.raises(InvalidKey):
            checked_key(key)


class TestSession:
    def test_once_ended_it_stays_ended_when_it_was(self) -> None:
        ended = Session.new(new_id(), NOW).ended(NOW)

        assert ended.ended(NOW + timedelta(hours=1)) == ended


class TestRenewal:
    def test_only_the_hash_of_a_token_is_kept(self) -> None:
        token, renewal = Renewal.new(new_id(), NOW, timedelta(days=1))

        assert len(token) >= 43
        assert renewal.token_hash == hash_of(token)
        assert token not in repr(renewal)


class TestSecrets:
    @pytest.mark.parametrize(
        "message",
        [
            Register(email="ada@example.org", password=SecretStr("s3cret-s3cret"), name="Ada"),
            IssueToken(email="ada@example.org", password=SecretStr("s3cret-s3cret")),
            RefreshToken(refresh_token=SecretStr("s3cret-s3cret")),
        ],
    )
    def test_a_secret_travels_and_is_shown_to_nobody(
        self, message: Register | IssueToken | RefreshToken
    ) -> None:
        wire = message.model_dump_json()

        assert "s3cret-s3cret" in wire
        assert type(message).model_validate_json(wire) == message
        assert "s3cret" not in f"{message} {message!r} {message.model_dump()}"

    def test_tokens_travel_and_are_not_shown_either(self) -> None:
        tokens = Tokens(access_token="s3cret", refresh_token="s3cret", expires_in=900)

        assert "s3cret" in tokens.model_dump_json()
        assert "s3cret" not in f"{tokens} {tokens!r}"
