"""What every store of people and every way of hashing passwords promises."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from contracts.identity import UserRegistered
from services.identity.model import (
    EmailTaken,
    Newcomer,
    Person,
    Remembered,
    Renewal,
    Role,
    Session,
)
from services.identity.ports import Passwords, SigningKey, Store
from shared.cause import Cause, new_id

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(hours=24)


def somebody(email: str | None = None) -> Person:
    newcomer = Newcomer(email or f"{uuid4().hex}@example.org", "Ada", "correct horse")
    return Person.new(newcomer, "hash", Role.LEARNER, NOW)


class StoreBehaviour:
    """Inherit, provide an empty `store`, and be held to it."""

    async def test_only_a_mesh_without_people_waits_for_its_first(self, store: Store) -> None:
        async with store.begin(Cause()) as tx:
            assert await tx.first()
            await tx.add_person(somebody())

        async with store.begin(Cause()) as tx:
            assert not await tx.first()

    async def test_a_person_is_found_by_id_and_by_address(self, store: Store) -> None:
        person = somebody()
        async with store.begin(Cause()) as tx:
            await tx.add_person(person)

        async with store.begin(Cause()) as tx:
            assert await tx.person(person.id) == person
            assert await tx.person_of(person.email) == person
            assert await tx.person(new_id()) is None
            assert await tx.person_of("nobody@example.org") is None

    async def test_an_address_belongs_to_one_person(self, store: Store) -> None:
        person = somebody()
        async with store.begin(Cause()) as tx:
            await tx.add_person(person)

        with pytest.raises(EmailTaken):
            async with store.begin(Cause()) as tx:
                await tx.add_person(somebody(person.email))

    async def test_a_new_password_replaces_the_old_one(self, store: Store) -> None:
        person = somebody()
        async with store.begin(Cause()) as tx:
            await tx.add_person(person)
            await tx.put_password(person.id, "other")

        async with store.begin(Cause()) as tx:
            found = await tx.person(person.id)
        assert found is not None
        assert found.password_hash == "other"

    async def test_a_key_is_remembered_until_its_time_is_over(self, store: Store) -> None:
        first, second = (Remembered(new_id(), bytes([n])) for n in (1, 2))
        yesterday, key = NOW - DAY, uuid4().hex
        async with store.begin(Cause()) as tx:
            assert await tx.remember(key, first, since=yesterday, now=NOW)
            assert not await tx.remember(key, second, since=yesterday, now=NOW)
            assert await tx.remembered(key, yesterday) == first
            assert await tx.remembered(key, NOW) is None

            assert await tx.remember(key, second, since=NOW, now=NOW + DAY)
            assert await tx.remembered(key, NOW) == second

    async def test_sessions_and_what_renews_them_are_found_as_they_were_put(
        self, store: Store
    ) -> None:
        person = somebody()
        session = Session.new(person.id, NOW)
        _, renewal = Renewal.new(session.id, NOW, DAY)
        async with store.begin(Cause()) as tx:
            await tx.add_person(person)
            await tx.add_session(session)
            await tx.add_renewal(renewal)
            await tx.put_session(session.ended(NOW))
            await tx.put_renewal(renewal.used(NOW))

        async with store.begin(Cause()) as tx:
            assert await tx.session(session.id) == session.ended(NOW)
            assert await tx.renewal(renewal.token_hash) == renewal.used(NOW)
            assert await tx.session(new_id()) is None
            assert await tx.renewal(b"unknown") is None
            assert await tx.ended_since(NOW - DAY) == [session.ended(NOW)]
            assert await tx.ended_since(NOW) == []

    async def test_what_ended_long_ago_is_forgotten_and_nothing_else(self, store: Store) -> None:
        person = somebody()
        old, alive = Session.new(person.id, NOW - DAY), Session.new(person.id, NOW - DAY)
        _, spent = Renewal.new(old.id, NOW - DAY, timedelta(hours=1))
        _, valid = Renewal.new(alive.id, NOW - DAY, 3 * DAY)
        async with store.begin(Cause()) as tx:
            await tx.add_person(person)
            for session in (old, alive):
                await tx.add_session(session)
            for renewal in (spent, valid):
                await tx.add_renewal(renewal)
            await tx.remember("k", Remembered(person.id, b""), since=NOW - DAY, now=NOW - DAY)

            await tx.forget(NOW, NOW)

            assert await tx.session(old.id) is None
            assert await tx.session(alive.id) == alive
            assert await tx.renewal(valid.token_hash) == valid
            assert await tx.remembered("k", NOW - 2 * DAY) is None

    async def test_keys_are_listed_newest_first_and_kept_once(self, store: Store) -> None:
        old, new = (
            SigningKey(kid, {"kid": kid}, b"private", False, NOW + timedelta(days=day))
            for day, kid in enumerate(("old", "new"))
        )
        sealed = SigningKey("old", {"kid": "old"}, b"sealed", True, NOW)
        async with store.begin(Cause()) as tx:
            for key in (old, new, sealed):
                await tx.put_signing_key(key)

        async with store.begin(Cause()) as tx:
            assert await tx.signing_keys(hold=True) == [new, sealed]

    async def test_an_error_takes_change_and_message_with_it(self, store: Store) -> None:
        person = somebody()
        with pytest.raises(ZeroDivisionError):
            async with store.begin(Cause()) as tx:
                await tx.add_person(person)
                await tx.say(UserRegistered(user_id=person.id), sequence=1)
                _ = 1 / 0

        async with store.begin(Cause()) as tx:
            assert await tx.person(person.id) is None


class PasswordsBehaviour:
    """Inherit, provide `passwords`, and be held to it."""

    async def test_only_the_same_password_matches(self, passwords: Passwords) -> None:
        kept = await passwords.hash("correct horse")

        assert await passwords.match("correct horse", kept)
        assert not await passwords.match("correct house", kept)
        assert not await passwords.match("correct horse", None)

    async def test_what_was_hashed_today_is_not_outdated(self, passwords: Passwords) -> None:
        assert not passwords.outdated(await passwords.hash("correct horse"))
