"""What may change within a version, and what may not."""

from enum import StrEnum
from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from contracts.compatibility import breaks
from contracts.schema import schema_of
from shared.messages import Body


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class MoreSizes(StrEnum):
    SMALL = "small"
    LARGE = "large"
    HUGE = "huge"


class FewerSizes(StrEnum):
    SMALL = "small"


class Inner(Body):
    page: int


class InnerRenamed(Body):
    leaf: int


class Before(Body):
    id: str
    count: int = Field(default=1, ge=0, le=10)
    size: Size = Size.SMALL
    inner: list[Inner] = []


class WithOptional(Before):
    note: str | None = None


class WithRequired(Before):
    note: str


class WithoutCount(Body):
    id: str
    size: Size = Size.SMALL
    inner: list[Inner] = []


class OtherType(Before):
    count: str = ""  # type: ignore[assignment]


class Narrower(Before):
    count: Annotated[int, Field(ge=0, le=5)] = 1


class NowRequired(Before):
    count: Annotated[int, Field(ge=0, le=10)]


class NowOptional(Before):
    id: str = ""


class FewerChoices(Before):
    size: FewerSizes = FewerSizes.SMALL  # type: ignore[assignment]


class MoreChoices(Before):
    size: MoreSizes = MoreSizes.SMALL  # type: ignore[assignment]


class InnerChanged(Before):
    inner: list[InnerRenamed] = []  # type: ignore[assignment]


def test_an_optional_addition_is_fine() -> None:
    assert _breaks(WithOptional) == []


def test_the_same_is_fine() -> None:
    assert _breaks(Before) == []


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (WithRequired, "/note was added as required"),
        (WithoutCount, "/count was removed"),
        (OtherType, "/count changed its type"),
        (Narrower, "/count lowered its maximum"),
        (NowRequired, "/count became required"),
        (NowOptional, "/id became optional; old readers need it"),
        (FewerChoices, "/size no longer knows large"),
        (MoreChoices, "/size has new codes, huge"),
        (InnerChanged, "/inner/*/page was removed"),
    ],
)
def test_anything_else_is_the_next_version(after: type[BaseModel], reason: str) -> None:
    assert reason in _breaks(after)


def test_codes_may_grow_where_both_sides_change_together() -> None:
    before, after = schema_of(Before, "before.json"), schema_of(MoreChoices, "after.json")

    assert breaks(before, after, codes_may_grow=True) == []


def _breaks(after: type[BaseModel]) -> list[str]:
    return breaks(schema_of(Before, "before.json"), schema_of(after, "after.json"))
