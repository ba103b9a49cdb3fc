"""What indexing can be told from outside."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from services.indexing.service.work import BATCH
from shared.settings import ServiceSettings


@dataclass(frozen=True, slots=True)
class Model:
    """One model: a folder on this machine, or a name behind an address."""

    embedder: Literal["local", "openai"]
    model_dir: Path | None
    openai_url: str
    openai_model: str
    openai_key: SecretStr
    openai_dimensions: int


class Settings(ServiceSettings):
    """Which model says what texts mean, and where it is."""

    embedder: Literal["local", "openai"] = Field(
        default="local",
        description="A model on this machine, or one behind an OpenAI-compatible address.",
    )
    model_dir: Path | None = Field(
        default=None, description="The local model's folder; by default `model` in data_dir."
    )
    batch: int = Field(
        default=BATCH, ge=1, description="Passages embedded between two checkpoints."
    )
    at_once: int = Field(
        default=3,
        ge=1,
        description="Documents indexed at once; one user's have all these places but one.",
    )
    embed_threads: int = Field(default=2, ge=1, description="Processors the local model may use.")
    openai_url: str = Field(default="", description="Up to and with `/v1`, for `embedder=openai`.")
    openai_model: str = Field(default="", description="The model's name there.")
    openai_key: SecretStr = Field(default=SecretStr(""), description="The key, if it wants one.")
    openai_dimensions: int = Field(
        default=384, ge=1, le=4_000, description="How many numbers its vectors have."
    )
    former_embedder: Literal["none", "local", "openai"] = Field(
        default="none",
        description="The model of the vectors served until all is embedded again; it only answers.",
    )
    former_model_dir: Path | None = Field(default=None, description="As `model_dir`.")
    former_openai_url: str = Field(default="", description="As `openai_url`.")
    former_openai_model: str = Field(default="", description="As `openai_model`.")
    former_openai_key: SecretStr = Field(default=SecretStr(""), description="As `openai_key`.")
    former_openai_dimensions: int = Field(
        default=384, ge=1, le=4_000, description="As `openai_dimensions`."
    )

    @property
    def newest(self) -> Model:
        """The model that embeds what comes."""
        return Model(
            self.embedder,
            self.model_dir,
            self.openai_url,
            self.openai_model,
            self.openai_key,
            self.openai_dimensions,
        )

    @property
    def former(self) -> Model | None:
        """The model that embedded what is still served, if it is another one."""
        if self.former_embedder == "none":
            return None
        return Model(
            self.former_embedder,
            self.former_model_dir,
            self.former_openai_url,
            self.former_openai_model,
            self.former_openai_key,
            self.former_openai_dimensions,
        )
