"""A vault that is full, read-only or away: named, waited for, and nothing is read or kept over and over meanwhile."""

import errno
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from botocore.config import Config
from django.core.files.base import ContentFile
from django.utils import timezone
from pytest_django import Settings

from cases import cleared_tasks
from cases.collection import gathering
from cases.collection.gathering import collect, collect_page
from cases.desk.wording.words import source_error
from cases.execution import carrying_out
from cases.identity import matching
from cases.models import Case, Leftover, Run
from cases.sealed import faults, leftovers, vault
from cases.sealed.durable import Objects
from cases.sources import retries
from dsar.settings import _vault_storage
from tests.operators.by_hand import gather, work

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("ENOSPC", "vault-full"), ("EDQUOT", "vault-full"), ("EROFS", "vault-read-only"), ("EACCES", "vault-read-only"),
        ("EIO", "vault-away"), ("ESTALE", "vault-away"), ("ENOTDIR", "vault-away"),
    ],
)  # fmt: skip
def test_a_stage_says_what_the_vault_has(number: str, code: str) -> None:
    error = OSError(getattr(errno, number), "said by the disk")
    assert retries.stopped_by(error) == (code, number)
    assert number in source_error(f"{code}: {number}")


@pytest.mark.parametrize("error", [FileNotFoundError(2, "x"), ConnectionRefusedError(111, "x"), ValueError()])
def test_what_is_no_fault_of_the_vault_is_not_called_one(error: Exception) -> None:
    assert retries.stopped_by(error)[0] == "task-failed"


@pytest.fixture
def run(ask: Callable[..., Case]) -> Run:
    case = ask("access")
    matching.match(case.pk)
    collect(case.pk)
    return case.runs.get(collection="calls")


