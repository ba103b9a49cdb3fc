"""The document service with fakes around it, fresh for each test."""

import pytest

from tests.unit.document.fakes import FakeStore
from tests.unit.document.house import House


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def house(store: FakeStore) -> House:
    return House(store)
