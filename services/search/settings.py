"""What search can be told from outside."""

from typing import Literal

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Beside what every service can be told."""

    text_index: Literal["tantivy", "opensearch"] = Field(
        default="tantivy",
        description="Where words are found: in this process, or in OpenSearch.",
    )
    opensearch_url: str = Field(default="", description="As `https://host:9200`.")
    opensearch_user: str = Field(default="", description="Its user, if it wants one.")
    opensearch_password: SecretStr = Field(
        default=SecretStr(""), description="That one's password."
    )
    vector_index: Literal["pgvector", "qdrant"] = Field(
        default="pgvector",
        description="Where meanings are found: in search's own database, or in Qdrant.",
    )
    qdrant_url: str = Field(default="", description="As `https://host:6333`.")
    qdrant_key: SecretStr = Field(default=SecretStr(""), description="The key, if it wants one.")
    index_prefix: str = Field(
        default="studymesh-passages",
        pattern="[a-z][a-z0-9-]*",
        description="How names of indexes and collections begin; another mesh needs another.",
    )

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
