"""How a job's events are said: each with the document's next number, which the job keeps."""

from uuid import UUID

from contracts.indexing import EmbedAgain, IndexingCompleted, IndexingTaskStatusUpdated
from contracts.task import TaskState
from services.indexing.model import Job, Made
from services.indexing.ports import Transaction
from shared.messages import Event


async def tell(tx: Transaction, job: Job, *events: Event) -> None:
    """Store the job and say its events, counted."""
    for event in events:
        job = job.spoke()
        await tx.say(event, sequence=job.sequence)
    await tx.put(job)


def status(job: Job, state: TaskState) -> IndexingTaskStatusUpdated:
    """Say in the mesh's common words how the job stands."""
    return IndexingTaskStatusUpdated(
        task_id=job.document_id,
        owner_id=job.owner_id,
        type="document",
        status=state,
        stage=f"indexing-{job.stage}",
        progress=job.progress,
    )


def made_of(told: IndexingCompleted | EmbedAgain) -> Made:
    """Read what was made of a document from a message that tells it."""
    return Made(
        version=told.version,
        object_id=told.passages_object_id,
        passages=told.passages,
        text_version=told.text_version,
        model=told.model,
    )


def completed_of(document_id: UUID, owner_id: UUID, made: Made) -> IndexingCompleted:
    """Put what was made into words, as when it was made."""
    return IndexingCompleted(
        document_id=document_id,
        owner_id=owner_id,
        version=made.version,
        passages_object_id=made.object_id,
        passages=made.passages,
        text_version=made.text_version,
        model=made.model,
    )
