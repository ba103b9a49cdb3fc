"""The fakes keep the promises of the real ones, or the tests on them would prove nothing."""

from uuid import UUID

import pytest

from tests.unit.gateway.behaviour import PassesBehaviour, Push, PushesBehaviour
from tests.unit.gateway.fakes import FakePasses, FakePushes


class TestFakePushes(PushesBehaviour):
    @pytest.fixture
    def pushes(self) -> FakePushes:
        return FakePushes()

    @pytest.fixture
    def push(self, pushes: FakePushes) -> Push:
        async def push(user: UUID, name: str) -> int:
            return await pushes.push(user, name)

        return push


class TestFakePasses(PassesBehaviour):
    @pytest.fixture
    def passes(self) -> FakePasses:
        return FakePasses()
