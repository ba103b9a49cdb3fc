"""Everything that operations answers, one line each."""

from contracts.operations import (
    DescribeDeadLetter,
    DiscardDeadLetter,
    DiscardDeadLetters,
    EditDeadLetter,
    GroupDeadLetters,
    ListDeadLetters,
    RedriveDeadLetter,
    RedriveDeadLetters,
    SearchSaid,
)
from services.operations.said import Said
from services.operations.service import Letters
from shared.bus import Bus


def bind(bus: Bus, letters: Letters, said: Said) -> None:
    """Bind what we are asked to what we do."""
    bus.answer(ListDeadLetters, letters.list)
    bus.answer(GroupDeadLetters, letters.group)
    bus.answer(DescribeDeadLetter, letters.describe)
    bus.answer(EditDeadLetter, letters.edit)
    bus.answer(RedriveDeadLetter, letters.redrive)
    bus.answer(RedriveDeadLetters, letters.redrive_all)
    bus.answer(DiscardDeadLetter, letters.discard)
    bus.answer(DiscardDeadLetters, letters.discard_all)
    bus.answer(SearchSaid, said.search)
