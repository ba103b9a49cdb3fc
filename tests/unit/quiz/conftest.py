"""A house for every test."""

import pytest

from tests.unit.quiz.house import House


@pytest.fixture
def house() -> House:
    return House()
