"""What storage can be told from outside."""

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Where the object store is, and what storage allows."""

    objects_url: str = Field(
        default="http://127.0.0.1:8333",
        pattern=r"^https?://[^/]+$",
        description="The S3 server, as the mesh reaches it.",
    )
    objects_public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/]+$",
        description="The S3 server, as people's browsers reach it; by default the same.",
    )
    objects_access_key: str = Field(description="Who we are at the S3 server.")
    objects_secret_key: SecretStr = Field(description="The secret of that access key.")
    objects_region: str = Field(default="us-east-1", description="The region to sign for.")
    objects_incoming_bucket: str = Field(
        default="mesh-incoming", description="Where bytes arrive; upload tickets can write here."
    )
    objects_sealed_bucket: str = Field(
        default="mesh-objects",
        description="Where checked objects lie; no ticket can change what lies here.",
    )
    part_size: int = Field(
        default=8 * 1024 * 1024,
        ge=5 * 1024 * 1024,
        description="Bytes of one part of a large upload.",
    )
    largest_object: int = Field(
        default=1_000_000_000, ge=1, description="Bytes of the largest object taken."
    )
    checks_at_once: int = Field(
        default=4,
        ge=1,
        description="Files checked at once; one user's have all these places but one.",
    )
    upload_seconds: int = Field(
        default=3600, ge=1, le=604_800, description="How long an upload ticket is valid."
    )
    download_seconds: int = Field(
        default=300, ge=1, le=604_800, description="How long a download ticket is valid."
    )
    unclaimed_hours: float = Field(
        default=24, gt=0, description="How long an upload waits to be claimed."
    )
    sweep_seconds: float = Field(
        default=60, gt=0, description="How often to look for what nobody claimed or announced."
    )
