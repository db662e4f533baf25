"""The vault held against the tables: what is of nobody and what is gone is found, in a folder as in a bucket."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path

import boto3
import pytest
from django.core.management import CommandError, call_command
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from cases.models import Case, Chunk, Leftover, Paper, User
from cases.models.keys import KeyUse
from cases.papers import keeping
from cases.sealed import vault
from cases.sealed.uploads import Upload
from dsar.settings import _vault_storage
from exports.answer.tries import course
from exports.kept import files
from exports.models import Answer
from tests.operators.by_hand import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> str:
    (tmp_path / "own").mkdir()
    return str(tmp_path / "own")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "desk")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    store = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    store.start()
    host, port = store.get_host_and_port()
    monkeypatch.setenv("DSAR_S3_ENDPOINT", f"http://{host}:{port}")
    boto3.client("s3", endpoint_url=f"http://{host}:{port}").create_bucket(Bucket="desk")
    yield "s3://desk/vault"
    store.stop()


@pytest.fixture(params=["folder", "bucket"])
def own_vault(request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else's files in it, and none too young to be looked at."""
    where = request.getfixturevalue(request.param)
    settings.STORAGES = settings.STORAGES | {"vault": _vault_storage(where)}
    monkeypatch.setattr(files, "DAY", timedelta(minutes=-1))


def told() -> list[str]:
    """What the command says, which ends with status 1 where something does not fit, and with 0 where all does."""
    said, fits = StringIO(), "every row has its file"
    with suppress(CommandError):
        call_command("vault_check", stdout=said)
        assert fits in said.getvalue()
        return said.getvalue().splitlines()
    assert fits not in said.getvalue()
    return said.getvalue().splitlines()


def package(case: Case, by: User) -> Answer:
    for part in ("package", "letter"):
        with vault.sealed_file(case, KeyUse.PACKAGE, f"cases/{case.pk}/package/1-{part}") as file:
            file.write(b"x")
    names = {
        f"{part}name": f"cases/{case.pk}/package/1-{of}"
        for part, of in (("", "package"), ("letter_", "letter"))
    }
    return Answer.objects.create(case=case, version=1, status="building", prepared_by=by, **names)


@pytest.mark.usefixtures("own_vault")
def test_what_does_not_fit_is_said_a_line_each(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = work(ask("erasure"))
    keeping.keep(
        case, Upload(b"%PDF-1.7\nPower of attorney"), about=Paper.About.AUTHORITY, by=staff("caseworker")
    )
    answer = package(case, staff("approver"))
    vault.write(f"{course.folder_of(answer)}far", b"what a build keeps")
    assert told() == ["every row has its file, and every file its row"]

    chunk = Chunk.objects.filter(run__case=case).earliest("pk")
    vault.delete(chunk.name)
    vault.write(f"cases/{case.pk}/collected/of-nobody", b"x")
    assert told() == [
        f"no file  {chunk.name}  cases.Chunk {chunk.pk}",
        f"no row   cases/{case.pk}/collected/of-nobody",
    ]
    # The desk knows that it has to go.
    Leftover.objects.create(name=f"cases/{case.pk}/collected/")
    assert len(told()) == 1
    # No answer is being written any more.
    Answer.objects.filter(pk=answer.pk).update(status="overtaken")
    assert told()[1:] == [f"no row   {course.folder_of(answer)}far"]


def test_what_came_a_moment_ago_may_be_on_its_way(folder: str, settings: Settings) -> None:
    settings.STORAGES = settings.STORAGES | {"vault": _vault_storage(folder)}
    vault.write("cases/1/collected/of-nobody-yet", b"x")
    assert told() == ["every row has its file, and every file its row"]


def test_what_secret_orders_keep_is_told_to_cleared_processes_alone(
    folder: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STORAGES = settings.STORAGES | {"vault": _vault_storage(folder)}
    monkeypatch.setattr(files, "DAY", timedelta(minutes=-1))
    vault.write("orders/of-nobody", b"x")
    assert told() == ["no row   orders/of-nobody"]
    settings.ORDERS_KEY = ""
    assert told()[0].startswith("orders/ was not looked at: ")
    assert "of-nobody" not in "".join(told())


def test_a_vault_that_can_t_be_read_is_no_vault_without_files(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGES = settings.STORAGES | {"vault": _vault_storage(str(tmp_path / "not-mounted"))}
    with pytest.raises(CommandError, match="vault-away ENOENT") as raised:
        call_command("vault_check")
    assert raised.value.returncode == 2
