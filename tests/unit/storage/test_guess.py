"""A guess at a file's type is dear, and is made only where it is needed."""

from dataclasses import dataclass

from services.storage.check import Checks, Examiner
from services.storage.content import Guess
from services.storage.model.stored import State
from tests.unit.storage.behaviour import MIB
from tests.unit.storage.test_check import TEXT, World, delivery, heard


class TestGuess:
    async def test_nobody_guesses_at_what_its_marks_and_its_name_tell(self) -> None:
        world = World()
        object_id = await world.upload(TEXT)
        checks = Checks(world.store, world.objects, Examiner(world.objects, MIB), _NoSniffer())

        await checks.check(heard(object_id), delivery("1"))

        assert world.state(object_id) is State.STORED


@dataclass(frozen=True)
class _NoSniffer:
    """Cannot guess anything."""

    async def guess(self, sample: bytes) -> Guess:
        raise AssertionError(sample)
