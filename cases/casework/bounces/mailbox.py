"""The mailbox for bounces, over IMAP: a few messages at a time, each no longer than a report needs to be."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

AT_ONCE = 200
# Reports stand at the beginning; what comes back whole behind them is not read to its end.
MOST_BYTES = 256 * 1024
PATIENCE = 20  # seconds
# Where lies what nobody can tie to a mail, for a person to look at.
APART = "not-ours"

UID = re.compile(rb"UID (\d+)")

Unreachable = (OSError, imaplib.IMAP4.error)


class Box:
    """An open mailbox. What was read is taken out of it, or set apart: nothing is met twice."""

    def __init__(self, server: imaplib.IMAP4, count: int) -> None:
        self._server, self._count = server, count

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """The oldest, each with its uid."""
        if not self._count:
            return
        _ok, listed = self._server.fetch(f"1:{min(self._count, AT_ONCE)}", "(UID)")
        for uid in [found[1].decode() for line in listed if (found := UID.search(_bytes(line)))]:
            _ok, parts = self._server.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
            content = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if content is not None:  # else another worker took it out meanwhile
                yield uid, content

    def take_out(self, uid: str) -> None:
        self._server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)")

    def set_apart(self, uid: str) -> None:
        """Out of the way, so that what nobody understands never keeps the rest from being read."""
        ok, _said = self._server.uid("COPY", uid, APART)
        if ok != "OK":
            self._server.create(APART)
            ok, said = self._server.uid("COPY", uid, APART)
            if ok != "OK":
                raise imaplib.IMAP4.error(f"COPY: {said}")
        self.take_out(uid)


def _bytes(line: object) -> bytes:
    return line if isinstance(line, bytes) else b""


@contextmanager
def opened() -> Iterator[Box]:
    """Raises `Unreachable` where the server does not answer, or lets nobody in. What was taken out is gone after it."""
    place: dict[str, Any] = settings.BOUNCE_MAILBOX or {}
    server = _connected(place)
    try:
        server.login(place["user"], place["password"])
        ok, said = server.select(place["folder"])
        if ok != "OK":
            raise imaplib.IMAP4.error("SELECT")
        yield Box(server, int(said[0] or 0))
        server.expunge()
    finally:
        server.shutdown()


def _connected(place: dict[str, Any]) -> imaplib.IMAP4:
    address = place["host"], place["port"]
    if place["security"] == "ssl":
        return imaplib.IMAP4_SSL(*address, ssl_context=ssl.create_default_context(), timeout=PATIENCE)
    server = imaplib.IMAP4(*address, timeout=PATIENCE)
    if place["security"] == "tls":
        server.starttls(ssl.create_default_context())
    return server
