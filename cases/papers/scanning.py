"""A virus scanner, where one is configured: ClamAV's daemon, asked over its socket, and nothing besides.

A paper that no scanner has seen is `not scanned`; whether it may be opened all the same, a setting says.
"""

import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

from django.conf import settings

# For one answer. Clamd looks into archives and PDF files, which takes its time.
PATIENCE = 60.0
LONGEST_REPLY = 4096
PIECE = 1 << 16


class ScannerAway(Exception):
    """The scanner could not be asked, or could not say. ``str``: what it said, without anything of the file."""


def is_configured() -> bool:
    return bool(settings.SCANNER)


def finds(blocks: Iterable[bytes]) -> str:
    """The name of what the scanner finds in the file; "" where it finds nothing. Raises ScannerAway."""
    try:
        with _connected() as daemon:
            return _verdict(_asked(daemon, blocks))
    except OSError as error:
        raise ScannerAway(type(error).__name__) from error


@contextmanager
def _connected() -> Iterator[socket.socket]:
    where = urlsplit(settings.SCANNER)
    if where.scheme == "unix":
        daemon = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        address: str | tuple[str, int] = where.path
    else:
        daemon = socket.socket(socket.AF_INET6 if ":" in (where.hostname or "") else socket.AF_INET)
        address = (where.hostname or "", where.port or 3310)
    with closing(daemon):
        daemon.settimeout(PATIENCE)
        daemon.connect(address)
        yield daemon


def _asked(daemon: socket.socket, blocks: Iterable[bytes]) -> str:
    """What clamd answers to INSTREAM: each piece behind its length, and a length of nothing at the end."""
    daemon.sendall(b"zINSTREAM\0")
    try:
        for block in blocks:
            for at in range(0, len(block), PIECE):
                piece = block[at : at + PIECE]
                daemon.sendall(struct.pack("!L", len(piece)) + piece)
        daemon.sendall(struct.pack("!L", 0))
    except ConnectionError:
        pass  # beyond its own limit it hangs up, but has said so first
    reply = b""
    while not reply.endswith(b"\0") and len(reply) < LONGEST_REPLY and (more := daemon.recv(LONGEST_REPLY)):
        reply += more
    return reply.rstrip(b"\0").decode(errors="replace").strip()


def _verdict(reply: str) -> str:
    told = reply.removeprefix("stream: ")
    if told == "OK":
        return ""
    if told.endswith(" FOUND"):
        return told.removesuffix(" FOUND")
    raise ScannerAway(told[:100] or "no answer")
