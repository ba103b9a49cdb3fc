"""What identity can be told from outside."""

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """How tokens are signed, how long they last, and what a password costs."""

    token_issuer: str = Field(default="studymesh", description="Who signs tokens (`iss`).")
    token_audience: str = Field(default="studymesh", description="Whom tokens are for (`aud`).")
    access_seconds: int = Field(default=900, ge=1, description="How long an access token is valid.")
    refresh_days: float = Field(default=30, gt=0, description="How long a refresh token is valid.")
    key_secret: SecretStr | None = Field(
        default=None, description="Seals the signing keys in the database; none leaves them plain."
    )
    hash_memory_kib: int = Field(
        default=19_456, ge=8, description="Memory that hashing one password takes."
    )
    hash_rounds: int = Field(default=2, ge=1, description="Passes that hashing one password takes.")
    hash_threads: int = Field(default=2, ge=1, description="Passwords hashed at the same time.")
    hash_queue: int = Field(
        default=20, ge=1, description="Passwords that may wait to be hashed; more are turned away."
    )
    sweep_seconds: float = Field(
        default=3600, gt=0, description="How often to forget what ended long ago."
    )
