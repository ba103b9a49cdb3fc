"""However often and whenever people change their minds, what there is in the end is what they want.

Random sequences of uploads, cancellations, retries, deletions and kills, each with random pauses,
against the running mesh; then every list, search, notification and store is compared. A seed names
a sequence: where CI judges they are always the same, elsewhere new ones. `make test-thoughts` tries
many.
"""

import os
from collections.abc import Awaitable, Callable
from random import Random
from secrets import randbelow
from typing import Final

import pytest

from tests.e2e.learner import learner
from tests.e2e.minds import KINDS, Mind, orphans
from tests.mesh import RunningMesh
from tests.waiting import until_found

STEPS: Final = 25
SETTLED: Final = 120.0
KILLED: Final = ("document", "storage", "indexing", "search", "notification")
PAUSES: Final = (0.0, 0.0, 0.02, 0.1, 0.4, 1.2)
MINDS: Final = (
    *["upload"] * 3,
    "again",
    "abandon",
    *["cancel"] * 3,
    *["retry"] * 2,
    *["delete"] * 2,
)
DISTURBED: Final = (*MINDS * 2, *["kill"] * 3)


def _seeds() -> list[int]:
    many = int(os.environ.get("SECOND_THOUGHTS", "2"))
    if os.environ.get("CI"):
        return list(range(1, many + 1))
    return [randbelow(1_000_000) for _ in range(many)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", _seeds())
async def test_the_end_is_as_wished(mesh: RunningMesh, seed: int) -> None:
    await _live_through(mesh, MINDS, seed)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", _seeds())
async def test_the_end_is_as_wished_though_services_are_killed(
    mesh: RunningMesh, seed: int
) -> None:
    await _live_through(mesh, DISTURBED, seed)


async def _live_through(mesh: RunningMesh, verbs: tuple[str, ...], seed: int) -> None:
    chance = Random(seed)  # noqa: S311  # no secret
    async with learner(mesh.address) as person:
        mind = Mind(person)
        await mind.upload("long")

        for _ in range(STEPS):
            await _verb(mesh, mind, chance.choice(verbs), chance.randrange(12))()
            await mind.ponder(chance.choice(PAUSES))

        await _until_as_wished(mesh, mind)


def _verb(mesh: RunningMesh, mind: Mind, verb: str, number: int) -> Callable[[], Awaitable[None]]:
    async def kill() -> None:
        mesh.kill(KILLED[number % len(KILLED)])

    return {
        "upload": lambda: mind.upload(KINDS[number % len(KINDS)]),
        "abandon": mind.abandon,
        "again": lambda: mind.upload_again(number),
        "cancel": lambda: mind.cancel(number),
        "retry": lambda: mind.retry(number),
        "delete": lambda: mind.delete(number),
        "kill": kill,
    }[verb]


async def _until_as_wished(mesh: RunningMesh, mind: Mind) -> None:
    differs: list[object] = []

    async def is_as_wished() -> bool:
        differs[:] = [await mind.differs() or await orphans(mesh)]
        return not differs[0]

    try:
        await until_found(is_as_wished, within=SETTLED)
    except TimeoutError:
        pytest.fail(f"it never became what was wished: {differs}")
