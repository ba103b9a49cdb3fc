"""Documents as rows, and rows as documents."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from services.document.model.allowance import Holdings
from services.document.model.document import Document
from services.document.model.facts import Failure, Text, Trouble
from shared.connections import Rows


def of_document(document: Document) -> dict[str, Any]:
    """Lay a document out as a row."""
    row = asdict(document)
    if document.text is not None:
        row["text"] = {**asdict(document.text), "object_id": str(document.text.object_id)}
    return {
        **row,
        "tags": list(document.tags),
        "text_objects": list(document.text_objects),
        "checkpoints": list(document.checkpoints),
        "status": document.status.value,
    }


def to_document(row: RowMapping) -> Document:
    """Read a document from its row."""
    fields = {name: value for name, value in row.items() if name != "status"}
    text, failure = fields["text"], fields["failure"]
    return Document(
        **{
            **fields,
            "tags": tuple(row["tags"]),
            "text_objects": tuple(row["text_objects"]),
            "checkpoints": tuple(row["checkpoints"]),
            "failure": Failure(**failure) if failure else None,
            "text": _text(text) if text else None,
        }
    )


def to_holdings(found: Rows) -> Holdings:
    """Read what a person has, which is nothing before their first document."""
    row = found.first()
    return Holdings(documents=row.documents, size=row.size) if row else Holdings(0, 0)


def _text(text: dict[str, Any]) -> Text:
    troubles = tuple(Trouble(**trouble) for trouble in text["troubles"])
    return Text(**{**text, "object_id": UUID(text["object_id"]), "troubles": troubles})
