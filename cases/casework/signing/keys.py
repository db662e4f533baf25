"""The keys that operators sign with: made at first use, turned, withdrawn, and published for ever."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.utils import timezone

from cases.casework import audit
from cases.casework.operators import register_of
from cases.law.clock import date_of_receipt
from cases.models import Operator, SigningKey
from cases.sealed.vault import seal_for_operator, unseal_for_operator

FORMAT = 1


@dataclass(frozen=True)
class Signer:
    """The private half of a key, for as long as something is signed. ``key``: the public one, 64 hexadecimal digits."""

    key: str
    private: Ed25519PrivateKey

    def sign(self, content: bytes) -> str:
        """128 hexadecimal digits. The same content gives the same ones."""
        return self.private.sign(content).hex()


def signer_of(operator: Operator) -> Signer:
    """Of the key that signs now."""
    found = operator.signing_keys.filter(until=None).first() or _made(operator)
    return Signer(found.public, Ed25519PrivateKey.from_private_bytes(unseal_for_operator(found.sealed)))


def _made(operator: Operator) -> SigningKey:
    private = Ed25519PrivateKey.generate()
    fresh = {
        "public": private.public_key().public_bytes_raw().hex(),
        "sealed": seal_for_operator(private.private_bytes_raw()),
        "since": _today(operator),
    }
    # Two who are the first at once end up with one key; the other's has signed nothing.
    key, _new = operator.signing_keys.get_or_create(until=None, defaults=fresh)
    return key


def _today(operator: Operator) -> date:
    return date_of_receipt(timezone.now(), register_of(operator).time_zone)


@transaction.atomic
def turn(operator: Operator) -> SigningKey:
    """Another key signs from now on; what the old one signed stays proven by it."""
    for old in operator.signing_keys.select_for_update().filter(until=None):
        _end(old)
    made = _made(operator)
    audit.record(operator, "signing-key.turned", by=audit.SYSTEM, key=made.public)
    return made


@transaction.atomic
def withdraw(key: SigningKey) -> None:
    """Nothing it ever signed proves anything from now on. Safe to repeat; another is made at the next signature."""
    key = SigningKey.objects.select_for_update().get(pk=key.pk)
    if key.withdrawn_on is not None:
        return
    key.withdrawn_on = _today(key.operator)
    _end(key)
    audit.record(key.operator, "signing-key.withdrawn", by=audit.SYSTEM, key=key.public)


def _end(key: SigningKey) -> None:
    """Its private half goes: nobody can sign with it any more."""
    key.until, key.sealed = key.until or max(_today(key.operator), key.since), b""
    key.save()


def published() -> Iterator[dict[str, object]]:
    """Every key there has been, as /.well-known/dsar-package-keys.json lists it; days in ISO 8601."""
    for key in SigningKey.objects.select_related("operator"):
        yield {
            "operator": key.operator_id,
            "name": key.operator.name,
            "algorithm": "Ed25519",
            "key": key.public,
            "from": key.since.isoformat(),
            "until": key.until.isoformat() if key.until else None,
            "withdrawn": key.withdrawn_on.isoformat() if key.withdrawn_on else None,
        }
