"""Traces through the whole mesh, and metrics, sent by OTLP/HTTP where a collector is named."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from opentelemetry import context, metrics, trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, DEFAULT_ON
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

TRACEPARENT: Final = "traceparent"

_PROPAGATOR: Final = TraceContextTextMapPropagator()
_TRACER: Final = trace.get_tracer("studymesh")


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What was set up for one process, to be shut down with it."""

    endings: tuple[Callable[[], None], ...]

    def shut_down(self) -> None:
        """Send what is left, then stop. It blocks, for seconds if the collector is away."""
        for end in self.endings:
            end()


def set_up(service: str, endpoint: str | None, *, every: float = 15.0) -> Telemetry:
    """Begin to send to a collector; without one, ids are still made and passed on.

    What nobody collects is not written down either: that costs most of what a span costs.
    """
    resource = Resource.create({"service.name": service, "service.namespace": "studymesh"})
    sampler = ALWAYS_OFF if endpoint is None else DEFAULT_ON
    tracing = TracerProvider(sampler, resource=resource, shutdown_on_exit=False)
    trace.set_tracer_provider(tracing)
    if endpoint is None:
        return Telemetry((tracing.shutdown,))
    from shared import export  # noqa: PLC0415  # it would cost every start, and few have a collector

    tracing.add_span_processor(export.spans_to(endpoint.rstrip("/")))
    measuring = export.metrics_to(endpoint.rstrip("/"), resource, every=every)
    metrics.set_meter_provider(measuring)
    return Telemetry((tracing.shutdown, measuring.shutdown))


def write(headers: dict[str, str]) -> None:
    """Write the current place in the trace among headers, if there is one."""
    _PROPAGATOR.inject(headers)


def read(headers: Mapping[str, str]) -> Context:
    """Find the place in a trace that headers name; without one, nothing is above."""
    return _PROPAGATOR.extract(headers, Context()) if TRACEPARENT in headers else Context()


def inject() -> str | None:
    """Write the current place in the trace as a W3C `traceparent`, if there is one."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get(TRACEPARENT)


def trace_id() -> str | None:
    """Name the current trace, as 32 hexadecimal digits."""
    current = trace.get_current_span().get_span_context()
    return f"{current.trace_id:032x}" if current.is_valid else None


@contextmanager
def span(
    name: str,
    *,
    parent: str | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: dict[str, AttributeValue] | None = None,
) -> Iterator[Span]:
    """Open a span below `parent` (a `traceparent`) or the current one; an error marks it."""
    above = _PROPAGATOR.extract({TRACEPARENT: parent}) if parent else context.get_current()
    with _TRACER.start_as_current_span(
        name,
        context=above,
        kind=kind,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as opened:
        try:
            yield opened
        except Exception as error:
            # The class alone: messages may hold what people wrote.
            opened.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
