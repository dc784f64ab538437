"""Which machines of a network may be asked for data: public ones only, whatever a name resolves to."""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, TypeAlias

from automl_tl.errors import DatasetError, Unavailable

__all__ = ["Resolve", "is_public", "public_addresses"]

Resolve: TypeAlias = Callable[[str, int], list[tuple[Any, ...]]]
"""Host and port to answers as ``socket.getaddrinfo`` gives them."""

_Address: TypeAlias = IPv4Address | IPv6Address

_TRANSLATED = ip_network("64:ff9b::/96")
"""NAT64: the last four bytes are an IPv4 address that a gateway would speak to."""

_METADATA = (ip_network("168.63.129.16/32"), ip_network("192.0.0.0/24"))
"""Machines of clouds that hand out credentials and yet count as public (Azure's, Oracle's)."""


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public Internet.

    Private, loopback, link-local, shared, multicast and reserved ranges do not, those of cloud metadata services
    among them; neither does an IPv6 address that carries such an IPv4 address inside.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return all(_global(each) for each in (found, *_inside(found)))


def public_addresses(host: str, port: int, resolve: Resolve | None = None) -> tuple[str, ...]:
    """Return the addresses of a host, in the order in which to try them.

    Connect to one of these and not to the name: it may resolve to something else the next time.

    Raises
    ------
    DatasetError
        If any of its addresses is not public: a name that has both is a trick.
    Unavailable
        If the name cannot be resolved.
    """
    try:
        answers = (resolve or _resolve)(host, port)
    except (OSError, UnicodeError):
        raise Unavailable(f"uri: the host {host!r} cannot be found for the moment; check its name") from None
    addresses = tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))
    if not addresses or not all(map(is_public, addresses)):
        raise DatasetError(
            f"uri: the host {host!r} is not a public one; data is fetched from those only", field="uri"
        )
    return addresses


def _resolve(host: str, port: int) -> list[tuple[Any, ...]]:
    return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))


def _global(address: _Address) -> bool:
    return address.is_global and not address.is_multicast and not any(address in net for net in _METADATA)


def _inside(address: _Address) -> list[_Address]:
    """Return the IPv4 addresses that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return []
    carried = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _TRANSLATED:
        carried.append(IPv4Address(int(address) & 0xFFFF_FFFF))
    return [each for each in carried if each is not None]
