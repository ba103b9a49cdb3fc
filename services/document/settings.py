"""What document can be told from outside."""

from pydantic import Field

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """How much one person may have, and how much of a file is read at what cost."""

    largest_file: int = Field(
        default=1_000_000_000, ge=1, description="Bytes of the largest file taken."
    )
    largest_total: int = Field(
        default=10_000_000_000, ge=1, description="Bytes of all files of one user."
    )
    most_documents: int = Field(default=10_000, ge=1, description="Documents of one user.")
    most_collections: int = Field(default=1_000, ge=1, description="Collections of one user.")
    most_characters: int = Field(
        default=20_000_000, ge=1, description="Characters of text read from one file."
    )
    most_pages: int = Field(default=10_000, ge=1, description="Pages read from one file.")
    reading_at_once: int = Field(
        default=3,
        ge=1,
        description="Files read at once; one user's files have all these places but one.",
    )
    reading_seconds: float = Field(
        default=120, gt=0, description="How long reading one file may take."
    )
    reading_memory: int = Field(
        default=2 * 1024**3,
        ge=256 * 1024**2,
        description="Bytes of address space that reading one file may take.",
    )
