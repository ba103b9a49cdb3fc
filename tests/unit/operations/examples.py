"""Deaths to make tests of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.operations.model import Death, Failure, Letter
from shared.cause import new_id

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TYPE = "evt.document.deleted.v1"
GOOD = {
    "document_id": "0193a1b2-0000-7000-8000-00000000d0c1",
    "owner_id": "0193a1b2-0000-7000-8000-0000000005e1",
}


def failure(kind: str = "handler", code: str = "ValueError") -> Failure:
    return Failure(code, "It is broken.", "", f"print-of-{code}", kind, 6)


def death(
    kind: str = "handler",
    *,
    service: str = "search",
    code: str = "ValueError",
    at: datetime = NOON,
    body: bytes = b'{"document_id": 7}',
) -> Death:
    message = str(new_id())
    return Death(
        durable=f"{service}-document-deleted-v1",
        service=service,
        message_id=message,
        generation=0,
        type=TYPE,
        key="0193a1b2-0000-7000-8000-00000000d0c1",
        correlation=str(new_id()),
        headers={"ce-id": message, "ce-type": TYPE, "traceparent": "00-a-b-01"},
        body=body,
        failure=failure(kind, code),
        at=at,
    )


def letter(kind: str = "handler", **more: str) -> Letter:
    return Letter(new_id(), death(kind, **more), first_seen=NOON)  # type: ignore[arg-type]


def later(died: Death, body: bytes | None = None) -> Death:
    """The same message, dead once more."""
    again = replace(died, at=died.at + timedelta(minutes=1))
    return again if body is None else replace(again, body=body)
