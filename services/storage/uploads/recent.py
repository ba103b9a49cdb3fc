"""What was put away just now, in memory: most of it is read once, moments later."""

from collections import OrderedDict


class Recent:
    """The newest contents up to so many bytes; what lies under a key never changes."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._held = 0
        self._contents: OrderedDict[str, bytes] = OrderedDict()

    def add(self, key: str, content: bytes) -> None:
        """Remember it, and forget the oldest beyond the room there is."""
        self.drop(key)
        self._contents[key] = content
        self._held += len(content)
        while self._held > self._room:
            _, oldest = self._contents.popitem(last=False)
            self._held -= len(oldest)

    def find(self, key: str) -> bytes | None:
        """Give what is remembered."""
        return self._contents.get(key)

    def drop(self, key: str) -> None:
        """Forget one."""
        self._held -= len(self._contents.pop(key, b""))
