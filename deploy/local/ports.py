"""Which port is whose: everything lies within the hundred that begin at the gateway's."""

import random
import socket
from collections.abc import Iterable, Mapping
from contextlib import closing

HOST = "127.0.0.1"
BLOCK = 100

_NAMED = 5
_BELOW_EPHEMERAL = (15000, 31000)


class PortTaken(OSError):
    """Something else listens where we have to."""


class PortForbidden(OSError):
    """The system keeps low ports for root."""


def is_free(port: int) -> bool:
    """Try to listen there, as a server would."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
        except PermissionError:
            raise PortForbidden(
                f"Port {port} is for root only: set MESH_PORT_BASE to 1024 or more."
            ) from None
        except OSError:
            return False
        return True


def require_free(ports: Mapping[str, int], remedy: str) -> None:
    """Name the first taken ports and whose it would have been, before anything is started."""
    taken = [f"{port} (for {name})" for name, port in ports.items() if not is_free(port)]
    if taken:
        more = f", and {len(taken) - _NAMED} more" if len(taken) > _NAMED else ""
        raise PortTaken(f"Already in use: port {', port '.join(taken[:_NAMED])}{more}. {remedy}")


def free_ports(count: int) -> tuple[int, ...]:
    """Pick free ports, below those that outgoing connections are given."""
    found: set[int] = set()
    while len(found) < count:
        port = random.randrange(*_BELOW_EPHEMERAL)  # noqa: S311  # no secret
        if is_free(port):
            found.add(port)
    return tuple(found)


def free_block() -> int:
    """Pick a base after which a whole block is free."""
    while True:
        base = random.randrange(*_BELOW_EPHEMERAL, BLOCK)  # noqa: S311  # no secret
        if all(map(is_free, _block(base))):
            return base


def _block(base: int) -> Iterable[int]:
    return range(base, base + BLOCK)
