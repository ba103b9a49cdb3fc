"""What can be set about quiz."""

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """How long the making of questions may take, and how long its process is kept ready."""

    generate_seconds: float = Field(
        default=180.0, gt=0, description="Most time for the questions of one document."
    )
    generate_idle_seconds: float = Field(
        default=30.0, ge=0, description="How long the child that makes questions waits for more."
    )
    generate_memory: int = Field(
        default=2 * 1024**3, ge=512 * 1024**2, description="Most address space of that child."
    )
