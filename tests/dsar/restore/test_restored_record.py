"""The record after a loss: a restore says what is missing, and an older dump put in its place does not stay hidden."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from cases.casework import audit
from cases.casework.record import anchoring
from cases.models import AuditEntry, AuditHead, Case
from dsar.restore import restoring
from tests.dsar.restore.conftest import Deployment

pytestmark = pytest.mark.usefixtures("deployment")


@pytest.fixture
def anchor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """anchor(2): the checkpoints of two hours ago, of the record as it stands."""
    monkeypatch.setattr(settings, "ANCHORS", str(tmp_path / "anchors"))
    now = timezone.now()

    def write(hours_ago: int) -> None:
        with monkeypatch.context() as clock:
            clock.setattr("django.utils.timezone.now", lambda: now - timedelta(hours=hours_ago))
            anchoring.anchor()

    return write


def verified() -> str:
    call_command("verify_audit", anchors=True, stdout=(out := StringIO()))
    return out.getvalue()


@pytest.fixture
def backed_up(deployment: Deployment, ask: Callable[..., Case], anchor: Callable[[int], None]) -> Deployment:
    """A desk with a checkpoint before the backup, and one after it that speaks of more."""
    case = ask("access")
    anchor(2)
    deployment.back_up()
    audit.record(case, "lost", by=audit.SYSTEM)
    audit.record(case.operator, "lost", by=audit.SYSTEM, stream="cleared")
    anchor(1)
    assert "all chains whole, as their anchors say" in verified()
    deployment.lose()
    return deployment


def test_a_restore_says_which_hours_are_lost(backed_up: Deployment, ask: Callable[..., Case]) -> None:
    backed_up.restore()
    ask("access", "bo@example.com")
    said = verified()
    for stream in audit.STREAMS:
        assert f"tele2-se/{stream}: at " in said
    assert said.count("what followed was lost, and the record tells of the restore") == 2


def test_an_older_dump_put_in_its_place_is_found(
    backed_up: Deployment, ask: Callable[..., Case], anchor: Callable[[int], None]
) -> None:
    with transaction.atomic():
        restoring._load(backed_up.folder / "desk.sql.gz")
    assert audit.first_broken() is None
    with pytest.raises(CommandError, match="cut off, or put back to an older dump"):
        verified()
    # Work goes on over it, and the checkpoint of then still does not fit.
    ask("access", "bo@example.com")
    anchor(0)
    with pytest.raises(CommandError, match="changed, reordered or put back, and chained anew"):
        verified()


def test_nothing_is_truncated_whoever_asks(ask: Callable[..., Case]) -> None:
    ask("access")
    for table in ("cases_auditentry", "cases_audithead"):
        with (
            pytest.raises(DatabaseError, match="append-only: TRUNCATE refused"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"TRUNCATE {table} CASCADE")
    assert AuditEntry.objects.exists()
    assert AuditHead.objects.exists()


def test_a_restored_desk_goes_on_writing_its_record(backed_up: Deployment, ask: Callable[..., Case]) -> None:
    backed_up.restore()
    before = AuditEntry.objects.filter(stream="open").latest("number").number
    ask("access", "bo@example.com")
    assert AuditEntry.objects.filter(stream="open").latest("number").number > before
    assert audit.first_broken() is None
