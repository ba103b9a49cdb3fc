"""Logs stay within bounds, and are shown as they come."""

from pathlib import Path

from deploy.local import logs


class TestBound:
    def test_a_log_that_grew_too_large_is_put_aside_and_begun_again(self, tmp_path: Path) -> None:
        log = tmp_path / "search.log"
        with log.open("a") as writer:
            writer.write("old words\n")
            writer.flush()
            logs.bound(tmp_path, largest=5)
            writer.write("new words\n")

        assert log.read_text() == "new words\n"
        assert (tmp_path / "search.log.1").read_text() == "old words\n"

    def test_a_small_log_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "search.log").write_text("words\n")

        logs.bound(tmp_path, largest=100)

        assert [path.name for path in tmp_path.iterdir()] == ["search.log"]


class TestFollow:
    def test_it_shows_what_was_said_and_then_what_is_said(self, tmp_path: Path) -> None:
        log = tmp_path / "search.log"
        log.write_text("before\n")
        lines = logs.follow(tmp_path, [])

        first = next(lines)
        with log.open("a") as writer:
            writer.write("after\n")

        assert [first.split()[-1], next(lines).split()[-1]] == ["before", "after"]

    def test_only_those_asked_for(self, tmp_path: Path) -> None:
        (tmp_path / "nats.log").write_text("nats\n")
        (tmp_path / "search.log").write_text("search\n")

        assert next(logs.follow(tmp_path, ["search"])) == "      search │ search"

    def test_a_log_that_was_begun_again_is_shown_from_its_beginning(self, tmp_path: Path) -> None:
        log = tmp_path / "search.log"
        log.write_text("a long line before\n")
        lines = logs.follow(tmp_path, [])
        next(lines)

        log.write_text("again\n")

        assert next(lines).split()[-1] == "again"


class TestLastWords:
    def test_they_stand_on_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "search.log").write_text("one\ntwo\nthree\n")

        assert logs.last_words(tmp_path / "search.log", 2) == "two | three"

    def test_what_is_said_again_and_again_is_told_once(self, tmp_path: Path) -> None:
        (tmp_path / "search.log").write_text("three\ntold\ntold\n")

        assert logs.last_words(tmp_path / "search.log") == "three | told"

    def test_who_never_said_anything_has_none(self, tmp_path: Path) -> None:
        assert logs.last_words(tmp_path / "search.log") == ""
