"""How a job's events are said: each with the document's next number, which the job keeps."""

from contracts.indexing import IndexingTaskStatusUpdated
from contracts.task import TaskState
from services.indexing.model import Job
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
