"""Where a request comes from, as limits count it."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from starlette.requests import HTTPConnection

_HOUSEHOLD: Final = 64
"""Bits of an IPv6 address that a provider gives; whoever has them makes up the others."""
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")


def address_of(connection: HTTPConnection) -> str:
    """Name the address of the other side; of IPv6 the network that one customer is given."""
    host = connection.client.host if connection.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(ip_network((int(address), _HOUSEHOLD), strict=False))
        return str(address.ipv4_mapped)
    return str(address)


def is_local(connection: HTTPConnection) -> bool:
    """Say whether a program of this machine asks, and does not pass on what somebody else asked."""
    if any(name in connection.headers for name in _FORWARDED):
        return False
    try:
        return connection.client is not None and ip_address(connection.client.host).is_loopback
    except ValueError:
        return False
