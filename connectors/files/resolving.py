"""Where the name of an object store leads, for the client that asks it: the rule of every source."""

import asyncio
import socket
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from connectors.contract.addresses import Network, looked_at


class Looked(AbstractResolver):
    """Tells the client the addresses that were looked at; it connects to these and asks nobody else."""

    def __init__(self, networks: tuple[Network, ...]) -> None:
        self._networks = networks

    def __repr__(self) -> str:
        """The same for the same networks: clients are kept by what they were made with."""
        return f"Looked({self._networks})"

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - the client's signature
    ) -> list[ResolveResult]:
        addresses = await asyncio.to_thread(looked_at, host, port, self._networks)
        return [self._told(host, port, address) for address in addresses]

    def _told(self, host: str, port: int, address: str) -> Any:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return {"hostname": host, "host": address, "port": port, "family": family, "proto": 0,
                "flags": socket.AI_NUMERICHOST}  # fmt: skip

    async def close(self) -> None:
        """Holds nothing."""
