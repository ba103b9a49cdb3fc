"""A sentence model on this machine's processor: ONNX Runtime and tokenizers, each in a thread."""

import asyncio
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from shared.problems import Away

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

MODEL, TOKENIZER, FINGERPRINT = "model.onnx", "tokenizer.json", "fingerprint"
TOKENS = 256
"""What the model was trained to read; the rest of a longer text is dropped."""


class ModelMissing(Exception):
    """There is no whole model in its folder; the message says how to make one."""


class LocalEmbedder:
    """Loads the model at its first use. Who waits for an answer has a thread beside long work."""

    def __init__(self, folder: Path, *, threads: int = 2) -> None:
        self._folder = folder
        self._threads = threads
        self._patient = ThreadPoolExecutor(1, "embed")
        self._prompt = ThreadPoolExecutor(1, "embed-now")
        self._loading = Lock()
        self.model = self._fingerprint()

    def close(self) -> None:
        """Let the threads go, without waiting for what they do."""
        for threads in (self._patient, self._prompt):
            threads.shutdown(wait=False, cancel_futures=True)

    def count(self, texts: Sequence[str]) -> list[int]:
        found = self._counter.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(encoding) for encoding in found]

    async def embed(self, texts: Sequence[str]) -> list[bytes]:
        return await self._in(self._patient, texts)

    async def embed_now(self, texts: Sequence[str]) -> list[bytes]:
        return await self._in(self._prompt, texts)

    async def _in(self, threads: ThreadPoolExecutor, texts: Sequence[str]) -> list[bytes]:
        return await asyncio.get_running_loop().run_in_executor(threads, self._vectors, texts)

    def _vectors(self, texts: Sequence[str]) -> list[bytes]:
        import numpy as np  # loaded with the model, at its first use  # noqa: PLC0415

        ids, mask = self._padded(self._reader.encode_batch_fast(list(texts)))
        given = {"input_ids": ids, "attention_mask": mask}
        vectors = np.asarray(self._session.run(["vectors"], given)[0], "<f4")
        return [vector.tobytes() for vector in vectors]

    def _padded(
        self, encodings: "Sequence[Encoding]"
    ) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
        import numpy as np  # noqa: PLC0415

        width = max(map(len, encodings))
        ids = np.zeros((len(encodings), width), np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding)] = encoding.ids
            mask[row, : len(encoding)] = 1
        return ids, mask

    @property
    def _session(self) -> "InferenceSession":
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> "InferenceSession":
        from onnxruntime import InferenceSession, SessionOptions  # noqa: PLC0415

        model = (self._folder / MODEL).read_bytes()
        self._verify(model)
        options = SessionOptions()
        options.enable_cpu_mem_arena = False
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        # Threads that look for work between operators are quicker, but may not go on after a run.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        return InferenceSession(model, options, providers=["CPUExecutionProvider"])

    @cached_property
    def _reader(self) -> "Tokenizer":
        tokenizer = self._tokenizer()
        tokenizer.enable_truncation(TOKENS)
        return tokenizer

    @cached_property
    def _counter(self) -> "Tokenizer":
        tokenizer = self._tokenizer()
        tokenizer.no_truncation()
        return tokenizer

    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer  # noqa: PLC0415

        tokenizer = Tokenizer.from_file(str(self._folder / TOKENIZER))
        tokenizer.no_padding()
        return tokenizer

    def _fingerprint(self) -> str:
        try:
            return (self._folder / FINGERPRINT).read_text().strip()
        except FileNotFoundError:
            raise ModelMissing(
                f"there is no embedding model in {self._folder}:"
                f" run `python -m deploy.model --to {self._folder}`"
            ) from None

    def _verify(self, model: bytes) -> None:
        found = hashlib.sha256(model + (self._folder / TOKENIZER).read_bytes()).hexdigest()
        if found != self.model:
            raise Away(f"the embedding model in {self._folder} changed while we ran: restart us")
