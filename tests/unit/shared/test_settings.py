"""Settings come from the nearest place, say which, keep secrets, and name what is wrong."""

from pathlib import Path

import pytest
from pydantic import Field, SecretStr

from shared.settings import BadSettings, ServiceSettings, Value


class Settings(ServiceSettings):
    """A service's own."""

    pages: int = Field(default=500, ge=1)
    languages: list[str] = Field(default=["en"])
    key: SecretStr | None = None


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("MESH_CONFIG", "MESH_LOG_LEVEL", "MESH_PORT_BASE", "MESH_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MESH_READER_NATS_PASSWORD", "whispered")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    monkeypatch.setenv("MESH_CONFIG", str(path))
    return path


class TestPrecedence:
    def test_without_anything_defaults_count(self) -> None:
        settings = Settings.load("reader")

        assert (settings.pages, settings.log_level, settings.nats_user) == (500, "info", "reader")
        assert _source(settings, "pages") == "default"

    def test_each_place_wins_over_the_next(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def pages() -> tuple[int, str]:
            settings = Settings.load("reader")
            return settings.pages, _source(settings, "pages")

        file.write_text("pages = 1\n")
        assert pages() == (1, f"file {file} pages")

        file.write_text("pages = 1\n[reader]\npages = 2\n")
        assert pages() == (2, f"file {file} [reader] pages")

        monkeypatch.setenv("MESH_PAGES", "3")
        assert pages() == (3, "env MESH_PAGES")

        monkeypatch.setenv("MESH_READER_PAGES", "4")
        assert pages() == (4, "env MESH_READER_PAGES")

    def test_the_file_beside_us_is_read_without_being_named(self, tmp_path: Path) -> None:
        (tmp_path / "mesh.toml").write_text('log_level = "debug"\n')

        settings = Settings.load("reader")

        assert settings.log_level == "debug"
        assert _source(settings, "log_level") == "file mesh.toml log_level"

    def test_another_services_settings_are_not_ours(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file.write_text("writers_only = 1\n[writer]\npages = 9\n")
        monkeypatch.setenv("MESH_WRITER_PAGES", "9")

        assert Settings.load("reader").pages == 500

    def test_a_list_is_written_as_json(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MESH_READER_LANGUAGES", '["de", "en"]')

        assert Settings.load("reader").languages == ["de", "en"]

    def test_what_is_given_directly_ignores_the_environment(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MESH_PAGES", "3")

        settings = Settings(nats_user="reader", nats_password=SecretStr("whispered"))

        assert settings.pages == 500
        assert _source(settings, "pages") == "default"
        assert _source(settings, "nats_user") == "given"


class TestExplaining:
    def test_secrets_are_masked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MESH_READER_DATABASE_URL", "postgresql+asyncpg://u:hidden@h/d")

        explained = Settings.load("reader").explain()

        source = "env MESH_READER_NATS_PASSWORD"
        assert Value("nats_password", "********", source) in explained
        assert Value("key", "", "default") in explained
        assert "hidden" not in str(explained)
        assert "whispered" not in str(explained)
        assert "hidden" not in repr(Settings.load("reader"))

    def test_every_value_has_a_source(self) -> None:
        explained = Settings.load("reader").explain()

        assert {value.name for value in explained} == set(Settings.model_fields)
        assert all(value.source for value in explained)


class TestRefusing:
    @pytest.mark.parametrize(
        ("name", "value", "sentence"),
        [
            (
                "MESH_READER_PAGES",
                "many",
                "reader cannot use pages (env MESH_READER_PAGES): Input should be a valid integer",
            ),
            (
                "MESH_PAGES",
                "0",
                "reader cannot use pages (env MESH_PAGES): Input should be greater than",
            ),
            (
                "MESH_LOG_LEVEL",
                "loud",
                "reader cannot use log_level (env MESH_LOG_LEVEL): Input should be 'debug'",
            ),
            (
                "MESH_READER_PAGSE",
                "1",
                "MESH_READER_PAGSE is no setting of reader; did you mean pages?",
            ),
            ("MESH_READER_LANGUAGES", "de, en", "MESH_READER_*: error parsing value for"),
            ("MESH_CONFIG", "nowhere.toml", "MESH_CONFIG names nowhere.toml, which does not exist"),
        ],
    )
    def test_a_wrong_value_is_named_in_one_sentence(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
    ) -> None:
        monkeypatch.setenv(name, value)

        with pytest.raises(BadSettings) as wrong:
            Settings.load("reader")

        assert str(wrong.value).startswith(sentence)
        assert "\n" not in str(wrong.value)

    def test_a_missing_value_is_named_with_the_remedy(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("MESH_READER_NATS_PASSWORD")

        with pytest.raises(BadSettings, match="needs nats_password: set MESH_READER_NATS_PASSWORD"):
            Settings.load("reader")

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("pages = ", "own.toml cannot be read: Invalid value"),
            ("[reader]\npagse = 1\n", r"\[reader\] pagse is no setting; did you mean pages\?"),
        ],
    )
    def test_a_wrong_file_is_named(self, file: Path, text: str, sentence: str) -> None:
        file.write_text(text)

        with pytest.raises(BadSettings, match=sentence):
            Settings.load("reader")

    def test_a_secret_is_not_told_when_it_is_wrong(self, file: Path) -> None:
        file.write_text("[reader]\nkey = 70801\n")

        with pytest.raises(BadSettings, match="cannot use key") as wrong:
            Settings.load("reader")

        assert "70801" not in str(wrong.value)


def _source(settings: ServiceSettings, name: str) -> str:
    return next(value.source for value in settings.explain() if value.name == name)
