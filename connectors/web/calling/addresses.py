"""To which machine a name leads: asked once for each connection, and to none inside that nobody named."""

import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore

from connectors.contract.base import SourceMisconfigured

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# Addresses of the fourth version written in the sixth, which say nothing of what lies behind them.
_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("2002::/16"))


@dataclass(frozen=True)
class Named(httpcore.NetworkBackend):
    """Connects to the very address it has looked at: who answers for the name can't change it in between.

    An address inside is one of this machine, of a private network, of a link, or any other that the internet does not
    carry. It is spoken to if `networks` has it, or if it is written out where else there is a name.
    """

    networks: tuple[Network, ...] = ()
    _below: httpcore.NetworkBackend = field(default_factory=httpcore.SyncBackend)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = httpcore.ConnectError("no address")
        for address in self._addresses(host, port):
            try:
                return self._below.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        if _literal(host):
            return [host]
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        # All of them, or a name that leads both ways would get through by the order of its answers.
        if any(self._is_hidden(ip_address(one.partition("%")[0])) for one in addresses):
            raise SourceMisconfigured("inside", "its name leads to an address that `networks` does not have")
        return addresses

    def _is_hidden(self, address: Address) -> bool:
        meant = getattr(address, "ipv4_mapped", None) or address
        outside = meant.is_global and not meant.is_multicast and not _within(meant, _TRANSLATED)
        return not outside and not _within(meant, self.networks)


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def _literal(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
