"""Provisioning adds what is new, and refuses what would lose something."""

from dataclasses import replace
from pathlib import Path

import pytest
from nats.js.api import DiscardPolicy, StorageType
from nats.js.errors import Error as JetStreamError

from deploy.local.nats import ONE
from shared.problems import Away
from shared.provision import broker, streams
from shared.provision.streams import Sizes, WouldLose
from shared.provision.sync import Proof, SyncsTooLate, prove_sync_always
from tests import servers
from tests.integration.shared.lab import MANIFESTS, SIZES, Ear, Happened, Lab, manifest
from tests.servers import Nats

HAPPENED = "evt.lab.happened.v1"
BATCH, REPLICAS = 16, 60
"""What one listener has in hand at most, and more replicas than anybody runs."""


class TestStreams:
    async def test_a_second_time_changes_nothing(self, lab: Lab) -> None:
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()

        done = await streams.apply(jetstream, streams.plan(MANIFESTS.values(), SIZES))

        assert done == []

    async def test_a_new_listener_gets_its_place_and_all_that_was_said(self, lab: Lab) -> None:
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()
        await jetstream.publish("evt.lab.happened.v1", b"{}")
        newcomer = manifest("newcomer", hears=("evt.lab.happened.v1",))

        done = await streams.apply(jetstream, streams.plan([*MANIFESTS.values(), newcomer], SIZES))

        assert done == [
            "+ consumer newcomer-lab-happened-v1 on EVT_LAB",
            "+ consumer to-newcomer-lab-happened-v1 on TO",
        ]
        info = await jetstream.consumer_info("EVT_LAB", "newcomer-lab-happened-v1")
        assert info.num_pending == 1

    async def test_a_smaller_stream_is_refused_and_nothing_else_is_done(self, lab: Lab) -> None:
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()
        newcomer = manifest("newcomer", hears=("evt.lab.happened.v1",))
        smaller = streams.plan([*MANIFESTS.values(), newcomer], Sizes(stream_bytes=1_000_000))

        with pytest.raises(WouldLose, match="EVT_LAB: max_bytes would fall"):
            await streams.apply(jetstream, smaller)

        consumers = await jetstream.consumers_info("EVT_LAB")
        assert [consumer.name for consumer in consumers] == ["ear-lab-happened-v1"]

    async def test_a_place_is_never_moved(self, lab: Lab) -> None:
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()
        plan = streams.plan(MANIFESTS.values(), SIZES)
        moved = replace(plan.places[0], subject="cmd.lab.other.v1")

        with pytest.raises(WouldLose, match="hears"):
            await streams.apply(jetstream, replace(plan, places=(moved, *plan.places[1:])))

    async def test_a_stranger_is_named_and_left_alone(self, lab: Lab) -> None:
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()
        await jetstream.add_stream(name="STRANGER", subjects=["stranger.>"])

        done = await streams.apply(jetstream, streams.plan(MANIFESTS.values(), SIZES))

        assert done == ["? stream STRANGER is in no contract; left alone"]

    async def test_a_started_service_leaves_its_stream_as_it_is(self, lab: Lab) -> None:
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()
        stream = (await jetstream.stream_info("EVT_LAB")).config
        place = (await jetstream.consumer_info("EVT_LAB", "ear-lab-happened-v1")).config

        await (await lab.bus("lab")).start()
        heard = await lab.bus("ear")
        heard.on(Happened, Ear(await lab.database("ear")).hear)
        await heard.start()

        assert (await jetstream.stream_info("EVT_LAB")).config == stream
        assert (await jetstream.consumer_info("EVT_LAB", "ear-lab-happened-v1")).config == place

    async def test_a_place_never_gives_up_and_is_taken_over_soon(self, lab: Lab) -> None:
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()
        await streams.apply(jetstream, streams.plan([manifest("new", hears=(HAPPENED,))]))

        place = (await jetstream.consumer_info("EVT_LAB", "new-lab-happened-v1")).config

        assert place.max_deliver == -1
        assert place.ack_wait == 8.0
        assert place.max_ack_pending is not None
        assert place.max_ack_pending >= BATCH * REPLICAS

    @pytest.mark.parametrize("stream", ["EVT_LAB", "CMD_LAB", "TO", "DEAD", "PUSH"])
    async def test_a_stream_refuses_when_full_and_knows_a_repeat_for_half_an_hour(
        self, lab: Lab, stream: str
    ) -> None:
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()

        config = (await jetstream.stream_info(stream)).config

        assert config.discard == DiscardPolicy.NEW
        assert config.storage == StorageType.FILE
        assert config.duplicate_window == 30 * 60

    async def test_an_event_is_deleted_by_nobody(self, lab: Lab) -> None:
        jetstream = (await lab.connect(broker.ADMIN)).jetstream()
        stored = await jetstream.publish(HAPPENED, b"{}")

        with pytest.raises(JetStreamError):
            await jetstream.delete_msg("EVT_LAB", stored.seq)
        with pytest.raises(JetStreamError):
            await jetstream.purge_stream("EVT_LAB")

        assert (await jetstream.stream_info("EVT_LAB")).state.messages == 1

    async def test_the_broker_is_new_enough(self, lab: Lab) -> None:
        version = (await lab.connect(broker.ADMIN)).connected_server_version

        assert (version.major, version.minor, version.patch) >= (2, 14, 6)


class TestSync:
    async def test_a_broker_that_syncs_always_is_believed(self, nats_server: Nats) -> None:
        await prove_sync_always(f"http://127.0.0.1:{nats_server.server.monitor_port}")

    async def test_one_that_syncs_later_is_refused(
        self, server_directory: Path, tmp_path: Path
    ) -> None:
        later = tmp_path / "later.conf"
        later.write_text(ONE.read_text().replace("sync_interval: always", "sync_interval: 2m"))

        with (
            servers.nats(server_directory, shipped=later) as lazy,
            pytest.raises(SyncsTooLate, match="syncs every"),
        ):
            await prove_sync_always(f"http://127.0.0.1:{lazy.server.monitor_port}")

    async def test_what_was_proven_holds_until_the_connection_is_made_again(
        self, server_directory: Path
    ) -> None:
        with servers.nats(server_directory) as here:
            proof = Proof(f"http://127.0.0.1:{here.server.monitor_port}")
            await proof.hold(0)
            here.held.kill()

            await proof.hold(0)
            with pytest.raises(Away):
                await proof.hold(1)
