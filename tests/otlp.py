"""A small OTLP/HTTP collector that a test runs, to read back what processes sent."""

import gzip
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue


@dataclass(frozen=True)
class Span:
    """One span as it arrived."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, str]
    failed: bool


@dataclass
class Collector:
    """What arrived so far; safe to read while it still arrives."""

    endpoint: str = ""
    spans: list[Span] = field(default_factory=list)
    metrics: dict[str, set[str]] = field(default_factory=dict)
    """Names of metrics by service."""
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def trace(self, trace: str) -> list[Span]:
        """Give the spans of one trace."""
        with self._changed:
            return [span for span in self.spans if span.trace == trace]

    def wait_for_span(self, name: str, *, within: float = 15.0, trace: str = "") -> Span:
        """Wait until a span of this name (and trace) has arrived."""

        def found() -> Span | None:
            fitting = (span for span in self.spans if span.name == name)
            return next((span for span in fitting if trace in ("", span.trace)), None)

        with self._changed:
            if not self._changed.wait_for(found, within):
                names = sorted({f"{span.service}: {span.name}" for span in self.spans})
                raise AssertionError(f"no span {name!r} within {within:g} s, only {names}")
            span = found()
        assert span is not None
        return span

    def wait_for_services(self, trace: str, names: set[str], *, within: float = 15.0) -> None:
        """Wait until each of these services has sent a span of a trace."""

        def seen() -> set[str]:
            return {span.service for span in self.spans if span.trace == trace}

        with self._changed:
            complete = self._changed.wait_for(lambda: seen() >= names, within)
        assert complete, f"no span of {names - seen()} within {within:g} s"

    def wait_for_metric(self, service: str, name: str, *, within: float = 15.0) -> None:
        """Wait until a service has sent a metric of this name."""
        with self._changed:
            arrived = self._changed.wait_for(
                lambda: name in self.metrics.get(service, set()), within
            )
        assert arrived, f"{service} did not send {name}, only {self.metrics}"

    def take(self, path: str, body: bytes) -> None:
        """Read one export."""
        with self._changed:
            if path.endswith("/v1/traces"):
                self._take_traces(ExportTraceServiceRequest.FromString(body))
            elif path.endswith("/v1/metrics"):
                self._take_metrics(ExportMetricsServiceRequest.FromString(body))
            self._changed.notify_all()

    def _take_traces(self, export: ExportTraceServiceRequest) -> None:
        for resource in export.resource_spans:
            service = _attributes(resource.resource.attributes)["service.name"]
            self.spans.extend(
                Span(
                    service=service,
                    name=span.name,
                    trace=span.trace_id.hex(),
                    id=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    attributes=_attributes(span.attributes),
                    failed=span.status.code == span.status.STATUS_CODE_ERROR,
                )
                for scope in resource.scope_spans
                for span in scope.spans
            )

    def _take_metrics(self, export: ExportMetricsServiceRequest) -> None:
        for resource in export.resource_metrics:
            service = _attributes(resource.resource.attributes)["service.name"]
            names = self.metrics.setdefault(service, set())
            names.update(
                metric.name for scope in resource.scope_metrics for metric in scope.metrics
            )


@contextmanager
def collector() -> Generator[Collector]:
    """Run a collector on a free port for the length of a block."""
    collected = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            collected.take(self.path, body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collected.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield collected
        finally:
            server.shutdown()


def _attributes(pairs: "list[KeyValue]") -> dict[str, str]:
    return {
        pair.key: str(getattr(pair.value, pair.value.WhichOneof("value") or "string_value"))
        for pair in pairs
    }
