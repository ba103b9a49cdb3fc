"""The fakes keep the promises that the real ones keep."""

import pytest

from tests.unit.indexing.behaviour import EmbedderBehaviour, StoreBehaviour
from tests.unit.indexing.fakes import FakeEmbedder, FakeStore


class TestFakeStore(StoreBehaviour):
    @pytest.fixture
    def store(self) -> FakeStore:
        return FakeStore()


class TestFakeEmbedder(EmbedderBehaviour):
    @pytest.fixture
    def embedder(self) -> FakeEmbedder:
        return FakeEmbedder()
