"""The fakes keep the promises of what they stand for."""

import pytest

from tests.unit.storage.behaviour import ObjectsBehaviour
from tests.unit.storage.fakes import FakeObjects, FakeStore
from tests.unit.storage.store_behaviour import StoreBehaviour


class TestFakeStore(StoreBehaviour):
    @pytest.fixture
    def store(self) -> FakeStore:
        return FakeStore()


class TestFakeObjects(ObjectsBehaviour):
    @pytest.fixture
    def objects(self) -> FakeObjects:
        return FakeObjects()

    @pytest.fixture
    def carrier(self, objects: FakeObjects) -> FakeObjects:
        return objects
