"""A checkpoint: where a chain stood at a time, signed, so that it can lie where nobody has to be trusted.

JSON with sorted keys. Of the open stream it tells the number and hash of the last entry. Of the cleared stream these
are sealed, and padded before that: who reads it learns nothing, not even whether anything happened.
"""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cases.casework.audit import GENESIS
from cases.sealed.vault import seal_for_operator, unseal_for_operator

FORMAT = 1
NAME = "{operator}/{slot:%Y-%m-%dT%H}Z.{stream}.json"


class Unfit(ValueError):
    """A checkpoint that proves nothing, and why in a few words."""


@dataclass(frozen=True)
class Checkpoint:
    """Chain (operator, stream) ended with entry ``number`` of hash ``sha256`` at ``taken``, an aware time.

    ``slot``: the full hour it stands for. Number 0 and GENESIS: nothing was written yet.
    """

    operator: str
    stream: str
    slot: datetime
    taken: datetime
    number: int = 0
    sha256: str = GENESIS

    @property
    def name(self) -> str:
        """Its file; by name they sort by time."""
        return NAME.format(operator=self.operator, slot=self.slot, stream=self.stream)


def public_key(seed: str) -> str:
    """The public half, 64 hexadecimal digits, of a private key's 64."""
    return _private(seed).public_key().public_bytes_raw().hex()


def _private(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))


def signed(checkpoint: Checkpoint, seed: str) -> bytes:
    """The file of a checkpoint. ``seed``: an Ed25519 private key, 64 hexadecimal digits."""
    said: dict[str, Any] = {
        "format": FORMAT,
        "operator": checkpoint.operator,
        "stream": checkpoint.stream,
        "slot": checkpoint.slot.isoformat(),
        "taken": checkpoint.taken.isoformat(),
        "key": public_key(seed),
    }
    where = {"number": checkpoint.number, "sha256": checkpoint.sha256}
    said |= where if checkpoint.stream == "open" else {"sealed": _sealed(checkpoint)}
    signature = _private(seed).sign(_bytes(said)).hex()
    return _bytes(said | {"signature": signature}) + b"\n"


def _bytes(said: dict[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _sealed(checkpoint: Checkpoint) -> str:
    # All numbers are as long as the longest, or the length would count the entries.
    return b64encode(seal_for_operator(f"{checkpoint.number:020d} {checkpoint.sha256}".encode())).decode()


def opened(content: bytes, key: str) -> Checkpoint:
    """The checkpoint in a file, if it was signed with this public key (64 hexadecimal digits). Raises Unfit."""
    try:
        said = json.loads(content)
        signature = bytes.fromhex(said.pop("signature"))
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, _bytes(said))
        if said["format"] != FORMAT or said["key"] != key:
            raise Unfit("is of another format or key")
        return _read(said)
    except InvalidSignature:
        raise Unfit("was changed, or signed with another key") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, Unfit):
            raise
        raise Unfit("is no checkpoint") from None


def _unsealed(sealed: str) -> list[str]:
    try:
        return unseal_for_operator(b64decode(sealed)).decode().split(" ")
    except pyrage.DecryptError:
        raise Unfit("is sealed under another master key") from None


def _read(said: dict[str, Any]) -> Checkpoint:
    # Opened by the desk alone: whoever has the file alone sees that it is signed, and no more.
    number, sha256 = _unsealed(said["sealed"]) if "sealed" in said else (said["number"], said["sha256"])
    slot, taken = (datetime.fromisoformat(said[name]) for name in ("slot", "taken"))
    return Checkpoint(said["operator"], said["stream"], slot, taken, int(number), str(sha256))
