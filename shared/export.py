"""Sends traces and metrics to a collector by OTLP/HTTP; loaded only where one is named."""

from collections.abc import Callable, Iterable

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric


def spans_to(base: str) -> BatchSpanProcessor:
    """Send finished spans each second."""
    exporter = OTLPSpanExporter(endpoint=f"{base}/v1/traces", timeout=3)
    return BatchSpanProcessor(exporter, schedule_delay_millis=1_000)


def metrics_to(base: str, resource: Resource, *, every: float) -> MeterProvider:
    """Send what Prometheus could read; of histograms, sum and count."""
    exporter = OTLPMetricExporter(endpoint=f"{base}/v1/metrics", timeout=3)
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=every * 1_000)
    measuring = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
    _mirror(measuring.get_meter("studymesh"))
    return measuring


def _mirror(meter: Meter) -> None:
    for family in REGISTRY.collect():
        if family.type == "counter":
            meter.create_observable_counter(family.name, [_samples(family.name, "_total")])
        elif family.type == "gauge":
            meter.create_observable_gauge(family.name, [_samples(family.name, "")])
        elif family.type == "histogram":
            for part in ("_sum", "_count"):
                name = family.name + part
                meter.create_observable_counter(name, [_samples(family.name, part)])


def _samples(family: str, suffix: str) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observe(_: CallbackOptions) -> Iterable[Observation]:
        wanted = family + suffix
        found: Iterable[Metric] = REGISTRY.restricted_registry([wanted]).collect()
        for metric in found:
            for sample in metric.samples:
                if sample.name == wanted:
                    yield Observation(sample.value, dict(sample.labels))

    return observe
