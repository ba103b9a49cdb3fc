"""One line for each thing worth knowing, with the ids to find it by, and nothing personal."""

import logging
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, Final, TextIO

import structlog
from opentelemetry import trace
from structlog.types import EventDict, Processor, WrappedLogger

REDACTED: Final = "[redacted]"

_PRIVATE_KEYS: Final = re.compile(
    r"(^|_)(password|passwd|secret|token|authorization|cookie|api_key|credentials?|ticket"
    r"|e_?mail|title|file_?name|name|body|text|query|q|quote|answer|response|snippet)s?$",
    re.IGNORECASE,
)
_HARMLESS_KEYS: Final = frozenset({"logger_name", "service_name", "probe_name", "task_name"})
_PRIVATE_VALUES: Final = (
    re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.-]*\w"),
    re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"),
    re.compile(r"\bsm_[\w-]{8,}"),
    re.compile(r"(?i)\bbearer\s+\S+"),
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),
    re.compile(r"(?i)(?<=x-amz-signature=)\w+"),
    re.compile(r"(?i)(?<=password=)[^\s&]+"),
)
_QUIET: Final = ("uvicorn.access", "httpx", "httpcore", "urllib3", "asyncio")


def set_up(service: str, level: str = "info", *, out: TextIO | None = None) -> None:
    """Write every log of this process, libraries' too, as JSON lines, or readably on a terminal."""
    stream = out or sys.stderr
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(service=service)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_trace,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(shared, readable=stream.isatty()))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def get(name: str) -> structlog.stdlib.BoundLogger:
    """Give a logger; its ids come from whoever is being served at the moment."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


@contextmanager
def about(**ids: str) -> Iterator[None]:
    """Put ids, such as `correlation` and `message`, on every line logged inside the block."""
    with structlog.contextvars.bound_contextvars(**ids):
        yield


def add_trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Name the trace and span that a line belongs to."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace"] = f"{context.trace_id:032x}"
        event["span"] = f"{context.span_id:016x}"
    return event


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Take out what is secret or personal, by the name of a field or the look of a value."""
    return _clean_mapping(event)


def _clean_mapping(values: Mapping[str, Any]) -> MutableMapping[str, Any]:
    return {
        key: REDACTED if _is_private(key, value) else _clean(value) for key, value in values.items()
    }


def _is_private(key: str, value: object) -> bool:
    return bool(value) and key not in _HARMLESS_KEYS and bool(_PRIVATE_KEYS.search(key))


def _clean(value: object) -> object:
    if isinstance(value, str):
        for private in _PRIVATE_VALUES:
            value = private.sub(REDACTED, value)
        return value
    if isinstance(value, Mapping):
        return _clean_mapping(value)
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def _formatter(shared: list[Processor], *, readable: bool) -> logging.Formatter:
    renderer: Processor = (
        structlog.dev.ConsoleRenderer()
        if readable
        else structlog.processors.JSONRenderer(default=str)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
