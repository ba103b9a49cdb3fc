"""Words the indexing service owns, first edition."""

from uuid import UUID

from pydantic import Field

from contracts.again import SaidAgain, SayAgain
from contracts.document import DocumentEvent
from contracts.task import TaskStatusUpdated
from shared.messages import Answer, Command, Request


class IndexingStarted(DocumentEvent, subject="evt.indexing.started.v1", key="document_id"):
    """A reading of a document is being cut and embedded."""

    version: int = Field(ge=1)
    passages: int = Field(ge=0)


class IndexingProgressed(DocumentEvent, subject="evt.indexing.progressed.v1", key="document_id"):
    """A further batch of passages is embedded; progress never falls within a version."""

    version: int = Field(ge=1)
    progress: int = Field(ge=0, le=100)


class IndexingCompleted(DocumentEvent, subject="evt.indexing.completed.v1", key="document_id"):
    """All passages are embedded; the passages object holds them as JSON lines (see `docs`)."""

    version: int = Field(ge=1)
    passages_object_id: UUID
    passages: int = Field(ge=0)
    text_version: str
    model: str = Field(description="Fingerprint of the embedding model.")


class IndexingFailed(DocumentEvent, subject="evt.indexing.failed.v1", key="document_id"):
    """The text could not be made searchable."""

    version: int = Field(ge=1)
    code: str
    detail: str


class IndexingTaskStatusUpdated(
    TaskStatusUpdated, subject="evt.indexing.task-status-updated.v1", key="task_id"
):
    """An indexing job made progress; the task is the document."""


class Embedded(Answer):
    """One unit vector a text, and the fingerprint of the model that made them."""

    vectors: list[list[float]]
    model: str


class EmbedTexts(Request[Embedded], subject="req.indexing.embed.v1"):
    """Embed a few short texts now, as a search's words."""

    texts: list[str] = Field(min_length=1, max_length=16)
    model: str | None = Field(
        default=None, description="The fingerprint of the model; by default the newest."
    )


class SayIndexingAgain(SayAgain, subject="cmd.indexing.say-again.v1"):
    """Say again what was made of every document, under the newest model."""


class IndexingSaidAgain(SaidAgain, subject="evt.indexing.said-again.v1", key="listener"):
    """What was made of every document is said again."""


class EmbedAgain(Command, subject="cmd.indexing.embed-again.v1", key="document_id"):
    """Embed a document's passages under the newest model, and tell one listener of them."""

    document_id: UUID
    owner_id: UUID
    listener: str
    generation: int = Field(ge=1)
    version: int = Field(ge=1)
    passages_object_id: UUID
    passages: int = Field(ge=0)
    text_version: str
    model: str = Field(description="The former model, whose vectors are replaced.")
