"""The fake store keeps the promises of a store, or the tests on it would prove nothing."""

import pytest

from tests.unit.document.behaviour import StoreBehaviour
from tests.unit.document.collections_behaviour import CollectionsBehaviour
from tests.unit.document.fakes import FakeStore
from tests.unit.document.sharing_behaviour import SharingBehaviour


class TestFakeStore(StoreBehaviour, CollectionsBehaviour, SharingBehaviour):
    @pytest.fixture
    def store(self) -> FakeStore:
        return FakeStore()
