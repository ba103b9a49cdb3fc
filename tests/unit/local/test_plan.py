"""Ports: all within a hundred, each one's own, and a taken one is named before anything starts."""

import os
import socket

import pytest

from deploy.local.plan import BadBase, BadNodes, Ports
from deploy.local.ports import PortForbidden, PortTaken, free_ports, require_free

SERVICES = ["document", "gateway", "search"]


class TestPlan:
    def test_the_gateway_has_the_base_and_all_others_lie_within_the_hundred_after_it(self) -> None:
        ports = Ports.plan(9000, SERVICES).named()

        assert ports["gateway"] == 9000
        assert set(ports.values()) <= set(range(9000, 9100))

    def test_no_two_share_a_port(self) -> None:
        ports = Ports.plan(9000, SERVICES).named()

        assert len(set(ports.values())) == len(ports)

    def test_a_further_service_moves_no_server(self) -> None:
        before, after = Ports.plan(9000, SERVICES), Ports.plan(9000, [*SERVICES, "analytics"])

        assert (before.nats, before.postgres, before.objects) == (
            after.nats,
            after.postgres,
            after.objects,
        )

    def test_three_brokers_share_no_port_with_anybody_and_move_nobody(self) -> None:
        services = [f"service-{number}" for number in range(77)]
        one, three = Ports.plan(9000, services), Ports.plan(9000, services, 3)

        assert len(set(three.named().values())) == len(three.named())
        assert set(three.named().values()) <= set(range(9000, 9100))
        assert (one.nats, one.services) == (three.nats, three.services)

    def test_two_brokers_are_refused(self) -> None:
        with pytest.raises(BadNodes, match="MESH_BROKER_NODES is 2; it must be 1 or 3"):
            Ports.plan(9000, SERVICES, 2)

    @pytest.mark.parametrize("base", [-1, 0, 65_500, 70_000])
    def test_a_base_without_a_hundred_ports_after_it_is_refused(self, base: int) -> None:
        with pytest.raises(BadBase, match=f"MESH_PORT_BASE is {base}"):
            Ports.plan(base, SERVICES)

    def test_more_services_than_ports_are_refused(self) -> None:
        with pytest.raises(BadBase, match="do not fit"):
            Ports.plan(9000, [f"service-{number}" for number in range(100)])


class TestRequireFree:
    def test_a_taken_port_is_named_with_whose_it_would_have_been(self) -> None:
        free, taken = free_ports(2)
        with socket.create_server(("127.0.0.1", taken)), pytest.raises(PortTaken) as refused:
            require_free({"nats": free, "postgres": taken}, "Stop it.")

        assert str(refused.value) == f"Already in use: port {taken} (for postgres). Stop it."

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may listen everywhere")
    def test_a_port_that_is_only_for_root_is_not_said_to_be_taken(self) -> None:
        with pytest.raises(PortForbidden, match="Port 80 is for root only"):
            require_free({"gateway": 80}, "Stop it.")

    def test_free_ports_pass(self) -> None:
        first, second = free_ports(2)

        require_free({"nats": first, "postgres": second}, "Stop it.")
