"""What can be set about operations."""

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """How long dead letters wait, and how patiently passing trouble is tried again."""

    expire_days: float = Field(
        default=90, gt=0, description="A dead letter that waited for so long is discarded."
    )
    kept_days: float = Field(
        default=30, gt=0, description="How long a redriven or discarded one can still be looked at."
    )
    transient_redrives: int = Field(
        default=5, ge=0, description="How often one is redriven by itself that died of trouble."
    )
    transient_first_seconds: float = Field(
        default=60, gt=0, description="How long after its death the first time; then ever doubled."
    )
