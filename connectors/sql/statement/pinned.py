"""Connections of a database driver to the very address that was looked at, with the name kept for its certificate."""

import socket
from typing import Any

from sqlalchemy.engine import URL

from connectors.contract.addresses import Network, is_written_out, looked_at
from connectors.contract.base import SourceDown
from connectors.contract.causes import cause

_PORTS = {"postgresql": 5432, "mysql": 3306}
_PATIENCE = 10  # seconds for an address to answer


def pin(
    url: URL, networks: tuple[Network, ...], dialect: Any, given: list[Any], named: dict[str, Any]
) -> Any:
    """For SQLAlchemy's `do_connect`: None, once what is connected to is settled, or the connection itself.

    Raises SourceMisconfigured for a name that leads inside, SourceDown for one that leads nowhere.
    """
    match url.get_backend_name():
        case "postgresql":
            return _postgresql(networks, named)
        case "mysql" | "mariadb":
            return _mysql(networks, dialect, given, named)
    # Other drivers take no address beside the name: theirs is looked at, and asked for once more by the driver.
    if url.host:
        _found(url.host, url.port or 0, networks)
    return None


def _postgresql(networks: tuple[Network, ...], named: dict[str, Any]) -> None:
    """libpq connects to `hostaddr` and checks the certificate against `host`. A path is a socket of this machine."""
    if named.get("hostaddr"):
        return
    hosts, ports = [], []
    written = str(named.get("port") or _PORTS["postgresql"]).split(",")
    for index, host in enumerate(filter(None, str(named.get("host") or "").split(","))):
        port = written[min(index, len(written) - 1)]
        for address in [""] if host.startswith("/") else _found(host, int(port), networks):
            hosts.append((host, address))
            ports.append(port)
    if any(address for _host, address in hosts):
        named["host"] = ",".join(host for host, _address in hosts)
        named["hostaddr"] = ",".join(address for _host, address in hosts)
        named["port"] = ",".join(ports)


def _mysql(networks: tuple[Network, ...], dialect: Any, given: list[Any], named: dict[str, Any]) -> Any:
    """The driver speaks over a socket that is connected already; the certificate is checked against the name."""
    host, port = str(named.get("host") or "localhost"), int(named.get("port") or _PORTS["mysql"])
    if named.get("unix_socket") or is_written_out(host):
        return None
    failed: OSError | None = None
    for address in _found(host, port, networks):
        try:
            wire = socket.create_connection((address, port), _PATIENCE)
        except OSError as error:
            failed = error
            continue
        wire.settimeout(None)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection = dialect.loaded_dbapi.connect(*given, **{**named, "defer_connect": True})
        connection.connect(wire)
        return connection
    raise SourceDown("unreachable", cause(failed) or type(failed).__name__)


def _found(host: str, port: int, networks: tuple[Network, ...]) -> list[str]:
    try:
        return looked_at(host, port, networks)
    except OSError as error:
        raise SourceDown("unreachable", cause(error) or type(error).__name__) from None
