"""What search can be told from outside."""

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Beside what every service can be told."""

    vector_pool: int = Field(default=6, ge=1, description="Most connections held for vectors.")
    embed_within: float = Field(
        default=2.0, gt=0, description="Seconds to wait for a question's vector."
    )
    leg_within: float = Field(
        default=3.0, gt=0, description="Seconds after which a search goes on without a leg."
    )
    edition_grace: float = Field(
        default=10.0, ge=0, description="Seconds until indexes that are served no more are dropped."
    )
