"""One exchange with another provider: the data go there signed, and what it answers is its receipt."""

import json
import os
import ssl
import time
from collections.abc import Iterable
from uuid import UUID

from cases.registers.elsewhere.receivers import Receiver, is_https
from connectors.contract.base import SourceMisconfigured
from connectors.description.secret import resolve
from connectors.web.calling.alone import NotReached, exchange
from connectors.web.calling.guarded import guarded
from exports.porting.signing import NoKey, digest, private_key, signed

MOST = 64 * 1024  # bytes of a receipt
TAKEN = frozenset({200, 201, 202})
# Not now: the same may be taken in a while.
PASSING = frozenset({401, 403, 404, 407, 408, 425, 429})


class NotTaken(Exception):
    """There is no receipt. ``why``: a word for the record, of nothing sent. ``passing``: try again by itself."""

    def __init__(self, why: str, *, passing: bool) -> None:
        super().__init__(why)
        self.why, self.passing = why, passing


def hand_over(receiver: Receiver, *, content: Iterable[bytes], sha256: str, size: int, key: UUID) -> str:
    """The receipt, as the receiver wrote it: JSON that names the hash of what it took. Raises NotTaken.

    ``key`` is the same at each try: what the receiver has taken under it already, it takes no second time.
    """
    try:
        url = resolve(receiver.url, os.environ)
        if not is_https(url):
            raise NotTaken("address-not-encrypted", passing=False)
        headers = _headers(receiver, url, sha256=sha256, size=size, key=key)
        with guarded(receiver.networks, _authority(receiver)) as client:
            status, told = exchange(
                "POST", url, body=content, headers=headers, seconds=receiver.seconds, most=MOST, client=client
            )
    except SourceMisconfigured as error:
        raise NotTaken(error.code, passing=False) from None
    except (NoKey, ssl.SSLError):
        raise NotTaken("key-or-certificate", passing=False) from None
    except NotReached as error:
        raise NotTaken(error.why, passing=True) from None
    return _receipt(status, told, sha256)


def _headers(receiver: Receiver, url: str, *, sha256: str, size: int, key: UUID) -> dict[str, str]:
    headers = {
        "Content-Type": "application/zip",
        "Content-Length": str(size),
        "Content-Digest": digest(sha256),
        "Idempotency-Key": str(key),
    }
    private = private_key(resolve(receiver.key, os.environ))
    return headers | signed(url, headers, key=private, key_id=receiver.key_id, created=int(time.time()))


def _authority(receiver: Receiver) -> str:
    return resolve(receiver.authority, os.environ) if receiver.authority else ""


def _receipt(status: int, told: bytes, sha256: str) -> str:
    if status not in TAKEN:
        # A signature it does not know is the operator's to mend, not the data's fault.
        raise NotTaken(f"status-{status}", passing=status in PASSING or not 400 <= status < 500)
    try:
        text = told.decode()
        named = json.loads(text)["sha256"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotTaken("no-receipt", passing=False) from None
    if named != sha256:
        raise NotTaken("receipt-of-another", passing=False)
    return text
