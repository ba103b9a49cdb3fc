"""A sentence model on this machine's processor: ONNX Runtime and tokenizers, in threads.

Each text is a run of its own on one thread: it needs half the work of a padded batch on several,
and what a text means does not depend on its neighbours.
"""

import asyncio
import ctypes
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from uuid import UUID

from services.indexing.embed.turnstile import Turnstile
from services.indexing.ports import NOBODY
from shared.problems import Away

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

MODEL, TOKENIZER, FINGERPRINT = "model.onnx", "tokenizer.json", "fingerprint"
TOKENS = 256
"""What the model was trained to read; the rest of a longer text is dropped."""
REST = 3.0
"""Seconds without long work after which memory is given back."""


class ModelMissing(Exception):
    """There is no whole model in its folder; the message says how to make one."""


class LocalEmbedder:
    """Loads the model at its first use. Who waits for an answer has a thread beside long work."""

    def __init__(self, folder: Path, *, threads: int = 2, rest: float = REST) -> None:
        self._folder = folder
        self._turnstile = Turnstile(threads)
        self._patient = ThreadPoolExecutor(threads, "embed")
        self._prompt = ThreadPoolExecutor(1, "embed-now")
        self._loading = Lock()
        self._working = 0
        self._rest = rest
        self._resting: asyncio.TimerHandle | None = None
        self.model = self._fingerprint()

    def close(self) -> None:
        """Let the threads go, without waiting for what they do."""
        if self._resting is not None:
            self._resting.cancel()
        for threads in (self._patient, self._prompt):
            threads.shutdown(wait=False, cancel_futures=True)

    def count(self, texts: Sequence[str]) -> list[int]:
        found = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in found]

    async def embed(self, texts: Sequence[str], owner: UUID = NOBODY) -> list[bytes]:
        """Embed a batch; a text of each owner who has something to embed comes in turn."""
        if self._resting is not None:
            self._resting.cancel()
        self._working += 1
        making = [asyncio.ensure_future(self._in_turn(text, owner)) for text in texts]
        try:
            return await asyncio.gather(*making)
        finally:
            for one in making:
                one.cancel()
            self._working -= 1
            # Others' batches may be under way: who comes last tidies up, and only once.
            if not self._working:
                self._resting = asyncio.get_running_loop().call_later(
                    self._rest, self._patient.submit, _give_memory_back
                )

    async def embed_now(self, texts: Sequence[str]) -> list[bytes]:
        return [await self._in(self._prompt, text) for text in texts]

    async def _in_turn(self, text: str, owner: UUID) -> bytes:
        async with self._turnstile.place(owner):
            return await self._in(self._patient, text)

    async def _in(self, threads: ThreadPoolExecutor, text: str) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(threads, self._vector, text)

    def _vector(self, text: str) -> bytes:
        import numpy as np  # loaded with the model, at its first use  # noqa: PLC0415

        ids = np.array([_shortened(self._tokenizer.encode(text).ids)], np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        return np.asarray(self._session.run(["vectors"], given)[0][0], "<f4").tobytes()

    @property
    def _session(self) -> "InferenceSession":
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> "InferenceSession":
        from onnxruntime import InferenceSession, SessionOptions  # noqa: PLC0415

        self._verify()
        options = SessionOptions()
        options.enable_cpu_mem_arena = False
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        model = str(self._folder / MODEL)
        return InferenceSession(model, options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer  # noqa: PLC0415

        tokenizer = Tokenizer.from_file(str(self._folder / TOKENIZER))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def _fingerprint(self) -> str:
        try:
            return (self._folder / FINGERPRINT).read_text().strip()
        except FileNotFoundError:
            raise ModelMissing(
                f"there is no embedding model in {self._folder}:"
                f" run `python -m deploy.model --to {self._folder}`"
            ) from None

    def _verify(self) -> None:
        found = hashlib.sha256()
        for name in (MODEL, TOKENIZER):
            with (self._folder / name).open("rb") as file:
                while block := file.read(1 << 16):
                    found.update(block)
        if found.hexdigest() != self.model:
            raise Away(f"the embedding model in {self._folder} changed while we ran: restart us")


def _shortened(ids: list[int]) -> list[int]:
    """Leave out what the model does not read, but for the sign that ends a text."""
    return ids if len(ids) <= TOKENS else [*ids[: TOKENS - 1], ids[-1]]


def _give_memory_back() -> None:
    """Return what long work freed to the system; the C library keeps half of it otherwise."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
