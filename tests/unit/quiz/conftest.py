"""A fresh world for every test."""

import pytest

from tests.unit.quiz.world import World


@pytest.fixture
def world() -> World:
    return World()
