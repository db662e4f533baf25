"""Keys and sealed storage. Everything personal is an age file or an age-sealed field.

A case has up to four keys (collected, package, file, schedule), each an age X25519 identity wrapped to the
master key. Sealing needs the public half only; destroying the wrapped half ends whatever it sealed.
What has no case yet (a draft of the form, a waiting mail, a submission) is sealed to the master key itself.
"""

import errno
import hashlib
import hmac
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from shutil import disk_usage
from typing import IO, cast
from uuid import uuid4

import pyrage
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.utils import timezone

from cases.models import Case, WrappedKey
from cases.models.keys import KeyUse
from cases.models.sealing.case_keys import KeyDestroyed as KeyDestroyed
from cases.models.sealing.case_keys import identity as identity
from cases.models.sealing.case_keys import recipient as recipient
from cases.models.sealing.case_keys import seal_for_operator as seal_for_operator
from cases.models.sealing.case_keys import unseal_for_operator as unseal_for_operator
from cases.sealed import faults
from cases.sealed.durable import DurableFiles, Objects
from cases.sealed.sealing import PIPE_BLOCK, SealedWriter

STEP = 100_000_000  # bytes
PROBES = "ready"
TYPED_BY_PEOPLE = frozenset({"email", "customer_no"})


@lru_cache(maxsize=64)
def _index_key(operator: str) -> bytes:
    return hmac.digest(bytes.fromhex(settings.INDEX_KEY), f"index:{operator}".encode(), "sha256")


def digest(operator: str, kind: str, value: str) -> str:
    """Keyed hash of a normalised identifier, 64 hex digits: equal only within one operator and kind.

    What people type is equal in capitals and small letters; a system's own keys are not.
    """
    # Not folded further: straße.de and strasse.de are two domains.
    written = value.lower() if kind in TYPED_BY_PEOPLE else value
    if kind == "customer_no":
        # Invoices print it in groups.
        written = "".join(written.split())
    return hmac.new(_index_key(operator), f"{kind}\0{written}".encode(), hashlib.sha256).hexdigest()


def seal(case: Case, use: KeyUse, data: bytes) -> bytes:
    return bytes(pyrage.encrypt(data, [recipient(case, use)]))


def unseal(case: Case, use: KeyUse, sealed: bytes | memoryview) -> bytes:
    return bytes(pyrage.decrypt(bytes(sealed), [identity(case, use)]))


def opener(case: Case, use: KeyUse) -> Callable[[bytes | memoryview], bytes]:
    """`unseal` for many small things in a row: the key is looked up and unwrapped once."""
    private = identity(case, use)
    return lambda sealed: bytes(pyrage.decrypt(bytes(sealed), [private]))


def destroy(case: Case, use: KeyUse) -> None:
    """End everything sealed under this key."""
    WrappedKey.objects.filter(case=case, use=use, destroyed_at=None).update(
        wrapped=None, destroyed_at=timezone.now()
    )


def renew(case: Case, *uses: KeyUse) -> None:
    """Let new keys be made where these were destroyed, for what is gathered anew. What they sealed stays unreadable."""
    WrappedKey.objects.filter(case=case, use__in=uses, wrapped=None).delete()


def storage() -> Storage:
    return storages["vault"]


def room() -> int | None:
    """Bytes that are free on the vault's disk, or on the one it will be made on, in whole `STEP`s; None for a store.

    To the byte it would show each file as it is written, those that only secret orders have among them.
    """
    if settings.VAULT.startswith("s3://"):
        return None
    path = Path(settings.VAULT).absolute()
    free = disk_usage(next(each for each in (path, *path.parents) if each.exists())).free
    return free // STEP * STEP


def probe() -> None:
    """A small file written, read and deleted: a disk that is full or read-only still answers.

    Raises one of `faults.ERRORS`.
    """
    name = f"{PROBES}/{uuid4()}"
    write(name, b"ready")
    if read(name) != b"ready":
        raise OSError(errno.EIO, "the vault gives something else than was written")
    delete(name)


def write(name: str, data: bytes) -> None:
    """Store sealed bytes under a name without personal data; the same name again replaces them."""
    storage().save(name, ContentFile(data, name=name))


def read(name: str) -> bytes:
    with storage().open(name, "rb") as file:
        return bytes(file.read())


def delete(name: str) -> None:
    storage().delete(name)


def delete_folder(name: str) -> None:
    """Delete every file under a name, also those that no database row knows of any more.

    Goes past what will not go, and raises the last of its errors at the end.
    """
    try:
        folders, files = storage().listdir(name)
    except FileNotFoundError:
        return
    stuck: Exception | None = None
    for end, each in [*((delete_folder, one) for one in folders), *((delete, one) for one in files)]:
        try:
            end(f"{name}/{each}")
        except faults.ERRORS as error:
            stuck = error
    if stuck:
        raise stuck
    delete(name)


def names(under: str = "") -> Iterator[tuple[str, datetime]]:
    """Every file below a folder, or in the whole vault, and when it was stored: one at a time, in no order.

    Raises one of `faults.ERRORS`, FileNotFoundError among them where there is no vault.
    """
    return cast(DurableFiles | Objects, storage()).below(under)


@contextmanager
def sealed_file(case: Case, use: KeyUse, name: str) -> Iterator[SealedWriter]:
    """Write a file of any size into the vault, sealed as it is written. Nothing is stored if the body raises."""
    with transaction.atomic():
        public = recipient(case, use)
    with sealed_to(public, name) as writer:
        yield writer


@contextmanager
def sealed_to(public: pyrage.x25519.Recipient, name: str) -> Iterator[SealedWriter]:
    """The same for a key that is no case's."""
    writer = SealedWriter(public, storage(), name)
    try:
        yield writer
    except BaseException:
        writer.abandon()
        raise
    writer.close()


def unsealed_stream(case: Case, use: KeyUse, name: str) -> Iterator[bytes]:
    """The plain bytes of a sealed file, in blocks, never whole in memory nor plain on disk.

    Raises KeyDestroyed, and FileNotFoundError, at once, not with the first block; pyrage.DecryptError or OSError for a
    file that is damaged further on.
    """
    return unsealed_by(identity(case, use), name)


def unsealed_by(private: pyrage.x25519.Identity, name: str) -> Iterator[bytes]:
    """The same for what is sealed to a key that lies in no database."""
    return _unsealed(private, storage().open(name, "rb"))


def _unsealed(private: pyrage.x25519.Identity, sealed: IO[bytes]) -> Iterator[bytes]:
    read_end, write_end = os.pipe()
    failure: list[BaseException] = []

    def decrypt() -> None:
        with os.fdopen(write_end, "wb") as sink, sealed as source:
            try:
                pyrage.decrypt_io(source, sink, [private])
            except BrokenPipeError:
                pass  # the reader left early
            except BaseException as error:  # noqa: BLE001 - handed to the reading thread
                failure.append(error)

    # Whoever reads may leave off without a word, and a thread that waits must not keep the process from ending.
    thread = threading.Thread(target=decrypt, name="unseal", daemon=True)
    thread.start()
    with os.fdopen(read_end, "rb") as pipe:
        while block := pipe.read(PIPE_BLOCK):
            yield block
    thread.join()
    if failure:
        raise failure[0]


def unsealed_lines(case: Case, use: KeyUse, name: str) -> Iterator[bytes]:
    """The lines of a sealed file, without their ends, a block in memory at a time."""
    return split_lines(unsealed_stream(case, use, name))


def split_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of these blocks, without their ends."""
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        yield from whole
    if rest:
        yield rest
