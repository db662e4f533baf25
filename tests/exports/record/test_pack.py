"""The record of a case as a file: checked without the desk, by our command and by the lines of docs/record.md."""

import io
import json
import re
import subprocess
import sys
import tracemalloc
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from cases.casework import audit
from cases.casework.record import anchoring
from cases.casework.record.checkpoint import Checkpoint, public_key, signed
from cases.models import AuditEntry, Case, User
from exports.record import verify
from exports.record.pack import take_out
from exports.record.verify import Verdict, check
from tests.operators.by_hand import work

pytestmark = [pytest.mark.django_db, pytest.mark.pango]
OURS = re.search(r"```python\n(.*?)```", (settings.BASE_DIR / "docs" / "record.md").read_text(), re.S)


@pytest.fixture(autouse=True)
def anchors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ANCHORS", str(tmp_path / "anchors"))


@pytest.fixture
def case(ask: Callable[..., Case], monkeypatch: pytest.MonkeyPatch) -> Case:
    """Worked beside others, with checkpoints on the way, and a step that none includes yet."""
    case = ask("access")
    audit.record(case.operator, "of-another.case", by=audit.SYSTEM)
    work(case)
    ask("access", "bo@example.com")
    anchoring.anchor()
    audit.record(case, "later", by=audit.SYSTEM)
    for number in range(3):
        audit.record(case.operator, f"others.{number}", by=audit.SYSTEM)
    now = timezone.now()
    with monkeypatch.context() as clock:
        clock.setattr("django.utils.timezone.now", lambda: now + timedelta(hours=1))
        anchoring.anchor()
    audit.record(case, "last", by=audit.SYSTEM)
    # The second one lies an hour ahead.
    monkeypatch.setattr("django.utils.timezone.now", lambda: now + timedelta(hours=2))
    return case


@pytest.fixture
def taken(case: Case, staff: Callable[..., User]) -> bytes:
    return take_out(case, language="en", by=staff("auditor"))


def record_of(pack: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        read: dict[str, Any] = json.loads(archive.read("record.json"))
        return read


def with_record(pack: bytes, record: dict[str, Any], letter: bytes | None = None) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(pack)) as old, zipfile.ZipFile(out, "w") as archive:
        archive.writestr("record.json", json.dumps(record))
        archive.writestr("record.pdf", letter or old.read("record.pdf"))
    out.seek(0)
    return out


def checked(pack: bytes, key: str = "") -> Verdict:
    return check(io.BytesIO(pack), key or public_key(settings.ANCHOR_KEY))


def test_it_is_whole(case: Case, taken: bytes) -> None:
    found = checked(taken)
    assert (found.faults, found.anchors) == ([], 2)
    assert (
        found.entries == AuditEntry.objects.filter(case=case.reference).exclude(action="record.taken").count()
    )
    last = AuditEntry.objects.get(action="last").number
    assert found.notes == [f"no checkpoint includes these entries yet, or none was found: {last}"]


def test_it_holds_nothing_of_other_cases_but_hashes(case: Case, taken: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(taken)) as archive:
        text = archive.read("record.json").decode()
    for other in Case.objects.exclude(pk=case.pk):
        assert other.reference not in text
    assert "of-another.case" not in text
    assert "others.1" not in text


CHANGES: list[Callable[[dict[str, Any]], object]] = [
    lambda record: record["entries"][1].update(actor="nobody"),
    lambda record: record["entries"][1].update(at="2026-01-01T00:00:00+00:00"),
    lambda record: record["entries"][1]["data"].update(more=1),
    lambda record: record.update(case="26-XXXXX-XX"),
    lambda record: record.update(entries=[*reversed(record["entries"])]),
    lambda record: record["entries"].pop(1),
    lambda record: record["links"].update({next(iter(record["links"])): "0" * 64}),
    lambda record: record["links"].pop(next(iter(record["links"]))),
    lambda record: record.update(pdf_sha256="0" * 64),
    lambda record: record.update(anchors=[b64encode(b"{}").decode()]),
    lambda record: record.update(format=2),
]


@pytest.mark.parametrize("change", CHANGES, ids=range(len(CHANGES)))
def test_whatever_is_changed_is_found(taken: bytes, change: Callable[[dict[str, Any]], object]) -> None:
    change(record := record_of(taken))
    assert check(with_record(taken, record), public_key(settings.ANCHOR_KEY)).faults


