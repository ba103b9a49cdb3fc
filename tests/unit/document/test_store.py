"""The fake store keeps the promises of a store, or the tests on it would prove nothing."""

import pytest

from tests.unit.document.behaviour import StoreBehaviour
from tests.unit.document.fakes import FakeStore
from tests.unit.document.sharing_behaviour import SharingBehaviour
from tests.unit.document.shelves import ShelvesBehaviour


class TestFakeStore(StoreBehaviour, ShelvesBehaviour, SharingBehaviour):
    @pytest.fixture
    def store(self) -> FakeStore:
        return FakeStore()