@contextmanager
def not_mounted(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """The vault's folder is none."""
    (tmp_path / "file").write_text("")
    before = settings.STORAGES
    settings.STORAGES = before | {"vault": _vault_storage(str(tmp_path / "file" / "vault"))}
    yield
    settings.STORAGES = before


def test_gathering_waits_for_the_vault_and_asks_the_source_no_more_meanwhile(
    run: Run, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, read = [], gathering._read
    monkeypatch.setattr(gathering, "_read", lambda *given: asked.append(given) or read(*given))
    with not_mounted(settings, tmp_path):
        for tries in (1, 2, 3):
            collect_page(run.pk)
            run.refresh_from_db()
            assert (run.status, run.error, run.attempts) == ("retrying", "vault-away: EEXIST", tries)
            run.case.refresh_from_db()
            assert (run.case.blocked_by, run.case.blocked_why) == ("vault-away", "EEXIST")
            Run.objects.filter(pk=run.pk).update(next_try_at=timezone.now())
        assert len(asked) == 1
        assert not run.chunks.exists()
    collect_page(run.pk)
    gather(run.case)
    run.refresh_from_db()
    assert (run.status, run.error) == ("done", "")
    run.case.refresh_from_db()
    assert run.case.stage == "holds"


def test_the_pause_grows_and_ends_in_no_failure(run: Run, settings: Settings, tmp_path: Path) -> None:
    with not_mounted(settings, tmp_path):
        for _ in range(12):
            Run.objects.filter(pk=run.pk).update(next_try_at=timezone.now())
            collect_page(run.pk)
    run.refresh_from_db()
    assert run.status == "retrying"
    assert run.next_try_at is not None
    assert timedelta(minutes=8) < run.next_try_at - timezone.now() < timedelta(minutes=9)


# What ends.


def test_purging_goes_past_what_will_not_go_and_comes_back_for_it(
    ask: Callable[..., Case],
    django_capture_on_commit_callbacks: Callable[..., object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The name of a file that has become a folder with something in it can't be deleted as a file, by nobody."""
    work(ask("access"))
    vault.write("cases/1/stuck/in-it", b"x")
    vault.write("cases/1/free", b"x")
    with django_capture_on_commit_callbacks(execute=True):
        leftovers.note("cases/1/stuck", "cases/1/free")
    assert list(Leftover.objects.values_list("name", flat=True)) == ["cases/1/stuck"]
    assert not vault.storage().exists("cases/1/free")
    assert "ENOTEMPTY" in caplog.text
    vault.delete("cases/1/stuck/in-it")
    assert leftovers.clear() == 1
    assert not Leftover.objects.exists()
    assert not vault.storage().exists("cases/1/stuck")


@pytest.fixture
def small_disk(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """The vault on a disk of its own, of 256 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place]
    if shutil.which("mount") is None or subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("only root mounts a disk, and not in every container")
    before = settings.STORAGES
    settings.STORAGES = before | {"vault": _vault_storage(str(place))}
    yield place
    settings.STORAGES = before
    subprocess.run(["umount", "--recursive", place], check=True)


def test_a_disk_that_is_full_or_read_only_is_named_and_what_lies_beside_a_stuck_file_goes(
    small_disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a", "b/c", "d"):
        vault.write(f"cases/1/collected/{name}", b"x")
    (small_disk / "other").write_bytes(bytes(4096 * (shutil.disk_usage(small_disk).free // 4096)))
    with pytest.raises(OSError) as full:
        vault.write("cases/1/more", bytes(5000))
    assert retries.stopped_by(full.value) == ("vault-full", "ENOSPC")
    assert not (small_disk / "cases/1/more").exists()
    # What something is mounted on can't be deleted.
    stuck = small_disk / "cases/1/collected/b/c"
    subprocess.run(["mount", "--bind", stuck, stuck], check=True)
    assert not leftovers.end("cases/1/collected/")
    assert [name for name, _stored_at in vault.names("cases")] == ["cases/1/collected/b/c"]
    subprocess.run(["umount", stuck], check=True)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(OSError) as read_only:
        vault.write("cases/1/more", b"x")
    assert retries.stopped_by(read_only.value) == ("vault-read-only", "EROFS")
    assert not leftovers.end("cases/1/collected/")
    assert "EROFS" in caplog.text


def test_a_stage_that_the_vault_stopped_asks_no_source_before_the_vault_takes_files(
    ask: Callable[..., Case], settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, task, worked = ask("erasure"), cleared_tasks.execute, []
    monkeypatch.setattr(
        carrying_out, "execute", lambda pk: worked.append(pk) or vault.write("schedule/x", b"x")
    )

    def run() -> None:
        """As a worker does."""
        try:
            task.before_start("", [case.pk], {})
            task(case.pk)
        except OSError as error:
            task.on_failure(error, "", [case.pk], {}, None)

    with not_mounted(settings, tmp_path):
        for _ in range(3):
            run()
            case.refresh_from_db()
            assert (case.blocked_by, case.blocked_why) == ("vault-away", "EEXIST")
        assert worked == [case.pk]
    run()
    assert worked == [case.pk, case.pk]


# A store.


@pytest.fixture
def silent() -> Iterator[tuple[int, list[socket.socket]]]:
    """A server that takes every call and never answers; its port, and the calls."""
    calls: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        ended = threading.Event()

        def take() -> None:
            while not ended.is_set():
                try:
                    calls.append(server.accept()[0])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=take)
        thread.start()
        yield server.getsockname()[1], calls
        ended.set()
        thread.join()
    for call in calls:
        call.close()


def test_a_store_that_hangs_is_called_twice_and_then_named(
    silent: tuple[int, list[socket.socket]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, calls = silent
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    options = _vault_storage("s3://bucket/vault")["OPTIONS"]
    assert isinstance(options, dict)
    limits: Config = options["client_config"]
    assert (limits.connect_timeout, limits.read_timeout) == (5, 30)
    quick = options | {"client_config": limits.merge(Config(read_timeout=0.3))}
    store = Objects(**quick, endpoint_url=f"http://127.0.0.1:{port}", region_name="eu-north-1")
    with pytest.raises(faults.ERRORS) as raised:
        store.save("ready/x", ContentFile(b"x"))
    assert retries.stopped_by(raised.value)[0] == "vault-away"
    assert len(calls) == 2
