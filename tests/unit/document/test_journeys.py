"""Documents' ways on the fake store; the same suite runs on PostgreSQL."""

import pytest

from tests.unit.document.fakes import FakeStore
from tests.unit.document.journeys import JourneyBehaviour


class TestJourneysInMemory(JourneyBehaviour):
    @pytest.fixture
    def store(self) -> FakeStore:
        return FakeStore()
