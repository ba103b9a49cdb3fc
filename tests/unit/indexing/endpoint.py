"""A scripted OpenAI-compatible embeddings endpoint on this machine, for adapters and processes."""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class Endpoint:
    """What was asked, and how to answer."""

    url: str = ""
    dimensions: int = 384
    status: int = 200
    shuffled: bool = True
    """Whether vectors come in another order than the texts, told by their index."""
    spoil: Callable[[bytes], bytes] = bytes
    keys: set[str] = field(default_factory=set)
    asked: Counter[str] = field(default_factory=Counter)
    """How often each text was asked for."""
    batches: int = 0
    last: tuple[str, ...] = ()
    """The texts asked for last."""
    hold_after: int | None = None
    """Answer so many batches; the next ones wait until `go_on`."""
    holding: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)

    def answer(self, body: bytes, key: str) -> bytes:
        """Answer a request, when its time has come."""
        asked = json.loads(body)
        self.keys.add(key)
        self.batches += 1
        self.last = tuple(asked["input"])
        self.asked.update(self.last)
        if self.hold_after is not None and self.batches > self.hold_after:
            self.holding.set()
            self.go_on.wait(60)
        items = [
            {"object": "embedding", "index": index, "embedding": self._vector(text)}
            for index, text in enumerate(asked["input"])
        ]
        if self.shuffled:
            items.reverse()
        return self.spoil(json.dumps({"object": "list", "data": items}).encode())

    def _vector(self, text: str) -> list[float]:
        seed = hashlib.sha256(" ".join(text.lower().split()).encode()).digest()
        dice = random.Random(seed)  # noqa: S311  # the same text, the same vector
        return [dice.gauss(0, 3) for _ in range(self.dimensions)]


@contextmanager
def endpoint() -> Generator[Endpoint]:
    """Serve it on a free port for the length of a block."""
    script = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            is_there = self.path == "/v1/embeddings"
            answer = script.answer(body, self.headers.get("authorization", "")) if is_there else b""
            try:
                self.send_response(script.status if is_there else 404)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
            except ConnectionError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield script
    finally:
        script.go_on.set()
        server.shutdown()
        server.server_close()
        thread.join()
