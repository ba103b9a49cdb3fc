"""A log line carries the ids to find it by, and nothing that is secret or personal."""

import io
import json
import logging
from collections.abc import Generator
from typing import Any

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider

from shared import logs


class Terminal(io.StringIO):
    """Somebody looks at it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def out() -> Generator[io.StringIO]:
    written = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    logs.set_up("reader", "info", out=written)
    yield written
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


class TestLines:
    def test_a_line_is_json_with_its_ids(self, out: io.StringIO) -> None:
        with logs.about(correlation="c-1", message="m-1"):
            logs.get("reader.work").info("read", pages=3)

        line = _lines(out)[0]
        assert line.pop("timestamp").endswith("Z")
        assert line == {
            "event": "read",
            "level": "info",
            "logger": "reader.work",
            "service": "reader",
            "correlation": "c-1",
            "message": "m-1",
            "pages": 3,
        }

    def test_ids_end_with_their_block(self, out: io.StringIO) -> None:
        with logs.about(correlation="c-1"):
            pass
        logs.get("reader.work").info("read")

        assert "correlation" not in _lines(out)[0]

    def test_the_trace_is_named(self, out: io.StringIO) -> None:
        tracer = TracerProvider().get_tracer("test")

        with tracer.start_as_current_span("work") as span:
            logs.get("reader.work").info("read")

        context = span.get_span_context()
        assert _lines(out)[0]["trace"] == f"{context.trace_id:032x}"
        assert _lines(out)[0]["span"] == f"{context.span_id:016x}"

    def test_what_libraries_say_looks_the_same(self, out: io.StringIO) -> None:
        with logs.about(correlation="c-1"):
            logging.getLogger("nats").warning("slow consumer on %s", "evt.a.b.v1")

        assert _lines(out)[0]["event"] == "slow consumer on evt.a.b.v1"
        assert _lines(out)[0]["correlation"] == "c-1"

    def test_an_error_is_told_in_one_line(self, out: io.StringIO) -> None:
        logs.get("reader.work").error("failed", exc_info=ZeroDivisionError("no 0"))

        assert len(_lines(out)) == 1
        assert "ZeroDivisionError: no 0" in _lines(out)[0]["exception"]

    def test_what_is_below_the_level_is_not_said(self, out: io.StringIO) -> None:
        logs.get("reader.work").debug("detail")

        assert out.getvalue() == ""

    def test_on_a_terminal_it_reads_well(self, out: io.StringIO) -> None:
        terminal = Terminal()
        logs.set_up("reader", out=terminal)

        logs.get("reader.work").info("read", pages=3)

        assert "read" in terminal.getvalue()
        assert not terminal.getvalue().startswith("{")
        assert out.getvalue() == ""


class TestRedaction:
    @pytest.mark.parametrize(
        "name",
        [
            "password",
            "refresh_token",
            "api_key",
            "authorization",
            "ticket",
            "email",
            "e_mail",
            "title",
            "filename",
            "file_name",
            "name",
            "q",
            "query",
            "quote",
            "text",
            "body",
        ],
    )
    def test_a_field_that_is_private_by_name_is_taken_out(
        self, out: io.StringIO, name: str
    ) -> None:
        logs.get("reader.work").info("heard", **{name: "Ada Lovelace", "size": 3})

        assert "Ada" not in out.getvalue()
        assert _lines(out)[0][name] == logs.REDACTED
        assert _lines(out)[0]["size"] == 3

    @pytest.mark.parametrize(
        ("value", "secret"),
        [
            ("ada@example.org", "ada@"),
            ("Bearer abcdef-123", "abcdef-123"),
            ("eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "c2lnbmF0dXJl"),
            ("sm_0123456789abcdef", "0123456789abcdef"),
            ("postgresql+asyncpg://document:hunter2@127.0.0.1/document", "hunter2"),
            ("http://127.0.0.1/b/o?X-Amz-Signature=0badc0de&x=1", "0badc0de"),
        ],
    )
    def test_a_value_that_looks_private_is_taken_out_wherever_it_stands(
        self, out: io.StringIO, value: str, secret: str
    ) -> None:
        log = logs.get("reader.work")

        log.info("about %s itself", value)
        log.info("deep", reason={"list": [value, {"inner": value}]})
        log.error("failed", exc_info=ValueError(value))
        logging.getLogger("library").warning("got %s", value)

        assert len(_lines(out)) == 4
        assert secret not in out.getvalue()
        assert out.getvalue().count(logs.REDACTED) >= 4

    def test_ids_and_subjects_stay(self, out: io.StringIO) -> None:
        kept: dict[str, Any] = {
            "durable": "document-storage-object-stored-v1",
            "message": "0193a1b2-0000-7000-8000-000000000b01",
            "address": "evt.document.uploaded.v1",
        }

        logs.get("reader.work").info("heard", **kept)

        assert kept.items() <= _lines(out)[0].items()


def _lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]
