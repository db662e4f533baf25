"""To which machine a name leads: looked at before each connection, and to none inside that nobody named.

One rule for every kind of source. An address inside is one of this machine, of a private network, of a link, or any
other that the internet does not carry. It is spoken to if the source's `networks` have it, or if it is written out
where else there is a name.
"""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from connectors.contract.base import SourceMisconfigured

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# Addresses of the fourth version written in the sixth, which say nothing of what lies behind them.
_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("2002::/16"))


def looked_at(host: str, port: int, networks: Iterable[Network]) -> list[str]:
    """The addresses to connect to, and to no others: who answers for the name can't change them in between.

    Raises SourceMisconfigured for a name that leads inside, OSError for one that leads nowhere.
    """
    if is_written_out(host):
        return [host]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    allowed = tuple(networks)
    # All of them, or a name that leads both ways would get through by the order of its answers.
    if any(_is_hidden(ip_address(one.partition("%")[0]), allowed) for one in addresses):
        raise SourceMisconfigured("inside", "its name leads to an address that `networks` does not have")
    return addresses


def is_written_out(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _is_hidden(address: Address, allowed: tuple[Network, ...]) -> bool:
    meant = getattr(address, "ipv4_mapped", None) or address
    outside = meant.is_global and not meant.is_multicast and not _within(meant, _TRANSLATED)
    return not outside and not _within(meant, allowed)


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
