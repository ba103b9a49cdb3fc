"""Traces through the whole mesh, and metrics, sent by OTLP/HTTP where a collector is named."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from opentelemetry import context, metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric

TRACEPARENT: Final = "traceparent"

_PROPAGATOR: Final = TraceContextTextMapPropagator()
_TRACER: Final = trace.get_tracer("studymesh")


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What was set up for one process, to be shut down with it."""

    tracing: TracerProvider | None = None
    measuring: MeterProvider | None = None

    def shut_down(self) -> None:
        """Send what is left, then stop. It blocks, for seconds if the collector is away."""
        if self.tracing is not None:
            self.tracing.shutdown()
        if self.measuring is not None:
            self.measuring.shutdown()


def set_up(service: str, endpoint: str | None, *, every: float = 15.0) -> Telemetry:
    """Begin to send to a collector; without one, ids are still made and passed on."""
    resource = Resource.create({"service.name": service, "service.namespace": "studymesh"})
    tracing = TracerProvider(resource=resource, shutdown_on_exit=False)
    trace.set_tracer_provider(tracing)
    if endpoint is None:
        return Telemetry(tracing)
    base = endpoint.rstrip("/")
    exporter = OTLPSpanExporter(endpoint=f"{base}/v1/traces", timeout=3)
    tracing.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1_000))
    reader = PeriodicExportingMetricReader(
        OTLPMetricExporter(endpoint=f"{base}/v1/metrics", timeout=3),
        export_interval_millis=every * 1_000,
    )
    measuring = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
    metrics.set_meter_provider(measuring)
    _mirror(measuring.get_meter("studymesh"))
    return Telemetry(tracing, measuring)


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


def _mirror(meter: Meter) -> None:
    """Send what Prometheus could read; of histograms, sum and count."""
    for family in REGISTRY.collect():
        if family.type == "counter":
            meter.create_observable_counter(family.name, [_samples(family.name, "_total")])
        elif family.type == "gauge":
            meter.create_observable_gauge(family.name, [_samples(family.name, "")])
        elif family.type == "histogram":
            for part in ("_sum", "_count"):
                meter.create_observable_counter(family.name + part, [_samples(family.name, part)])


def _samples(family: str, suffix: str) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observe(_: CallbackOptions) -> Iterable[Observation]:
        wanted = family + suffix
        found: Iterable[Metric] = REGISTRY.restricted_registry([wanted]).collect()
        for metric in found:
            for sample in metric.samples:
                if sample.name == wanted:
                    yield Observation(sample.value, dict(sample.labels))

    return observe
