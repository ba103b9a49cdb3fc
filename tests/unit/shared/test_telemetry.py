"""Places in a trace travel as text, and metrics reach a collector as Prometheus would read them."""

from collections.abc import Generator

import pytest
from prometheus_client import Counter, Gauge, Histogram

from shared import telemetry
from shared.metrics import exposition, timed
from tests.otlp import Collector, collector

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

COOKED = Counter("test_cooked_total", "Meals", ["kind"])
HUNGRY = Gauge("test_hungry", "Guests")
WAITED = Histogram("test_waited_seconds", "Seconds", ["kind"])


@pytest.fixture(scope="module")
def collected() -> Generator[Collector]:
    with collector() as collecting:
        sending = telemetry.set_up("kitchen", collecting.endpoint, every=0.1)
        yield collecting
        sending.shut_down()


class TestSpans:
    def test_outside_a_span_there_is_no_place(self) -> None:
        assert telemetry.inject() is None
        assert telemetry.trace_id() is None

    def test_a_span_stands_below_the_parent_that_came_with_the_message(
        self, collected: Collector
    ) -> None:
        with telemetry.span("cook", parent=PARENT, attributes={"meal": "soup"}):
            here = telemetry.inject()
            assert telemetry.trace_id() == PARENT[3:35]

        span = collected.wait_for_span("cook")
        assert (span.trace, span.parent) == (PARENT[3:35], PARENT[36:52])
        assert here == f"00-{span.trace}-{span.id}-01"
        assert span.attributes == {"meal": "soup"}

    def test_a_span_inside_another_stands_below_it(self, collected: Collector) -> None:
        with telemetry.span("outer"), telemetry.span("inner"):
            pass

        inner, outer = collected.wait_for_span("inner"), collected.wait_for_span("outer")
        assert (inner.trace, inner.parent) == (outer.trace, outer.id)

    def test_an_error_marks_the_span_and_is_not_told_in_it(self, collected: Collector) -> None:
        with pytest.raises(ZeroDivisionError), telemetry.span("burn"):
            raise ZeroDivisionError("what a person wrote")

        span = collected.wait_for_span("burn")
        assert span.failed
        assert span.attributes == {}

    def test_nonsense_from_outside_begins_a_new_trace(self, collected: Collector) -> None:
        with telemetry.span("odd", parent="00-nonsense"):
            pass

        assert collected.wait_for_span("odd").parent == ""


class TestMetrics:
    def test_counts_gauges_and_times_are_sent(self, collected: Collector) -> None:
        COOKED.labels("soup").inc()
        HUNGRY.set(2)
        with timed(WAITED, "soup"):
            pass

        for name in ("test_cooked", "test_hungry", "test_waited_seconds_count"):
            collected.wait_for_metric("kitchen", name)

    def test_a_block_that_fails_is_timed_too(self) -> None:
        with pytest.raises(ZeroDivisionError), timed(WAITED, "burnt"):
            raise ZeroDivisionError

        assert b'test_waited_seconds_count{kind="burnt"} 1.0' in exposition()
