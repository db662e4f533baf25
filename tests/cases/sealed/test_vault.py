"""Sealed storage: only ciphertext reaches the disk, and a destroyed key ends everything it sealed."""

import os
import threading
from collections.abc import Callable, Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pyrage
import pytest
from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, connection, transaction

from cases.models import Case, WrappedKey
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sealed.vault import KeyDestroyed, seal, sealed_file, unseal, unsealed_stream
from tests.operators.by_hand import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(ask: Callable[..., Case]) -> Case:
    return ask("access", proven=False)


def test_what_is_sealed_comes_back(case: Case) -> None:
    assert unseal(case, KeyUse.FILE, seal(case, KeyUse.FILE, b"Anna")) == b"Anna"


def test_each_use_has_a_key_of_its_own(case: Case) -> None:
    sealed = seal(case, KeyUse.PACKAGE, b"Anna")
    seal(case, KeyUse.COLLECTED, b"x")
    with pytest.raises(pyrage.DecryptError):
        unseal(case, KeyUse.COLLECTED, sealed)


def test_each_case_has_keys_of_its_own(case: Case, ask: Callable[..., Case]) -> None:
    other = ask("erasure", proven=False)
    with pytest.raises(pyrage.DecryptError):
        unseal(other, KeyUse.FILE, seal(case, KeyUse.FILE, b"Anna"))


def test_a_destroyed_key_opens_nothing_and_seals_nothing(case: Case) -> None:
    sealed = seal(case, KeyUse.PACKAGE, b"Anna")
    vault.destroy(case, KeyUse.PACKAGE)
    for attempt in (lambda: unseal(case, KeyUse.PACKAGE, sealed), lambda: seal(case, KeyUse.PACKAGE, b"x")):
        with pytest.raises(KeyDestroyed):
            attempt()


def test_destroying_one_key_leaves_the_others(case: Case) -> None:
    kept = seal(case, KeyUse.FILE, b"Anna")
    seal(case, KeyUse.PACKAGE, b"x")
    vault.destroy(case, KeyUse.PACKAGE)
    assert unseal(case, KeyUse.FILE, kept) == b"Anna"


def test_a_key_says_when_it_was_destroyed(case: Case) -> None:
    with pytest.raises(IntegrityError, match="key_destroyed_means_gone"), transaction.atomic():
        WrappedKey.objects.filter(case=case, use=KeyUse.FILE).update(wrapped=None)


def test_big_files_stream_both_ways(case: Case) -> None:
    blocks = [bytes([number]) * 100_000 for number in range(40)]
    with sealed_file(case, KeyUse.PACKAGE, "test/big") as file:
        for block in blocks:
            file.write(block)
    whole = b"".join(blocks)
    assert (file.bytes, file.sha256) == (len(whole), sha256(whole).hexdigest())
    parts = list(unsealed_stream(case, KeyUse.PACKAGE, "test/big"))
    assert b"".join(parts) == whole
    assert max(map(len, parts)) <= vault.PIPE_BLOCK


def test_a_reader_who_leaves_early_leaves_nothing_behind(case: Case) -> None:
    with sealed_file(case, KeyUse.PACKAGE, "test/left") as file:
        file.write(b"x" * 3_000_000)
    before = threading.active_count()
    stream = unsealed_stream(case, KeyUse.PACKAGE, "test/left")
    assert len(next(stream)) > 0
    stream.close()
    for thread in threading.enumerate():
        if thread.name == "unseal":
            thread.join(10)
    assert threading.active_count() == before


def test_a_file_whose_writer_fails_is_not_stored(case: Case) -> None:
    def fails() -> None:
        with sealed_file(case, KeyUse.PACKAGE, "test/half") as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert not vault.storage().exists("test/half")


def test_a_destroyed_key_is_told_before_the_first_block(case: Case) -> None:
    with sealed_file(case, KeyUse.PACKAGE, "test/gone") as file:
        file.write(b"x")
    vault.destroy(case, KeyUse.PACKAGE)
    with pytest.raises(KeyDestroyed):
        unsealed_stream(case, KeyUse.PACKAGE, "test/gone")


