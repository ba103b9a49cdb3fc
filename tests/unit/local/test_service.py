"""A service gets its own settings and credentials, and nobody else's."""

import pytest

from deploy.local import service

SERVICES = ["document", "search"]


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of whoever typed `make run`."""
    return monkeypatch


class TestProgram:
    def test_its_settings_are_under_its_own_name(self) -> None:
        program = service.program("document", {"nats_password": "secret"}, SERVICES)

        assert program.environment["MESH_DOCUMENT_NATS_PASSWORD"] == "secret"

    def test_what_the_caller_set_for_all_or_for_it_is_passed_on(
        self, caller: pytest.MonkeyPatch
    ) -> None:
        caller.setenv("MESH_LOG_LEVEL", "debug")
        caller.setenv("MESH_DOCUMENT_READING_SECONDS", "5")

        environment = service.program("document", {}, SERVICES).environment

        assert environment["MESH_LOG_LEVEL"] == "debug"
        assert environment["MESH_DOCUMENT_READING_SECONDS"] == "5"

    def test_what_is_meant_for_another_or_is_none_of_ours_stays_outside(
        self, caller: pytest.MonkeyPatch
    ) -> None:
        caller.setenv("MESH_SEARCH_NATS_PASSWORD", "not yours")
        caller.setenv("GITHUB_TOKEN", "not yours")

        assert "not yours" not in service.program("document", {}, SERVICES).environment.values()

    def test_it_runs_as_its_own_process(self) -> None:
        assert service.program("document", {}, SERVICES).command[1:] == ("-m", "services.document")
