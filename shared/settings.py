"""What a service can be told from outside, checked at the start, and where each value came from."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, PrivateAttr, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

CONFIG_VARIABLE = "MESH_CONFIG"
DEFAULT_CONFIG = Path("mesh.toml")
MASK = "********"


class BadSettings(Exception):
    """A setting is missing, unknown or wrong; the message is one sentence that says which."""

    exit_code: ClassVar[int] = 78


@dataclass(frozen=True, slots=True)
class Value:
    """One setting as it may be shown: secrets masked, and where it was found."""

    name: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Layer:
    """One place where settings are looked for; earlier layers win."""

    values: Mapping[str, Any]
    source: str
    """How the place is named; `{field}` and `{FIELD}` stand for the setting."""

    def name(self, field: str) -> str:
        """Say where exactly a field of this layer stands."""
        return self.source.format(field=field, FIELD=field.upper())


class ServiceSettings(BaseSettings):
    """What every service can be told. A service's own settings inherit it and add theirs."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    nats_url: str = Field(
        default="nats://127.0.0.1:4222",
        description="Where the broker listens; the nodes of a cluster with commas between.",
    )
    nats_user: str = Field(description="The broker user; by default the service's name.")
    nats_password: SecretStr = Field(description="The broker user's password.")
    nats_monitor_url: str = Field(
        default="",
        description="The broker's monitoring address, of every node; readiness reads how it syncs.",
    )
    database_url: SecretStr | None = Field(
        default=None, description="As `postgresql+asyncpg://user:password@host:port/database`."
    )
    database_pool: int = Field(default=8, ge=1, description="Most connections held at once.")
    outbox_days: float = Field(
        default=8, gt=0, description="How long published messages are kept, to be said again."
    )
    outbox_limit: int = Field(
        default=100_000, ge=1, description="Messages waiting at which new requests are refused."
    )
    inbox_days: float = Field(
        default=31, ge=7, description="How long we remember what we handled; streams keep 30 days."
    )
    http_host: str = Field(default="127.0.0.1", description="The address to serve HTTP on.")
    http_port: int = Field(default=8080, ge=0, le=65535, description="The port to serve HTTP on.")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    otlp_endpoint: str | None = Field(
        default=None, description="Base address of an OTLP/HTTP collector; none sends nothing."
    )
    orphans_seconds: float = Field(
        default=3600, gt=0, description="How often to look for what nobody refers to any more."
    )
    start_seconds: float = Field(
        default=30.0, ge=0, description="How long to wait at the start for broker and database."
    )
    drain_seconds: float = Field(
        default=20.0, ge=0, description="How long work in hand may take to finish at the end."
    )
    data_dir: Path = Field(default=Path(".data"), description="Where files of our own are kept.")

    _sources: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def load(cls, service: str) -> Self:
        """Read a service's settings from environment and file; `BadSettings` says what is wrong."""
        layers = (*_environment(cls, service), *_file(cls, service), _defaults(service))
        values: dict[str, Any] = {}
        sources: dict[str, str] = {}
        for layer in layers:
            for field in layer.values.keys() - values.keys():
                values[field] = layer.values[field]
                sources[field] = layer.name(field)
        try:
            settings = cls(**values)
        except ValidationError as wrong:
            raise BadSettings(_sentence(service, wrong, sources)) from None
        settings._sources.update(sources)
        return settings

    def explain(self) -> list[Value]:
        """List every setting with the place it came from; secrets are masked."""
        return [
            Value(name, _shown(getattr(self, name)), self._sources.get(name, self._unsourced(name)))
            for name in type(self).model_fields
        ]

    @classmethod
    def settings_customise_sources(  # type: ignore[override]
        cls, *_: object, init_settings: PydanticBaseSettingsSource, **__: object
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take only what is given: `load` gathers the rest, knowing which service asks."""
        return (init_settings,)

    def _unsourced(self, name: str) -> str:
        return "given" if name in self.model_fields_set else "default"


def _environment(cls: type[ServiceSettings], service: str) -> tuple[Layer, Layer]:
    own_prefix = f"MESH_{service.upper().replace('-', '_')}_"
    for variable in os.environ:
        field = variable.removeprefix(own_prefix).lower()
        if variable.startswith(own_prefix) and field not in cls.model_fields:
            raise BadSettings(f"{variable} is no setting of {service}{_hint(cls, field)}")
    return _variables(cls, own_prefix), _variables(cls, "MESH_")


def _variables(cls: type[ServiceSettings], prefix: str) -> Layer:
    try:
        found = EnvSettingsSource(cls, env_prefix=prefix, case_sensitive=False)()
    except SettingsError as wrong:
        raise BadSettings(f"{prefix}*: {wrong}") from None
    return Layer(found, f"env {prefix}{{FIELD}}")


def _file(cls: type[ServiceSettings], service: str) -> tuple[Layer, ...]:
    asked = os.environ.get(CONFIG_VARIABLE)
    path = Path(asked) if asked else DEFAULT_CONFIG
    if not path.exists():
        if asked:
            raise BadSettings(f"{CONFIG_VARIABLE} names {path}, which does not exist")
        return ()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        raise BadSettings(f"{path} cannot be read: {wrong}") from None
    own = content.get(service, {})
    for field in own:
        if field not in cls.model_fields:
            raise BadSettings(f"{path} [{service}] {field} is no setting{_hint(cls, field)}")
    common = {field: value for field, value in content.items() if field in cls.model_fields}
    return (
        Layer(own, f"file {path} [{service}] {{field}}"),
        Layer(common, f"file {path} {{field}}"),
    )


def _defaults(service: str) -> Layer:
    return Layer({"nats_user": service}, "default")


def _hint(cls: type[ServiceSettings], field: str) -> str:
    close = difflib.get_close_matches(field, cls.model_fields, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _sentence(service: str, wrong: ValidationError, sources: Mapping[str, str]) -> str:
    first = wrong.errors(include_url=False, include_context=False)[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    if first["type"] == "missing":
        return f"{service} needs {field}: set MESH_{service.upper()}_{field.upper()}"
    place = f" ({sources[field]})" if field in sources else ""
    return f"{service} cannot use {field or 'its settings'}{place}: {first['msg']}"


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    return "" if value is None else str(value)
