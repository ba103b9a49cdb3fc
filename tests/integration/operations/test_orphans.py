"""`mesh orphans` at the terminal: it asks every owner, and fails while one finds some."""

from contracts.orphans import FindOrphans, OrphanGroup, Orphans
from deploy.mesh.orphans import OWNERS
from shared.cause import Cause
from tests.integration.operations.ward import Ward


async def test_it_fails_while_any_owner_finds_one_and_names_it(ward: Ward) -> None:
    left = {"quiz": ["the-one-left"]}
    bus = await ward.lab.bus_of_admin()

    def finding(service: str) -> None:
        async def find(_: FindOrphans, __: Cause) -> Orphans:
            some = left.get(service, [])
            return Orphans(groups=[OrphanGroup(kind="thing", count=len(some), examples=some)])

        bus.answer(type(OWNERS[service]), find)

    for service in OWNERS:
        finding(service)
    await bus.start()
    await bus.connection.flush()

    some = await ward.mesh("orphans")
    of_another = await ward.mesh("orphans", "--service", "search")
    left.clear()
    none = await ward.mesh("orphans")

    assert some.code == 1, some.err
    assert "There are orphans" in some.err
    [line] = [line for line in some.out.splitlines() if "the-one-left" in line]
    assert line.split()[:3] == ["quiz", "thing", "1"]
    assert [line.split()[0] for line in some.out.splitlines()[1:]] == list(OWNERS)
    assert of_another.code == 0, of_another.err
    assert none.code == 0, none.err
