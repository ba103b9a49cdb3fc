"""Everything identity answers, one line each."""

from contracts.identity import (
    DescribeMe,
    EndSession,
    IssueToken,
    ListEndedSessions,
    ListSigningKeys,
    RefreshToken,
    Register,
)
from services.identity.service import Identity
from shared.bus import Bus


def bind(bus: Bus, identity: Identity) -> None:
    """Bind what we are asked to what we do."""
    bus.answer(Register, identity.register)
    bus.answer(IssueToken, identity.issue)
    bus.answer(RefreshToken, identity.refresh)
    bus.answer(EndSession, identity.end)
    bus.answer(DescribeMe, identity.describe)
    bus.answer(ListSigningKeys, identity.signing_keys)
    bus.answer(ListEndedSessions, identity.ended_sessions)
