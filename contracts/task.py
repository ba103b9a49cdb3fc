"""The one shape in which every owner tells how a long job of theirs goes."""

from enum import StrEnum
from uuid import UUID

from pydantic import Field

from shared.messages import Event


class TaskState(StrEnum):
    """How far a job is."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TaskStatusUpdated(Event):
    """A long job made progress. Owners say it under their own subject, with this one shape."""

    task_id: UUID
    owner_id: UUID
    type: str = Field(description="What kind of job, as `document` or `quiz`.")
    status: TaskState
    stage: str = Field(description="The owner's own word for where it is, as `indexing`.")
    progress: int = Field(ge=0, le=100)
    message: str = ""
