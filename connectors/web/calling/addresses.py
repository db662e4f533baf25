"""Connections of an HTTP client to the very address that was looked at."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpcore

from connectors.contract.addresses import Network, looked_at


@dataclass(frozen=True)
class Named(httpcore.NetworkBackend):
    """The rule of `connectors.contract.addresses`, for what is called over HTTP."""

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

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            return looked_at(host, port, self.networks)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
