"""The drill: dumped as documented, worked on, lost, restored; nothing leaves until the release, then work goes on."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.core import mail as outbox
from django.core.management import CommandError
from django.db import connection
from django.test import Client
from django.utils import timezone
from pyrage import x25519

from cases import cleared_tasks, tasks
from cases.casework import audit, standstill
from cases.models import AuditEntry, Case, Dispatch, OutgoingMail, Standstill, User, WrappedKey
from cases.models.keys import KeyUse
from cases.models.sealing import case_keys
from cases.sealed import vault
from exports import delivery
from tests.dsar.restore.conftest import INSIDE, Deployment, documented
from tests.operators.line import approve, decide, finish, work

pytestmark = pytest.mark.usefixtures("deployment", "broker")


def rows(crm: sqlite3.Connection) -> list[str]:
    """Everything the operator's system holds."""
    return list(crm.iterdump())


@pytest.mark.pango
def test_a_lost_desk_comes_back_and_works_a_case_to_its_end(
    deployment: Deployment, ask: Callable[..., Case], staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    judged = work(ask("access"))
    deployment.back_up()
    later = [ask("access", "bo@example.com"), ask("erasure", "bo@example.com")]
    deployment.run(documented("Backup")[1])
    deployment.lose()
    said = deployment.restore()
    assert f"keys of 2 cases that the dump does not know: {later[0].pk}, {later[1].pk}." in said
    assert "No key for" not in said
    deployment.follow("Restore", "manage.py release")
    decide(judged, by=staff("caseworker"))
    answer = finish(judged, staff)
    assert (judged.stage, judged.outcome) == ("closed", "partly")
    assert next(delivery.fetch(answer, who=delivery.DATA_SUBJECT)).startswith(b"PK")
    assert audit.first_broken() is None


@pytest.mark.pango
def test_nothing_leaves_a_desk_that_is_held_back(
    deployment: Deployment,
    ask: Callable[..., Case],
    staff: Callable[..., User],
    crm: sqlite3.Connection,
    errands: Callable[[], None],
    broker: redis.Redis,
) -> None:
    erasure = work(ask("erasure", "bo@example.com"))
    decide(erasure, by=staff("caseworker"))
    approve(erasure, staff)
    unproven = ask("access", proven=False)
    objection = ask("marketing-objection")
    deployment.back_up()
    deployment.lose()
    broker.flushdb()
    deployment.restore()
    before, waiting = rows(crm), OutgoingMail.objects.filter(sent_at=None).count()
    Case.objects.update(kicked_at=timezone.now() - timedelta(hours=1))
    # What a worker may still find in its queue, and what the clock asks for.
    tasks.execute(erasure.pk)
    cleared_tasks.execute(erasure.pk)
    tasks.take_interim_measure(objection.pk)
    for mail in OutgoingMail.objects.all():
        tasks.send_mail(mail.pk)
    errands()
    errands()
    assert (rows(crm), len(outbox.outbox)) == (before, 0)
    assert OutgoingMail.objects.filter(sent_at=None).count() == waiting > 0
    assert not Dispatch.objects.filter(task__in=standstill.TASKS).exists()
    erasure.refresh_from_db()
    assert (erasure.stage, erasure.kicked_at < timezone.now() - timedelta(minutes=50)) == ("execution", True)
    deployment.follow("Restore", "manage.py release")
    errands()
    sent = set(Dispatch.objects.values_list("task", "subject"))
    assert ("cases.tasks.execute", erasure.pk) in sent
    assert ("cases.tasks.send_mail", unproven.submission.mails.get().pk) in sent
    tasks.execute(erasure.pk)
    cleared_tasks.execute(erasure.pk)
    assert rows(crm) != before


def test_destroyed_keys_stay_destroyed_whichever_dump_comes_last(
    deployment: Deployment, ask: Callable[..., Case]
) -> None:
    first, second = ask("access"), ask("access", "bo@example.com")
    deployment.back_up()
    deployment.shell("cp keys.sql old.sql")
    vault.destroy(first, KeyUse.FILE)
    deployment.back_up()
    deployment.shell("mv keys.sql new.sql")
    vault.destroy(second, KeyUse.FILE)
    deployment.lose()
    for keys in ("old", "new", "old"):
        deployment.manage(f"restore {deployment.folder}/desk.sql.gz {deployment.folder}/{keys}.sql")
    gone = WrappedKey.objects.filter(wrapped=None).values_list("case", flat=True)
    assert list(gone) == [first.pk]


def test_a_case_without_its_key_is_named_and_opens_once_the_key_is_found(
    deployment: Deployment, ask: Callable[..., Case], signed_in: Callable[..., Client]
) -> None:
    ask("access")
    deployment.back_up()
    deployment.shell("mv keys.sql old.sql")
    locked = ask("access", "bo@example.com")
    deployment.back_up()
    deployment.lose()
    desk = deployment.folder / "desk.sql.gz"
    said = deployment.manage(f"restore {desk} {deployment.folder}/old.sql")
    assert f"No key for something sealed in 1 cases: {locked.reference}." in said
    browser = signed_in("caseworker")
    assert locked.get_absolute_url() in browser.get("/desk/held-back/").content.decode()
    assert browser.get(locked.get_absolute_url()).status_code == 200
    with pytest.raises(vault.KeyDestroyed):
        vault.recipient(locked, KeyUse.FILE)
    assert "No key for" not in deployment.manage(f"restore {desk} {deployment.folder}/keys.sql")
    assert Standstill.objects.get().locked_cases == []
    assert vault.unseal(locked, KeyUse.FILE, Case.objects.get(pk=locked.pk).file_sealed)


def test_no_id_of_the_lost_time_is_given_again(deployment: Deployment, ask: Callable[..., Case]) -> None:
    ask("access")
    deployment.back_up()
    lost = ask("access")
    mail = lost.submission.mails.latest("pk")
    deployment.lose()
    deployment.restore()
    again = ask("access")
    assert (again.pk > lost.pk, again.submission.mails.earliest("pk").pk > mail.pk) == (True, True)


def test_the_restored_desk_stood_still_from_the_first_moment(
    deployment: Deployment, ask: Callable[..., Case]
) -> None:
    """The dump and what holds the desk back come together: a restore that breaks off leaves an empty database."""
    ask("access")
    deployment.back_up()
    deployment.lose()
    (deployment.folder / "keys.sql").write_text("no dump\n" * 9)
    with pytest.raises(CommandError, match="is no dump of pg_dump"):
        deployment.restore()
    with pytest.raises(CommandError, match="can't be read: No such file"):
        deployment.manage(f"restore {deployment.folder}/desk.sql.gz {deployment.folder}/other.sql")
    deployment.manage(f"restore {deployment.folder}/desk.sql.gz --without-keys")
    assert standstill.is_on()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ("rm desk.sql.gz", "desk.sql.gz can't be read: No such file"),
        ("head -c 9000 desk.sql.gz > cut; mv cut desk.sql.gz", "is cut off or damaged"),
        ("gunzip -c desk.sql.gz | head -n -5 > cut; mv cut desk.sql.gz", "is cut off or damaged"),
        ("cp keys.sql desk.sql.gz", "can't be loaded: relation"),
        ("gunzip -c desk.sql.gz > keys.sql; sed -i /wrappedkey/d keys.sql", "keys.sql holds no keys"),
        ("printf 'PGDMPxxxx' > desk.sql.gz", "is an archive; make it plain first: pg_restore"),
    ],
)
def test_what_cannot_be_loaded_is_said_in_a_line_and_leaves_nothing(
    deployment: Deployment, ask: Callable[..., Case], spoil: str, message: str
) -> None:
    ask("access")
    deployment.back_up()
    deployment.lose()
    deployment.shell(spoil)
    with pytest.raises(CommandError, match=message) as refused:
        deployment.restore()
    assert "\n" not in str(refused.value)
    assert connection.introspection.table_names() == []


