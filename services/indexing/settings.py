"""What indexing can be told from outside."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Which model says what texts mean, and where it is."""

    embedder: Literal["local", "openai"] = Field(
        default="local",
        description="A model on this machine, or one behind an OpenAI-compatible address.",
    )
    model_dir: Path | None = Field(
        default=None, description="The local model's folder; by default `model` in data_dir."
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