def test_entries_hashed_anew_do_not_fit_the_checkpoints(case: Case, taken: bytes) -> None:
    record = record_of(taken)
    one = record["entries"][-2]
    one["actor"] = "nobody"
    said = [
        record["operator"],
        "open",
        one["number"],
        one["at"],
        "nobody",
        one["action"],
        record["case"],
        one["data"],
    ]
    one["content_sha256"] = audit._hashed(json.dumps(said, sort_keys=True, ensure_ascii=False))
    one["sha256"] = audit.linked(one["previous"], one["content_sha256"])
    assert any("speaks of another record" in one for one in check(with_record(taken, record)).faults)


def test_checkpoints_of_somebody_else_prove_nothing(taken: bytes) -> None:
    record = record_of(taken)
    seed = "7" * 64
    told = [json.loads(b64decode(one)) for one in record["anchors"]]
    forged = [
        Checkpoint("tele2-se", "open", timezone.now(), timezone.now(), one["number"], one["sha256"])
        for one in told
    ]
    record["anchors"] = [b64encode(signed(one, seed)).decode() for one in forged]
    record["key"] = public_key(seed)
    pack = with_record(taken, record)
    assert check(pack, public_key(settings.ANCHOR_KEY)).faults
    # With the file's own key it fits, and the check says what that is worth.
    assert check(pack).notes[-1].startswith("the key is the file's own")


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 100])
def test_what_is_no_record_is_said_to_be_none(content: bytes) -> None:
    assert check(io.BytesIO(content)).faults


def test_a_few_bytes_that_unpack_to_any_size_fill_no_memory(
    taken: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "LIMIT", 1_000_000)
    tracemalloc.start()
    bomb = with_record(taken, record_of(taken), letter=bytes(50_000_000))
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    faults = check(bomb).faults
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert any("another content" in fault for fault in faults)
    assert peak < 30_000_000


def test_an_authority_needs_none_of_our_code(taken: bytes, tmp_path: Path) -> None:
    assert OURS
    script = OURS[1].replace('"..."', repr(public_key(settings.ANCHOR_KEY)))

    def run(pack: bytes) -> subprocess.CompletedProcess[str]:
        (tmp_path / "record.zip").write_bytes(pack)
        return subprocess.run(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    done = run(taken)
    assert done.returncode == 0, done.stderr
    last = AuditEntry.objects.get(action="last").number
    assert done.stdout.strip() == f"not included in a checkpoint: [{last}]"
    record = record_of(taken)
    record["entries"][0]["actor"] = "nobody"
    assert run(with_record(taken, record).getvalue()).returncode == 1


def test_the_command_needs_no_desk(taken: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "record.zip"
    path.write_bytes(taken)
    call_command("verify_record", str(path), key=public_key(settings.ANCHOR_KEY))
    assert "record.zip: whole, " in capsys.readouterr().out
    record = record_of(taken)
    record["entries"][0]["actor"] = "nobody"
    path.write_bytes(with_record(taken, record).getvalue())
    with pytest.raises(SystemExit):
        call_command("verify_record", str(path))
    assert "NOT WHOLE" in capsys.readouterr().out


@pytest.mark.parametrize("language", ["sv", "da", "en"])
def test_auditors_take_it_out_at_the_desk(
    case: Case, signed_in: Callable[..., Client], language: str
) -> None:
    browser = signed_in("auditor")
    browser.cookies["django_language"] = language
    assert (
        f"/desk/cases/{case.reference}/record/"
        in browser.get(f"/desk/audit/?case={case.reference}").content.decode()
    )
    response = browser.post(f"/desk/cases/{case.reference}/record/")
    assert response["Content-Type"] == "application/zip"
    assert checked(b"".join(response.streaming_content)).faults == []
    assert AuditEntry.objects.get(action="record.taken").actor == "auditor"


def test_nobody_else_does(case: Case, staff: Callable[..., User], signed_in: Callable[..., Client]) -> None:
    with pytest.raises(PermissionDenied):
        take_out(case, language="en", by=staff("caseworker"))
    assert signed_in("caseworker").post(f"/desk/cases/{case.reference}/record/").status_code == 403
