"""What begins with an HTTP request is one trace, through outbox and bus, to its last handler."""

from tests.integration.serve.conftest import Echo, wait_until
from tests.otlp import Collector, Span, collector

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = f"00-{TRACE}-b7ad6b7169203331-01"


class TestOneTrace:
    def test_from_the_request_to_the_last_handler(self, echo: Echo) -> None:
        with collector() as collected:
            echo.start(otlp_endpoint=collected.endpoint)
            echo.wait_until_ready()

            identity = echo.post("/echoes/once", traceparent=CALLER).json()["once"]
            wait_until(lambda: echo.has_heard(identity))
            last = collected.wait_for_span("handle Said", trace=TRACE)

            way = _way_up(collected, last)
            assert [span.name for span in way] == [
                "handle Said",
                "handle Say",
                "POST /echoes/{name}",
            ]
            assert way[-1].parent == "b7ad6b7169203331"

    def test_a_question_and_its_answer_belong_together(self, echo: Echo) -> None:
        with collector() as collected:
            echo.start(otlp_endpoint=collected.endpoint)
            echo.wait_until_ready()

            echo.get("/echoes")

            answer = collected.wait_for_span("answer req.echo.what-was-heard.v1")
            names = [span.name for span in _way_up(collected, answer)]
            assert names[1:] == ["ask req.echo.what-was-heard.v1", "GET /echoes"]

    def test_an_error_marks_the_span_but_its_words_stay_here(self, echo: Echo) -> None:
        with collector() as collected:
            echo.start(otlp_endpoint=collected.endpoint)
            echo.wait_until_ready()

            assert echo.get("/broken?q=secret").status_code == 500

            span = collected.wait_for_span("GET /broken")
            assert span.failed
            assert span.attributes == {
                "http.request.method": "GET",
                "http.route": "/broken",
                "http.response.status_code": "500",
            }

    def test_what_is_in_hand_at_the_end_is_still_sent(self, echo: Echo) -> None:
        with collector() as collected:
            echo.start(otlp_endpoint=collected.endpoint)
            echo.wait_until_ready()
            echo.get("/echoes")

            echo.running.terminate()

            assert echo.wait_until_gone() == 0
            collected.wait_for_span("GET /echoes", within=1)
            collected.wait_for_metric("echo", "mesh_http_seconds_count", within=1)

    def test_a_collector_that_is_away_disturbs_nobody(self, echo: Echo) -> None:
        echo.start(otlp_endpoint="http://127.0.0.1:9")
        echo.wait_until_ready()

        identity = echo.post("/echoes/once").json()["once"]

        wait_until(lambda: echo.has_heard(identity))


def _way_up(collected: Collector, span: Span) -> list[Span]:
    """Follow a span to the first that we know, waiting for those that are still on their way."""
    way = [span]

    def complete() -> bool:
        known = {other.id: other for other in collected.trace(span.trace)}
        while way[-1].parent in known:
            way.append(known[way[-1].parent])
        return way[-1].parent in {"", "b7ad6b7169203331"}

    wait_until(complete, lambda: str(way))
    return way
