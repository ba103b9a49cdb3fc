"""Dead letters as they are shown to people."""

from contracts import operations as told
from services.operations.model import Failure, Group, Letter, Plan, State
from shared.legible import readable


def brief(letter: Letter) -> told.DeadLetter:
    """Show one in a list."""
    death = letter.death
    return told.DeadLetter(
        id=letter.id,
        type=death.type,
        service=death.service,
        fingerprint=death.failure.fingerprint,
        failure_class=death.failure.kind,
        error=_error(death.failure),
        attempts=death.failure.attempts,
        first_seen=letter.first_seen,
        last_seen=death.at,
        state=letter.state,
    )


def detailed(letter: Letter) -> told.LetterDetails:
    """Show everything about one."""
    death = letter.death
    return told.LetterDetails(
        **dict(brief(letter)),
        durable=death.durable,
        key=death.key,
        message_id=death.message_id,
        correlation_id=death.correlation,
        headers=death.headers,
        body=readable(death.body),
        edited_body=None if letter.edited is None else readable(letter.edited),
        redrives=letter.redrives,
        redrive_at=letter.due_at if letter.plan is Plan.REDRIVE else None,
    )


def grouped(group: Group) -> told.LetterGroup:
    """Show the letters of one fingerprint."""
    return told.LetterGroup(
        fingerprint=group.fingerprint,
        failure_class=group.latest.kind,
        error=_error(group.latest),
        services=list(group.services),
        types=list(group.types),
        count=sum(group.counts.values()),
        waiting=group.counts.get(State.WAITING, 0),
        redriven=group.counts.get(State.REDRIVEN, 0),
        discarded=group.counts.get(State.DISCARDED, 0),
        first_seen=group.first_seen,
        last_seen=group.last_seen,
    )


def _error(failure: Failure) -> told.LetterError:
    return told.LetterError(code=failure.code, detail=failure.detail, pointer=failure.pointer)
