"""The document service with fakes around it, fresh for each test."""

import pytest

from tests.unit.document.fakes import FakeStore
from tests.unit.document.world import World


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def world(store: FakeStore) -> World:
    return World(store)
