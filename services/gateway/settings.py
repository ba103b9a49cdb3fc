"""What can be set about the gateway."""

from dataclasses import dataclass

from pydantic import Field, IPvAnyNetwork

from contracts.storage import LIGHT
from shared.settings import ServiceSettings

_MEBI = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of anything one caller may want."""

    file_bytes: int = 1024 * _MEBI
    body_bytes: int = 128 * 1024
    light_bytes: int = LIGHT
    """Files up to this size travel in a message, without a ticket."""
    silence_seconds: float = 30.0
    send_seconds: float = 10.0
    """A client that takes nothing of what we send for so long is disconnected."""
    beat_seconds: float = 15.0
    """A quiet stream says so often that it is alive."""
    sockets_per_user: int = 32
    frames_per_stream: int = 100_000


class Settings(ServiceSettings):
    """The gateway's own settings."""

    cors_origins: list[str] = Field(
        default=[], description="Origins whose pages may call us; none by default."
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/]+/?$",
        description="Where people find us, for addresses that we hand out; by default where the "
        "request came to.",
    )
    objects_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/]+$",
        description="The S3 server; our page sends large files there, and is allowed no other.",
    )
    objects_public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^/]+$",
        description="The S3 server, as people's browsers reach it; by default the same.",
    )
    requests_per_second: float = Field(
        default=100, gt=0, description="What one user may ask of one replica in a second."
    )
    sign_ins_per_minute: int = Field(
        default=60,
        ge=1,
        description="How often one address may sign in or register in a minute, at one replica; "
        "programs of the same machine may as they like, unless proxies or a public URL are set.",
    )
    trusted_proxies: list[IPvAnyNetwork] = Field(
        default=[],
        description="Addresses of proxies before us, or networks of them: only of these is it "
        "believed for whom they ask (X-Forwarded-For, X-Forwarded-Proto).",
    )
    max_file_bytes: int = Field(default=1024 * _MEBI, ge=1, description="The largest file.")
    upload_slots: int = Field(
        default=16, ge=1, description="Uploads read at once; each holds one part in memory."
    )
    upload_slots_per_user: int = Field(
        default=8, ge=1, description="Of these, how many one user may hold."
    )
    download_slots: int = Field(
        default=48, ge=1, description="Files sent at once; each holds a connection to the store."
    )
    download_slots_per_user: int = Field(
        default=16, ge=1, description="Of these, how many one user, or one address, may hold."
    )
    slow_bytes_per_second: float = Field(
        default=32 * 1024,
        gt=0,
        description="An upload or download slower than this gives way when others wait.",
    )
    silence_seconds: float = Field(
        default=30,
        gt=0,
        description="How long somebody may send nothing, or take nothing, before we give up.",
    )
    sockets_per_user: int = Field(
        default=32, ge=1, description="Most open tabs of one user, WebSockets and event streams."
    )
    frames_per_stream: int = Field(
        default=100_000,
        ge=1,
        description="What one event stream tells before its reader has to come back for more.",
    )

    def limits(self) -> Limits:
        """Gather them."""
        return Limits(
            file_bytes=self.max_file_bytes,
            silence_seconds=self.silence_seconds,
            sockets_per_user=self.sockets_per_user,
            frames_per_stream=self.frames_per_stream,
        )
