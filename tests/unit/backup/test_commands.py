"""Which mesh is backed up is never a surprise."""

from pathlib import Path

import pytest

from deploy.mesh.__main__ import main


@pytest.mark.parametrize("verb", ["backup", "restore"])
def test_a_mesh_elsewhere_is_refused_and_it_is_said_what_to_do(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MESH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("MESH_OPERATOR_NATS_URL", "nats://elsewhere:4222")

    code = main([verb, str(tmp_path / "backup")])

    assert code == 78
    assert "nats://elsewhere:4222" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
