"""The headers around every body: CloudEvents 1.0 (NATS binding, binary mode), and who asks."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self
from uuid import UUID

from shared import telemetry
from shared.cause import Cause, Delivery, new_id
from shared.legible import HIGHEST, is_name
from shared.messages import Message

GENERATION: Final = "mesh-generation"
"""Which rebuild a message said again belongs to; each generation counts once more."""

UNTIL: Final = "mesh-until"
"""When whoever asks a question waits no longer; clocks of one mesh agree within a second or so."""

_SESSION: Final = "ce-session"
_ROLE: Final = "ce-role"


class BadEnvelope(ValueError):
    """A message without the headers that say what it is."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the headers say. `sequence` is the version of the aggregate that `key` names."""

    id: str
    type: str
    source: str
    time: datetime
    key: str
    sequence: int
    correlation: UUID
    causation: str | None
    actor: UUID | None
    session: UUID | None
    role: str
    generation: int = 0
    until: datetime | None = None

    @classmethod
    def seal(cls, message: Message, cause: Cause, *, source: str, sequence: int = 0) -> Self:
        """Wrap a new message for the one who caused it."""
        return cls(
            id=str(new_id()),
            type=str(getattr(message, "subject", message.address)),
            source=f"/services/{source}",
            time=datetime.now(UTC),
            key=message.partition_key,
            sequence=sequence,
            correlation=cause.correlation,
            causation=cause.delivery.message_id if cause.delivery else cause.causation,
            actor=cause.actor,
            session=cause.session,
            role=cause.role,
        )

    @classmethod
    def read(cls, headers: dict[str, str]) -> Self:
        """Understand headers that arrived; `BadEnvelope` names the one that is missing or odd."""
        try:
            envelope = cls(
                id=headers["ce-id"],
                type=headers["ce-type"],
                source=headers["ce-source"],
                time=datetime.fromisoformat(headers["ce-time"]),
                key=headers.get("ce-partitionkey", ""),
                sequence=int(headers.get("ce-sequence", "0")),
                correlation=UUID(headers["ce-correlationid"])
                if "ce-correlationid" in headers
                else new_id(),
                causation=headers.get("ce-causationid"),
                actor=_id(headers, "ce-actor"),
                session=_id(headers, _SESSION),
                role=headers.get(_ROLE, "learner"),
                generation=int(headers.get(GENERATION, "0")),
                until=_time(headers, UNTIL),
            )
        except KeyError as missing:
            raise BadEnvelope(f"header {missing} is missing") from missing
        except (ValueError, OverflowError) as odd:
            raise BadEnvelope(f"a header cannot be read: {odd}") from odd
        if not (is_name(envelope.id) and is_name(envelope.key)):
            raise BadEnvelope("ce-id or ce-partitionkey is too long, or cannot be printed")
        if not (0 <= envelope.sequence <= HIGHEST and 0 <= envelope.generation <= HIGHEST):
            raise BadEnvelope("ce-sequence or mesh-generation is out of range")
        return envelope

    def headers(self) -> dict[str, str]:
        """Write it as headers, with the current trace and the id the broker de-duplicates by."""
        optional = {
            "ce-partitionkey": self.key,
            "ce-subject": self.key,
            "ce-causationid": self.causation,
            "ce-actor": self.actor,
            _SESSION: self.session,
            "ce-sequence": self.sequence or None,
            GENERATION: self.generation or None,
            UNTIL: self.until and self.until.isoformat(),
        }
        headers = {
            "ce-specversion": "1.0",
            "ce-id": self.id,
            "ce-type": self.type,
            "ce-source": self.source,
            "ce-time": self.time.isoformat().replace("+00:00", "Z"),
            "ce-correlationid": str(self.correlation),
            _ROLE: self.role,
            "content-type": "application/json",
            "Nats-Msg-Id": self.id,
            **{name: str(value) for name, value in optional.items() if value},
        }
        telemetry.write(headers)
        return headers

    def delivery(self, durable: str) -> Delivery:
        """Name this one arrival at a consumer."""
        return Delivery(durable, self.id, self.generation, self.sequence)

    def cause(self, heard: Delivery | None = None) -> Cause:
        """The cause a verb is given; with its delivery if it was heard, without if asked."""
        return Cause(
            actor=self.actor,
            session=self.session,
            role=self.role,
            correlation=self.correlation,
            causation=self.id,
            delivery=heard,
            begun=heard is not None,
            until=self.until,
        )


def _id(headers: dict[str, str], name: str) -> UUID | None:
    text = headers.get(name)
    return UUID(text) if text else None


def _time(headers: dict[str, str], name: str) -> datetime | None:
    text = headers.get(name)
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
