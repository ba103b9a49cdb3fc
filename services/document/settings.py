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
    most_blocks: int = Field(
        default=500_000, ge=1, description="Paragraphs, rows and headings read from one file."
    )
    most_elements: int = Field(
        default=10_000_000, ge=1, description="Tags of marked-up text read from one part of a file."
    )
    most_pixels: int = Field(
        default=100_000_000, ge=1, description="Pixels of one picture that is looked at."
    )
    reading_seconds: float = Field(
        default=120,
        gt=0,
        description="How long reading one file may take, or a few pages of a file that has many.",
    )
    longest_reading_seconds: float = Field(
        default=1800,
        gt=0,
        description="How long reading a file of many pages may take; a retry reads the others.",
    )
    ocr_languages: str = Field(
        default="eng",
        pattern=r"^([A-Za-z_]+(\+[A-Za-z_]+)*)?$",
        description="Languages of words in pictures, as tesseract calls them: eng+deu; none: off.",
    )
    ocr_seconds: float = Field(
        default=20, gt=0, description="How long recognising the words of one page may take."
    )
    reading_memory: int = Field(
        default=2 * 1024**3,
        ge=256 * 1024**2,
        description="Bytes of address space that reading one file may take.",
    )