def test_another_master_key_is_refused(
    deployment: Deployment, ask: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("access")
    deployment.back_up()
    deployment.lose()
    with monkeypatch.context() as changed:
        changed.setattr(settings, "MASTER_KEY", str(x25519.Identity.generate()))
        case_keys.master.cache_clear()
        with pytest.raises(CommandError, match="DSAR_MASTER_KEY does not open these keys"):
            deployment.restore()
    case_keys.master.cache_clear()
    assert "Restored: 1 cases" in deployment.restore()


def test_a_database_with_something_in_it_is_left_alone(
    deployment: Deployment, ask: Callable[..., Case]
) -> None:
    ask("access")
    deployment.back_up()
    with pytest.raises(CommandError, match="is not empty; drop it"):
        deployment.restore()
    deployment.shell("cp desk.sql.gz first.gz")
    ask("access")
    deployment.back_up()
    deployment.lose()
    deployment.restore()
    with pytest.raises(CommandError, match="was restored from another dump"):
        deployment.manage(f"restore {deployment.folder}/first.gz {deployment.folder}/keys.sql")
    assert "Restored before: 2 cases" in deployment.restore()


def test_an_archive_is_made_plain_as_documented(deployment: Deployment, ask: Callable[..., Case]) -> None:
    case = ask("access")
    deployment.back_up()
    deployment.run(
        f"{INSIDE}pg_dump -U dsar_owner -Fc --exclude-table-data=cases_wrappedkey dsar > desk.dump"
    )
    deployment.lose()
    deployment.follow("Restore", "pg_restore")
    deployment.manage(f"restore {deployment.folder}/desk.sql {deployment.folder}/keys.sql")
    assert Case.objects.get().reference == case.reference
    assert AuditEntry.objects.filter(action="desk.restored").exists()


SERVICES_ALONE = {
    "docker compose stop web worker cleared-web cleared-worker mailer beat",
    "docker compose up -d postgres",
    "docker compose up -d",
}


def test_every_documented_command_is_run_here_or_starts_and_stops_services() -> None:
    words = ("pg_dump", "dropdb", "createdb", "manage.py restore", "manage.py release", "pg_restore")
    commands = documented("Backup") + documented("Restore")
    assert {line for line in commands if not any(word in line for word in words)} == SERVICES_ALONE
    assert sum(any(word in line for word in words) for line in commands) == 7


def test_nobody_is_signed_in_at_a_restored_desk(
    deployment: Deployment, ask: Callable[..., Case], signed_in: Callable[..., Client]
) -> None:
    ask("access")
    desk = signed_in("caseworker")
    assert desk.get("/desk/").status_code == 200
    deployment.back_up()
    deployment.lose()
    deployment.restore()
    assert desk.get("/desk/").status_code == 302