def test_a_touched_file_is_not_believed(case: Case) -> None:
    with sealed_file(case, KeyUse.PACKAGE, "test/touched") as file:
        file.write(b"x" * 1000)
    path = Path(settings.VAULT) / "test/touched"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(OSError, match="decryption"):
        list(unsealed_stream(case, KeyUse.PACKAGE, "test/touched"))


def test_the_disk_holds_no_plain_word(ask: Callable[..., Case]) -> None:
    case = work(ask("access", note="Rex the dog"))
    stored = [
        path.read_bytes() for path in (Path(settings.VAULT) / f"cases/{case.pk}").rglob("*") if path.is_file()
    ]
    assert stored
    for word in (b"Anna", b"anna@example.com", b"46701740", b"customer_no", b"Rex"):
        assert not any(word in content for content in stored)
    assert all(content.startswith(b"age-encryption.org/v1") for content in stored)


def test_the_database_holds_no_plain_word(ask: Callable[..., Case]) -> None:
    work(ask("access", phone="0701740699", note="Rex the dog"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [row[0] for row in cursor.fetchall()]
        for table in tables:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")
            content = cursor.fetchone()[0]
            for word in ("Anna Test", "anna@example.com", "701740699", "Rex the dog"):
                assert word not in content, (table, word)
                assert word.encode().hex() not in content, (table, word)


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_need_a_first_key_make_one(case: Case) -> None:
    ready, sealed = threading.Barrier(4), []

    def work_at() -> None:
        ready.wait()
        sealed.append(seal(case, KeyUse.COLLECTED, b"x"))
        connection.close()

    threads = [threading.Thread(target=work_at) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [unseal(case, KeyUse.COLLECTED, one) for one in sealed] == [b"x"] * 4


def test_a_digest_is_of_one_operator_and_one_kind() -> None:
    marks = {
        vault.digest(operator, kind, "C1") for operator in ("a", "b") for kind in ("customer_no", "email")
    }
    assert len(marks) == 4
    assert vault.digest("a", "email", "ANNA@example.com") == vault.digest("a", "email", "anna@example.com")


def test_a_file_is_on_the_disk_before_anybody_relies_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut can't be had here; what survives one is told by what was synced, and in which order."""
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def synced(handle: int) -> None:
        target = Path(f"/proc/self/fd/{handle}").readlink()
        done.append("folder" if target.is_dir() else f"file of {target.stat().st_size}")
        sync(handle)

    def replaced(self: Path, target: Path) -> Path:
        done.append("named")
        return replace(self, target)

    vault.write("test/durable/a", b"x")
    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    vault.write("test/durable/b", b"xyz")
    assert done == ["file of 3", "named", "folder"]


def test_a_file_is_the_old_one_or_the_new_one_and_never_half() -> None:
    def breaks_off() -> Iterator[bytes]:
        yield b"new"
        raise OSError("no space left")

    vault.write("test/whole/a", b"old")
    half = File(BytesIO(), name="test/whole/a")
    half.chunks = lambda chunk_size=None: breaks_off()  # type: ignore[method-assign,assignment]
    with pytest.raises(OSError, match="no space"):
        vault.storage().save("test/whole/a", half)
    assert vault.read("test/whole/a") == b"old"
    assert vault.storage().listdir("test/whole") == ([], ["a"])


def test_a_file_that_is_missing_is_told_at_once_and_not_taken_for_empty(case: Case) -> None:
    with sealed_file(case, KeyUse.SCHEDULE, "test/missing") as file:
        file.write(b"x\n")
    vault.delete("test/missing")
    with pytest.raises(FileNotFoundError):
        unsealed_stream(case, KeyUse.SCHEDULE, "test/missing")
    with pytest.raises(FileNotFoundError):
        list(vault.unsealed_lines(case, KeyUse.SCHEDULE, "test/missing"))
