"""Checkpoints outside: whatever is done to the record, even by whoever owns the database, does not fit them."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone
from moto.server import ThreadedMotoServer

from cases import tasks
from cases.casework import audit
from cases.casework.record import anchoring, comparing
from cases.casework.record.checkpoint import Unfit, opened, public_key
from cases.casework.record.places import Bucket, place
from cases.models import AuditEntry, Operator, OutgoingMail, Task, User
from tests.operators.by_hand import staff_mails

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "ANCHORS", str(tmp_path / "anchors"))
    return tmp_path / "anchors"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """at(3): three hours after four minutes past this hour, for whoever asks the desk; the database keeps its time."""
    now = anchoring.slot_of(timezone.now()) + timedelta(minutes=4)

    def turn(hours: float) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: now + timedelta(hours=hours))

    return turn


@pytest.fixture
def anchored(chain: list[AuditEntry], operator: Operator, at: Callable[[float], None]) -> list[AuditEntry]:
    """Three hours with a checkpoint each, and entries between them."""
    for hour in range(3):
        at(hour)
        tasks.anchor_record()
        chain += [
            audit.record(operator, f"hour.{hour}", by=audit.SYSTEM),
            audit.record(operator, "x", by=audit.SYSTEM),
        ]
    at(2.5)
    return chain


def found() -> list[str]:
    return [one.sentence for one in comparing.differences() if not one.told]


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.json"))


def test_every_hour_each_stream_has_one_whatever_happened(
    operator: Operator, folder: Path, at: Callable[[float], None]
) -> None:
    for hour in range(3):
        for minutes in (0, 5, 50):
            at(hour + minutes / 60)
            tasks.anchor_record()
    names = [name.rpartition("Z.")[2] for name in files(folder)]
    assert names == ["cleared.json", "open.json"] * 3
    assert found() == []


def test_a_checkpoint_says_where_the_chain_stood_and_is_signed(
    anchored: list[AuditEntry], folder: Path
) -> None:
    first = next(path for path in sorted(folder.rglob("*.open.json")))
    said = json.loads(first.read_bytes())
    assert (said["operator"], said["stream"], said["number"], said["sha256"]) == (
        "tele2-se", "open", anchored[4].number, anchored[4].sha256,
    )  # fmt: skip
    key = public_key(settings.ANCHOR_KEY)
    assert opened(first.read_bytes(), key).sha256 == anchored[4].sha256
    for change in (
        {"number": 1},
        {"sha256": "0" * 64},
        {"slot": "2026-01-01T00:00:00+00:00"},
        {"signature": "00"},
    ):
        with pytest.raises(Unfit):
            opened(json.dumps(said | change).encode(), key)
    with pytest.raises(Unfit, match="another key"):
        opened(first.read_bytes(), public_key("0" * 64))


def test_the_cleared_streams_checkpoints_show_nothing(
    operator: Operator, folder: Path, at: Callable[[float], None]
) -> None:
    at(0)
    anchoring.anchor()
    for _ in range(1200):
        audit.record(operator, "secret", by=audit.SYSTEM, stream="cleared")
    at(1)
    anchoring.anchor()
    quiet, busy = (json.loads(path.read_bytes()) for path in sorted(folder.rglob("*.cleared.json")))
    assert (
        quiet.keys()
        == busy.keys()
        == {"format", "key", "operator", "sealed", "signature", "slot", "stream", "taken"}
    )
    assert quiet["sealed"] != busy["sealed"]
    # The desk itself compares with it all the same.
    assert found() == []


def test_an_edited_entry_is_found_although_all_is_hashed_anew(
    operator: Operator,
    anchored: list[AuditEntry],
    as_owner: Callable[..., None],
    rechained: Callable[[Operator], None],
) -> None:
    as_owner("UPDATE cases_auditentry SET actor = 'nobody' WHERE id = %s", anchored[2].pk)
    rechained(operator)
    assert audit.first_broken() is None
    [sentence] = found()
    assert f"the last entry was {anchored[4].number}, and it is another now" in sentence
    assert "(3 anchors say so)" in sentence
    with pytest.raises(CommandError, match="changed, reordered or put back, and chained anew"):
        call_command("verify_audit", anchors=True)


def test_a_removed_entry_is_found(
    operator: Operator,
    anchored: list[AuditEntry],
    as_owner: Callable[..., None],
    rechained: Callable[[Operator], None],
) -> None:
    as_owner("DELETE FROM cases_auditentry WHERE id = %s", anchored[6].pk)
    rechained(operator)
    assert audit.first_broken() is None
    [sentence] = found()
    # The first hour was over when it was written.
    assert f"the last entry was {anchored[6].number}" in sentence
    assert "(2 anchors say so)" in sentence


def test_entries_in_another_order_are_found(
    operator: Operator,
    anchored: list[AuditEntry],
    as_owner: Callable[..., None],
    rechained: Callable[[Operator], None],
) -> None:
    one, other = anchored[1], anchored[2]
    swapped = "UPDATE cases_auditentry SET number = %s, at = %s WHERE id = %s"
    as_owner(swapped, 10**6, one.at, one.pk)
    as_owner(swapped, one.number, one.at, other.pk)
    as_owner(swapped, other.number, other.at, one.pk)
    rechained(operator)
    assert audit.first_broken() is None
    assert "it is another now" in found()[0]


def test_a_cut_off_end_is_found(
    operator: Operator,
    anchored: list[AuditEntry],
    as_owner: Callable[..., None],
    rechained: Callable[[Operator], None],
) -> None:
    as_owner("DELETE FROM cases_auditentry WHERE stream = 'open' AND number > %s", anchored[5].number)
    rechained(operator)
    assert audit.first_broken() is None
    [sentence] = found()
    assert f"now the chain ends at {anchored[5].number}: cut off, or put back to an older dump" in sentence


def test_a_stream_begun_anew_is_found(
    operator: Operator,
    anchored: list[AuditEntry],
    as_owner: Callable[..., None],
    rechained: Callable[[Operator], None],
) -> None:
    as_owner("DELETE FROM cases_auditentry WHERE stream = 'open'")
    rechained(operator)
    assert audit.first_broken() is None
    assert "now the chain ends at 0" in found()[0]


def test_an_operator_that_is_gone_with_its_streams_is_found(
    operator: Operator, anchored: list[AuditEntry], as_owner: Callable[..., None]
) -> None:
    for table in ("cases_auditentry", "cases_audithead"):
        as_owner(f"DELETE FROM {table}")
    Operator.objects.update(register=None)
    as_owner("DELETE FROM cases_anchoring; DELETE FROM cases_registerversion; DELETE FROM cases_operator")
    assert audit.first_broken() is None
    assert any("tele2-se/open" in sentence for sentence in found())


def test_checkpoints_that_are_changed_or_moved_or_gone_are_found(
    anchored: list[AuditEntry], folder: Path
) -> None:
    first, second, third = sorted(folder.rglob("*.open.json"))
    second.chmod(0o600)
    content = second.read_bytes()
    second.write_bytes(content.replace(b'"number":', b'"number":1'))
    assert any("was changed, or signed with another key" in one for one in found())
    second.write_bytes(first.read_bytes())
    assert any("is that of" in one for one in found())
    second.unlink()
    assert [one for one in found() if "1 anchors are missing after" in one]
    third.unlink()
    # Two hours of the three, as long as the third is not over.
    assert [one for one in found() if "1 anchors are missing after" in one]


def test_what_was_written_is_not_written_over(anchored: list[AuditEntry], folder: Path) -> None:
    name = files(folder)[0]
    before = (folder / name).read_bytes()
    place().write(name, b"other")
    assert place().read(name) == before
    assert (folder / name).stat().st_mode & 0o222 == 0


def test_without_checkpoints_nothing_is_proven(operator: Operator) -> None:
    assert found() == ["tele2-se/open: there is no anchor", "tele2-se/cleared: there is no anchor"]


def test_whole_chains_fit_their_anchors(
    anchored: list[AuditEntry], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("verify_audit", anchors=True)
    assert "all chains whole, as their anchors say" in capsys.readouterr().out


def test_a_restore_that_the_record_tells_of_is_said_and_is_no_fault(
    operator: Operator, anchored: list[AuditEntry], as_owner: Callable[..., None],
    rechained: Callable[[Operator], None], capsys: pytest.CaptureFixture[str], at: Callable[[float], None],
) -> None:  # fmt: skip
    # As the database would stand after an older dump was loaded.
    as_owner("DELETE FROM cases_auditentry WHERE stream = 'open' AND number > %s", anchored[4].number)
    rechained(operator)
    restored = audit.record(operator, "desk.restored", by=audit.SYSTEM, sha256="0" * 64)
    as_owner("UPDATE cases_auditentry SET at = %s WHERE id = %s", timezone.now(), restored.pk)
    rechained(operator)
    at(3)
    anchoring.anchor()
    call_command("verify_audit", anchors=True)
    assert (
        "what followed was lost, and the record tells of the restore (2 anchors say so)"
        in capsys.readouterr().out
    )


def test_a_missing_checkpoint_is_told_to_whoever_can_act(
    anchored: list[AuditEntry], folder: Path, staff: Callable[..., User], at: Callable[[float], None],
    signed_in: Callable[..., Any],
) -> None:  # fmt: skip
    for role in ("auditor", "admin", "caseworker"):
        User.objects.filter(pk=staff(role).pk).update(email=f"{role}@example.com")
    at(3)
    assert anchoring.watch() == 0
    at(4)
    tasks.watch_anchors()
    tasks.watch_anchors()
    task = Task.objects.get(kind=anchoring.MISSING)
    assert AuditEntry.objects.filter(action="anchor.missing").count() == 1
    assert sorted(mail["to"] for mail in staff_mails("anchor_missing")) == [
        "admin@example.com",
        "auditor@example.com",
    ]
    auditor = signed_in("auditor")
    page = auditor.get("/desk/tasks/").content.decode()
    assert "checkpoint" in page
    signed_in("caseworker").post(f"/desk/tasks/{task.pk}/done/")
    task.refresh_from_db()
    assert task.done_at is None
    auditor.post(f"/desk/tasks/{task.pk}/done/")
    task.refresh_from_db()
    assert task.done_at is not None


def test_a_place_that_cannot_be_reached_is_an_alarm_and_no_crash(
    anchored: list[AuditEntry], folder: Path, monkeypatch: pytest.MonkeyPatch, at: Callable[[float], None]
) -> None:
    monkeypatch.setattr(settings, "ANCHORS", "s3://nowhere")
    monkeypatch.setattr(settings, "ANCHORS_S3_ENDPOINT", "http://127.0.0.1:1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    assert anchoring.anchor() == 0
    assert anchoring.watch() == 1
    with pytest.raises(CommandError, match="the anchors can't be read"):
        call_command("verify_audit", anchors=True)


def test_how_old_the_last_checkpoint_is_stands_among_the_metrics(
    anchored: list[AuditEntry], client: Any, monkeypatch: pytest.MonkeyPatch, at: Callable[[float], None]
) -> None:
    monkeypatch.setattr(settings, "METRICS_TOKEN", "t0ken")
    at(4)
    text = client.get("/metrics", headers={"Authorization": "Bearer t0ken"}).content.decode()
    # Since two full hours and four minutes after it.
    assert "\ndsar_anchor_age_seconds 7440.0\n" in text


def test_a_young_desk_misses_nothing(operator: Operator) -> None:
    assert anchoring.watch() == 0
    assert not OutgoingMail.objects.exists()


@pytest.fixture
def locked_bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket with object lock, whose objects are kept for years whoever asks."""
    store = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    store.start()
    host, port = store.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(settings, "ANCHORS", "s3://anchors/desk")
    monkeypatch.setattr(settings, "ANCHORS_S3_ENDPOINT", f"http://{host}:{port}")
    client = boto3.client("s3", endpoint_url=settings.ANCHORS_S3_ENDPOINT)
    client.create_bucket(Bucket="anchors", ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Years": 10}}
    client.put_object_lock_configuration(
        Bucket="anchors", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    yield client
    store.stop()


def test_in_a_locked_bucket_what_was_written_first_stays_and_counts(
    locked_bucket: Any, anchored: list[AuditEntry]
) -> None:
    assert found() == []
    versions = locked_bucket.list_object_versions(Bucket="anchors")["Versions"]
    assert len(versions) == 6
    with pytest.raises(ClientError):
        locked_bucket.delete_object(
            Bucket="anchors", Key=versions[0]["Key"], VersionId=versions[0]["VersionId"]
        )
    for one in versions:
        locked_bucket.put_object(Bucket="anchors", Key=one["Key"], Body=b"other")
        locked_bucket.delete_object(Bucket="anchors", Key=one["Key"])
    assert found() == []
    assert isinstance(place(), Bucket)
    assert anchoring.anchor() == 0
