"""Words the search service owns, first edition."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from contracts.again import DescribeRebuild, StartRebuild
from contracts.document import DocumentEvent
from shared.messages import Answer, Body, Request


class SearchMode(StrEnum):
    """Which legs are asked."""

    HYBRID = "hybrid"
    TEXT = "text"
    SEMANTIC = "semantic"


class DocumentIndexed(DocumentEvent, subject="evt.search.document-indexed.v1", key="document_id"):
    """Every passage of this reading stands in both indexes."""

    version: int = Field(ge=1)
    passages: int = Field(ge=0)


class DocumentNotIndexed(
    DocumentEvent, subject="evt.search.document-not-indexed.v1", key="document_id"
):
    """The passages of this reading could not be put into the indexes; a retry may help."""

    version: int = Field(ge=1)
    code: str
    detail: str


class DocumentForgotten(
    DocumentEvent, subject="evt.search.document-forgotten.v1", key="document_id"
):
    """No passage of the document is left in either index."""


class LegScore(Body):
    """What one leg thought of a hit: its place (from 1) and its own score."""

    rank: int
    score: float


class Explanation(Body):
    """How a hit got its place."""

    text: LegScore | None = None
    semantic: LegScore | None = None
    fused: float
    formula: str


class SearchHit(Body):
    """One passage that answers."""

    document_id: UUID
    passage_id: UUID
    title: str
    page: int
    heading: str | None
    start: int
    end: int
    text: str
    text_version: str
    snippet: str
    score: float
    explain: Explanation | None = None


class SearchAnswer(Answer):
    """What was found, best first."""

    query: str
    mode: SearchMode
    degraded: bool
    total: int
    took_ms: float
    results: list[SearchHit]


class FindPassages(Request[SearchAnswer], subject="req.search.find.v1"):
    """Find passages that the caller may see."""

    q: str
    mode: SearchMode = SearchMode.HYBRID
    limit: int = Field(default=20, ge=1, le=50)
    document_id: UUID | None = None
    collection_id: UUID | None = None
    tag: str | None = None
    min_score: float | None = Field(default=None, ge=0, le=1)
    explain: bool = False


class RebuildSearch(StartRebuild, subject="req.search.rebuild.v1"):
    """Rebuild both indexes beside those that are served, and switch over when they are whole."""

    without_failed: bool = Field(
        default=False, description="Switch over even if some could not be written."
    )


class DescribeSearchRebuild(DescribeRebuild, subject="req.search.describe-rebuild.v1"):
    """How far are the new indexes?"""
