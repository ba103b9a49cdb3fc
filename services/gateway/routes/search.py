"""Search: passages that answer, each with its exact place."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic.config import JsonDict

from contracts.search import FindPassages, SearchAnswer, SearchMode
from services.gateway.dependencies import SignedIn
from services.gateway.openapi import ALWAYS, shown
from services.gateway.routes.words import Text

# Search itself refuses other lengths: its words say what to do about it.
_LENGTH: Final[JsonDict] = {"minLength": 1, "maxLength": 2_000, "pattern": r"^[^\u0000]*$"}
_SYNTAX: Final = (
    'Words or a question. `"exact phrase"`, `-not`, `-"not this phrase"`, `title:word`,'
    ' `title:"phrase"`, `begin*`; the last word may be only begun unless a blank follows.'
    " Everything else is words: nothing is a syntax error. Slips in words that nothing has are"
    " forgiven."
)

_EXAMPLE: Final = {
    "query": "why is the sky blue",
    "mode": "hybrid",
    "degraded": False,
    "total": 3,
    "took_ms": 12.5,
    "results": [
        {
            "document_id": "019aa1b2-0000-7000-8000-000000000002",
            "passage_id": "3b241101-e2bb-5255-8caf-4136c566a962",
            "title": "Optics",
            "page": 12,
            "heading": "Scattering",
            "start": 20_480,
            "end": 20_900,
            "text": "Short waves are scattered more than long ones …",
            "text_version": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "snippet": "Short waves are <mark>scattered</mark> more than long ones …",
            "score": 0.93,
            "explain": None,
        }
    ],
}

router = APIRouter(prefix="/api/v1", tags=["search"])


@router.get("/search", responses={200: shown(_EXAMPLE), **ALWAYS})
async def search(  # noqa: PLR0913  # the filters that HTTP.md names
    visit: SignedIn,
    q: Annotated[Text, Query(description=_SYNTAX, json_schema_extra=_LENGTH)],
    mode: SearchMode = SearchMode.HYBRID,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    document_id: UUID | None = None,
    collection_id: UUID | None = None,
    tag: Annotated[Text | None, Query(max_length=100)] = None,
    min_score: Annotated[float | None, Query(ge=0, le=1)] = None,
    explain: bool = False,
) -> SearchAnswer:
    """Find passages by words, by meaning, or by both."""
    asked = FindPassages(
        q=q,
        mode=mode,
        limit=limit,
        document_id=document_id,
        collection_id=collection_id,
        tag=tag,
        min_score=min_score,
        explain=explain,
    )
    return await visit.ask(asked, within=10)
