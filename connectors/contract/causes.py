"""Why nothing was reached, in words of our own: those of the libraries can quote an address or a password."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.contract.base import SourceError

_NOBODY = "nothing answers at its host and port"
LOGIN = "its user or password is not accepted"
_CAUSES = {
    r"resolve host|translate host|Name or service not known|name resolution|nodename nor|getaddrinfo"
    r"|No address associated": "no such host",
    r"Connection refused|on socket .*No such file": _NOBODY,
    r"No route to host|Network is unreachable": "this machine has no way to its host",
    r"timed out|timeout expired": "no answer in time",
    r"password authentication failed|no password supplied|role \".*\" does not exist": LOGIN,
    r"database \".*\" does not exist": "no such database",
    r"CERTIFICATE_VERIFY_FAILED|certificate verify failed": "its certificate is not trusted",
    r"\bSSL\b|\bTLS\b": "no agreement about TLS",
    r"unable to open database file": "its file is not there, or can't be opened",
}


def cause(error: BaseException | None) -> str:
    """In a few words why a connection failed; empty where what was said is not understood."""
    said = str(error)
    return next((told for pattern, told in _CAUSES.items() if re.search(pattern, said)), "")


@contextmanager
def blaming(*key: str) -> Iterator[None]:
    """Faults in here are most likely the fault of this key of the source, unless they know better."""
    try:
        yield
    except SourceError as error:
        error.key = error.key or key
        raise
