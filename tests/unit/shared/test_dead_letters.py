"""Why a message died decides which way it takes, and with which others it is grouped."""

import pytest

from shared.cause import new_id
from shared.dead_letters import FailureClass, Reason
from shared.problems import Away, NotFound, Problem

SCHEMA, TRANSIENT = FailureClass.SCHEMA, FailureClass.TRANSIENT
HANDLER, KILLER = FailureClass.HANDLER, FailureClass.KILLER


class TooMany(Problem, code="too-many", status=429, title="There are too many"):
    """Somebody else is busy."""


class OfTheDatabase(Exception):
    """As PostgreSQL's driver raises them."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (Reason("bad-body", "/owner_id: Field required"), SCHEMA),
        (Reason("bad-envelope", "no ce-id"), SCHEMA),
        (Reason("no-outcome", "begun 10 times"), KILLER),
        (Reason.of(TimeoutError()), TRANSIENT),
        (Reason.of(ConnectionResetError("gone")), TRANSIENT),
        (Reason.of(Away("nobody there")), TRANSIENT),
        (Reason.of(TooMany()), TRANSIENT),
        (Reason.of(OfTheDatabase("40P01")), TRANSIENT),
        (Reason.of(OfTheDatabase("23505")), HANDLER),
        (Reason.of(NotFound("no such thing")), HANDLER),
        (Reason.of(ValueError("broken")), HANDLER),
    ],
)
def test_only_trouble_that_passes_is_transient(reason: Reason, kind: FailureClass) -> None:
    assert reason.failure_class is kind


def test_failures_that_differ_in_ids_and_numbers_only_are_of_one_group() -> None:
    prints = {Reason.of(ValueError(f"no place {n} for {new_id()}")).fingerprint for n in (1, 23)}

    assert len(prints) == 1


def test_failures_that_differ_in_words_or_kind_are_of_several() -> None:
    errors = (ValueError("no place"), ValueError("no name"), LookupError("no place"))

    assert len({Reason.of(error).fingerprint for error in errors}) == len(errors)
