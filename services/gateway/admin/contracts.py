"""The words of the mesh, for operators: who says what, who hears it, and how it is written."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from contracts.catalogue import answer_of, hearers, messages, sayers
from services.gateway.dependencies import Administrator
from services.gateway.openapi import ALWAYS, problems, shown
from services.gateway.routes.words import Text
from shared.messages import Message, Push

_EXAMPLE: Final = {
    "type": "evt.document.deleted.v1",
    "kind": "evt",
    "owner": "document",
    "summary": "A document is gone for good.",
    "said_by": ["document"],
    "heard_by": ["indexing", "notification", "quiz", "search"],
    "body": {"type": "object"},
    "answer": None,
}

router = APIRouter(prefix="/api/v1/admin/contracts", tags=["operators"])


class Contract(BaseModel):
    """One message: an event, a command, a request or a push."""

    type: str
    kind: str
    owner: str
    summary: str
    said_by: list[str] = Field(description="Services that say or ask it.")
    heard_by: list[str] = Field(description="Services that hear or answer it.")
    body: dict[str, Any] = Field(description="JSON Schema of its body.")
    answer: dict[str, Any] | None = Field(description="JSON Schema of what a request is answered.")


class ContractList(BaseModel):
    """All that match; there is one page."""

    items: list[Contract]
    next_cursor: str | None = None


@router.get(
    "",
    responses={
        200: shown({"items": [_EXAMPLE], "next_cursor": None}),
        **ALWAYS,
        **problems(403),
    },
)
async def list_contracts(
    _: Administrator,
    owner: Annotated[Text | None, Query(description="Only this service's words.")] = None,
    service: Annotated[
        Text | None, Query(description="Only what this service says, asks, hears or answers.")
    ] = None,
) -> ContractList:
    """Every message that services may send each other."""
    contracts = [_contract(word, message) for word, message in messages().items()]
    return ContractList(
        items=[
            one
            for one in contracts
            if owner in {None, one.owner} and service in {None, *one.said_by, *one.heard_by}
        ]
    )


def _contract(word: str, message: type[Message]) -> Contract:
    answer = answer_of(message)
    frame = issubclass(message, Push)
    return Contract(
        type=word,
        kind=message.kind,
        owner="notification" if frame else message.subject.owner,
        summary=(message.__doc__ or "").partition("\n")[0],
        said_by=["notification"] if frame else sayers(message.subject),
        heard_by=["gateway"] if frame else hearers(message.subject),
        body=message.model_json_schema(),
        answer=answer.model_json_schema() if answer else None,
    )
