"""Each service is its own user of broker and database, and can do nothing else."""

import asyncio

import asyncpg
import nats.errors
import pytest
from nats.js.errors import Error as JetStreamError

from shared.provision import broker, databases
from tests.integration.shared.lab import PASSWORDS, Lab

REFUSED = (JetStreamError, nats.errors.Error, TimeoutError)


class TestBroker:
    @pytest.mark.parametrize(
        ("user", "subject"),
        [
            ("ear", "evt.lab.happened.v1"),
            ("ear", "cmd.lab.work.v1"),
            ("lab", "evt.ear.happened.v1"),
            ("ear", "dead.lab-lab-work-v1"),
            ("ear", "to.lab-lab-work-v1"),
            ("ear", "push.anybody"),
        ],
    )
    async def test_nobody_says_what_is_not_theirs(self, lab: Lab, user: str, subject: str) -> None:
        client = await lab.connect(user)

        with pytest.raises(REFUSED):
            await client.jetstream(timeout=0.5).publish(subject, b"{}", timeout=0.5)

        admin = (await lab.connect(broker.ADMIN)).jetstream()
        stored = [stream.state.messages for stream in await admin.streams_info()]
        assert sum(stored) == 0

    @pytest.mark.parametrize("subject", ["evt.lab.happened.v1", "evt.>", ">", "req.lab.ping.v1"])
    async def test_nobody_listens_in(self, lab: Lab, subject: str) -> None:
        heard: list[bytes] = []
        denied = asyncio.Event()

        async def on_error(_: Exception) -> None:
            denied.set()

        client = await lab.connect("ear", error_cb=on_error)

        async def hear(message: nats.aio.msg.Msg) -> None:
            heard.append(message.data)

        await client.subscribe(subject, cb=hear)
        await client.flush()
        async with asyncio.timeout(5):
            await denied.wait()
        admin = await lab.connect(broker.ADMIN)
        await admin.jetstream().publish("evt.lab.happened.v1", b"{}")
        await client.flush()

        assert heard == []

    async def test_nobody_pulls_from_anothers_place(self, lab: Lab) -> None:
        client = await lab.connect("ear")
        subscription = await client.jetstream(timeout=0.5).pull_subscribe_bind(
            "lab-lab-work-v1", stream="CMD_LAB"
        )
        admin = (await lab.connect(broker.ADMIN)).jetstream()
        await admin.publish("cmd.lab.work.v1", b"{}")

        with pytest.raises(REFUSED):
            await subscription.fetch(1, timeout=0.5)

        assert (await admin.consumer_info("CMD_LAB", "lab-lab-work-v1")).num_ack_pending == 0

    async def test_nobody_makes_or_drops_streams_and_consumers(self, lab: Lab) -> None:
        jetstream = (await lab.connect("lab")).jetstream(timeout=0.5)

        for attempt in (
            jetstream.delete_stream("EVT_LAB"),
            jetstream.purge_stream("CMD_LAB"),
            jetstream.add_stream(name="MINE", subjects=["mine.>"]),
            jetstream.delete_consumer("EVT_LAB", "ear-lab-happened-v1"),
        ):
            with pytest.raises(REFUSED):
                await attempt

        admin = (await lab.connect(broker.ADMIN)).jetstream()
        assert await admin.consumer_info("EVT_LAB", "ear-lab-happened-v1")
        assert "MINE" not in {stream.config.name for stream in await admin.streams_info()}

    @pytest.mark.parametrize(("user", "password"), [("ear", "lab-secret"), ("nobody", "x")])
    async def test_nobody_connects_as_another(self, lab: Lab, user: str, password: str) -> None:
        with pytest.raises(REFUSED):
            await lab.connect(user, password, allow_reconnect=False, connect_timeout=1)

    async def test_an_owner_may_say_its_events_again_to_who_hears_them(self, lab: Lab) -> None:
        jetstream = (await lab.connect("lab")).jetstream()

        await jetstream.publish("to.ear-lab-happened-v1", b"{}", stream="TO")

        admin = (await lab.connect(broker.ADMIN)).jetstream()
        assert (await admin.stream_info("TO")).state.messages == 1


class TestDatabase:
    async def test_a_role_enters_its_own_database_only(self, lab: Lab) -> None:
        own = await asyncpg.connect(lab.database_url("ear").replace("+asyncpg", ""))
        await own.close()
        foreign = databases.url_of(lab.admin_url, "ear", PASSWORDS["ear"], driver="postgresql")

        for database in ("lab", "postgres"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await asyncpg.connect(f"{foreign.rpartition('/')[0]}/{database}")

    async def test_a_wrong_password_is_refused(self, lab: Lab) -> None:
        wrong = databases.url_of(lab.admin_url, "ear", "wrong", driver="postgresql")

        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(wrong)

    async def test_a_role_is_no_administrator(self, lab: Lab) -> None:
        own = await asyncpg.connect(lab.database_url("ear").replace("+asyncpg", ""))

        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await own.execute("CREATE ROLE intruder SUPERUSER")

        await own.close()
