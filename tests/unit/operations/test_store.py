"""The fake store keeps the promises of a store, or the tests on it would prove nothing."""

import pytest

from tests.unit.operations.behaviour import StoreBehaviour
from tests.unit.operations.fakes import FakeStore


class TestFakeStore(StoreBehaviour):
    @pytest.fixture
    def store(self) -> FakeStore:
        return FakeStore()
