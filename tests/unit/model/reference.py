"""all-MiniLM-L6-v2 in full precision and plain numpy, to hold the exported model against."""

from collections.abc import Mapping
from math import erf, sqrt

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

HEADS = 12
EPSILON = 1e-12
_ERF = np.vectorize(erf, otypes=[np.float32])

Tensor = NDArray[np.float32]
Tensors = Mapping[str, Tensor]


def vector(tensors: Tensors, tokenizer: Tokenizer, text: str) -> Tensor:
    """Embed one text, as the paper says."""
    ids = tokenizer.encode(text).ids
    embeddings = {
        n: tensors[f"embeddings.{n}_embeddings.weight"] for n in ("word", "position", "token_type")
    }
    hidden = (
        embeddings["word"][ids] + embeddings["position"][: len(ids)] + embeddings["token_type"][0]
    )
    hidden = _norm(tensors, "embeddings.LayerNorm", hidden)
    for number in range(6):
        hidden = _layer(tensors, f"encoder.layer.{number}", hidden)
    mean: Tensor = hidden.mean(axis=0)
    unit: Tensor = mean / np.linalg.norm(mean)
    return unit


def _layer(tensors: Tensors, source: str, hidden: Tensor) -> Tensor:
    mixed = _attention(tensors, f"{source}.attention.self", hidden)
    projected = _dense(tensors, f"{source}.attention.output.dense", mixed)
    hidden = _norm(tensors, f"{source}.attention.output.LayerNorm", projected + hidden)
    wide = _dense(tensors, f"{source}.intermediate.dense", hidden)
    active = wide * 0.5 * (1 + _ERF(wide / sqrt(2)))
    narrow = _dense(tensors, f"{source}.output.dense", active)
    return _norm(tensors, f"{source}.output.LayerNorm", narrow + hidden)


def _attention(tensors: Tensors, source: str, hidden: Tensor) -> Tensor:
    tokens, width = hidden.shape
    query, key, value = (
        _dense(tensors, f"{source}.{part}", hidden).reshape(tokens, HEADS, -1).transpose(1, 0, 2)
        for part in ("query", "key", "value")
    )
    scores = query @ key.transpose(0, 2, 1) / sqrt(width // HEADS)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    mixed: Tensor = (weights @ value).transpose(1, 0, 2).reshape(tokens, width)
    return mixed


def _dense(tensors: Tensors, source: str, hidden: Tensor) -> Tensor:
    result: Tensor = hidden @ tensors[f"{source}.weight"].T + tensors[f"{source}.bias"]
    return result


def _norm(tensors: Tensors, source: str, hidden: Tensor) -> Tensor:
    centred = hidden - hidden.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
    result: Tensor = centred / spread * tensors[f"{source}.weight"] + tensors[f"{source}.bias"]
    return result
