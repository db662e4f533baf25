"""By what a key is known again: with another one than yesterday's the desk would find nobody and say that all is well.

A mark tells nothing of a secret key: the public half, or a keyed hash of a constant.
"""

import hashlib
import hmac
import sys

import pyrage
from django.conf import settings
from django.db import DatabaseError

from cases.casework.record.checkpoint import public_key
from cases.models import KeyMark

_ABOUT = b"dsar key mark"


def _marks() -> dict[str, str]:
    """By the setting's name."""
    return {
        "DSAR_MASTER_KEY": str(pyrage.x25519.Identity.from_str(settings.MASTER_KEY).to_public()),
        "DSAR_INDEX_KEY": hmac.new(bytes.fromhex(settings.INDEX_KEY), _ABOUT, hashlib.sha256).hexdigest(),
        "DSAR_ANCHOR_KEY": public_key(settings.ANCHOR_KEY),
    }


def foreign() -> list[str]:
    """The settings whose key is not the one that this database was begun with."""
    known = dict(KeyMark.objects.values_list("setting", "mark"))
    return [setting for setting, mark in _marks().items() if known.get(setting, mark) != mark]


def remember() -> None:
    """Note the keys that are not known yet."""
    for setting, mark in _marks().items():
        KeyMark.objects.get_or_create(setting=setting, defaults={"mark": mark})


def sentence(settings_named: list[str]) -> str:
    """For whoever starts the desk."""
    return (
        f"{', '.join(settings_named)}: not the key that this desk was begun with. Put the old one back: with another, "
        "people are not found and what is sealed can't be read (docs/deploy.md)"
    )


def refuse_foreign() -> None:
    """End the process with one line where a key is another one. A database that is away is no reason to end."""
    try:
        found = foreign()
    except DatabaseError:
        return
    if found:
        sys.exit(f"The desk can't start. {sentence(found)}")
