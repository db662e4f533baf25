"""A desk that stands still: each door by itself is shut, the desk says so, and who may release it does."""

import sqlite3
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.core import mail as outbox
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from cases.casework import audit, mail, standstill
from cases.casework.dispatch import send, unsent
from cases.casework.release import may_release, release, waiting
from cases.casework.workflow import Refusal
from cases.execution import carrying_out
from cases.execution.amendments import lifting, meanwhile
from cases.execution.erasure import expiry
from cases.execution.objections import probing, suppressing
from cases.execution.objections.stoplist import UNDONE
from cases.execution.recipients import telling
from cases.identity import matching
from cases.models import (
    AuditEntry,
    Case,
    Membership,
    Operator,
    OutgoingMail,
    RecipientNotice,
    Restriction,
    Standstill,
    Suppression,
    Task,
    User,
)
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sources.configured import connector_of
from connectors.contract.base import Connector, Identifier
from exports import delivery, retention
from tests.operators.placed import answered, move, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def held_back(db: None) -> Callable[[], Standstill]:
    """held_back(): the desk has just been restored."""
    return lambda: Standstill.objects.create(dump="0" * 64, knows_until=timezone.now())


def test_mail_stays(ask: Callable[..., Case], held_back: Callable[[], Standstill]) -> None:
    ask(proven=False)
    held_back()
    waits = OutgoingMail.objects.get()
    assert mail.deliver(waits.pk) is False
    release(reason="Looked.", by=audit.SYSTEM)
    assert (len(outbox.outbox), mail.deliver(waits.pk), len(outbox.outbox)) == (0, True, 1)


def test_no_recipient_is_told(ask: Callable[..., Case], held_back: Callable[[], Standstill]) -> None:
    notice = RecipientNotice.objects.create(
        case=ask(), recipient="meta", channel="mail", address="privacy@meta.example"
    )
    held_back()
    assert telling.tell(notice.pk) is False
    notice.refresh_from_db()
    assert (notice.attempts, outbox.outbox) == (0, [])


def test_nothing_is_erased_at_a_source(
    approved_erasure: Callable[..., Case], held_back: Callable[[], Standstill], crm: sqlite3.Connection
) -> None:
    case, before = approved_erasure("bo@example.com"), list(crm.iterdump())
    held_back()
    carrying_out.execute(case.pk)
    assert (list(crm.iterdump()), case.actions.count()) == (before, 0)
    release(reason="Looked.", by=audit.SYSTEM)
    carrying_out.execute(case.pk)
    assert list(crm.iterdump()) != before


def test_no_interim_measure_is_taken(
    ask: Callable[..., Case], held_back: Callable[[], Standstill], crm: sqlite3.Connection
) -> None:
    case = ask("marketing-objection")
    matching.match(case.pk)
    before = list(crm.iterdump())
    held_back()
    suppressing.take_interim_measure(case.pk)
    case.refresh_from_db()
    assert (case.interim_at, list(crm.iterdump())) == (None, before)


def test_no_objection_is_limited_meanwhile(
    ask: Callable[..., Case], gather: Callable[[Case], Case], held_back: Callable[[], Standstill]
) -> None:
    case = gather(ask("objection"))
    held_back()
    meanwhile.take(case.pk)
    assert not case.actions.exists()
    assert not case.tasks.filter(kind=meanwhile.LIMIT).exists()
    release(reason="Looked.", by=audit.SYSTEM)
    meanwhile.take(case.pk)
    assert case.tasks.filter(kind=meanwhile.LIMIT).exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda at: at.erase("customer", [("C1",)], dry_run=False),
        lambda at: at.restrict("customer", [("C1",)], restricted=True),
        lambda at: at.rectify("customer", ("C1",), {"name": "Anna"}),
        lambda at: at.suppress("customer", [Identifier("customer_no", "C1")], "marketing"),
    ],
)
def test_no_connector_changes_anything_whoever_asks(
    change: Callable[[Connector], int], operator: Operator, held_back: Callable[[], Standstill]
) -> None:
    connector = connector_of(operator.pk, "crm")
    held_back()
    with pytest.raises(Refusal, match="held-back"):
        change(connector)
    assert connector.count("customer", [Identifier("customer_no", "C1")]) == 1
    assert connector.erase("customer", [("C1",)], dry_run=True) == 1


def test_no_schedule_runs(
    approved_erasure: Callable[..., Case], held_back: Callable[[], Standstill], crm: sqlite3.Connection
) -> None:
    case = approved_erasure("bo@example.com")
    carrying_out.execute(case.pk)
    far, before = case.scheduled.latest("until").until + timedelta(days=400), list(crm.iterdump())
    held_back()
    assert (expiry.erase_due(far), list(crm.iterdump())) == (0, before)
    with pytest.raises(CommandError, match="nothing is erased before"):
        call_command("erase_due")
    release(reason="Looked.", by=audit.SYSTEM)
    assert expiry.erase_due(far) > 0


def test_no_restriction_is_lifted(ask: Callable[..., Case], held_back: Callable[[], Standstill]) -> None:
    Restriction.objects.create(
        case=ask(),
        source="crm",
        collection="customer",
        name="x",
        rows=1,
        lifts_on=date(2026, 1, 1),
        announced_at=timezone.now(),
        lift_reason="Settled.",
    )
    held_back()
    lifting.lift_due()
    assert Restriction.objects.get().error == ""


def test_nobody_is_asked_after_and_nothing_put_into_force_again(
    objected: Callable[..., Case],
    staff: Callable[..., User],
    held_back: Callable[[], Standstill],
    crm: sqlite3.Connection,
) -> None:
    case = objected()
    crm.execute("UPDATE customer SET marketing_allowed = 1")
    Suppression.objects.update(next_probe_at=timezone.now())
    task = Task.objects.create(operator=case.operator, case=case, kind=UNDONE, detail="crm/customer")
    held_back()
    assert (probing.probe(), Suppression.objects.exclude(probed_at=None).count()) == (0, 0)
    with pytest.raises(Refusal, match="held-back"):
        probing.put_into_force_again(task, by=staff("caseworker"))
    assert crm.execute("SELECT min(marketing_allowed) FROM customer").fetchone() == (1,)


def test_no_answer_is_delivered_or_fetched_outside(
    review_case: Case, staff: Callable[..., User], held_back: Callable[[], Standstill]
) -> None:
    answer = answered(review_case, staff("caseworker"), "delivery")
    opened(answer, staff("approver"))
    answer.status = "approved"
    answer.approved_by, answer.approved_at = staff("approver"), timezone.now()
    answer.approved_sha256 = answer.sha256
    answer.save()
    standing = held_back()
    delivery.deliver(review_case.pk)
    review_case.refresh_from_db()
    assert (review_case.stage, review_case.submission.mails.filter(kind="ready").count()) == ("delivery", 0)
    standing.delete()
    delivery.deliver(review_case.pk)
    held_back()
    answer.refresh_from_db()
    with pytest.raises(Refusal, match="held-back"):
        delivery.fetch(answer, who=delivery.DATA_SUBJECT)
    assert b"".join(delivery.fetch(answer, who=delivery.STAFF, by=staff("caseworker"))) == b"PK package"


def test_no_key_is_destroyed(review_case: Case, held_back: Callable[[], Standstill]) -> None:
    vault.recipient(review_case, KeyUse.COLLECTED)
    move(review_case, "closed", closed_at=timezone.now(), outcome="withdrawn")
    held_back()
    retention.purge()
    assert not review_case.keys.exclude(destroyed_at=None).exists()
    release(reason="Looked.", by=audit.SYSTEM)
    retention.purge()
    assert review_case.keys.exclude(destroyed_at=None).exists()


@pytest.mark.parametrize("task", sorted(standstill.TASKS))
def test_no_task_of_a_deed_is_sent_or_noted_as_sent(
    task: str, ask: Callable[..., Case], held_back: Callable[[], Standstill]
) -> None:
    ask()
    held_back()
    assert (send(task, 7), unsent(task, Case.objects.all())) == (False, [])
    assert unsent("cases.tasks.collect", Case.objects.all()) == [Case.objects.get().pk]


PAGES = ["/desk/", "/desk/tasks/", "/tele2-se/", "/accounts/login/"]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_so(
    path: str, signed_in: Callable[..., Client], held_back: Callable[[], Standstill]
) -> None:
    browser = signed_in("caseworker") if path.startswith("/desk/") else Client()
    said = "Held back since" if path.startswith("/desk/") else "in order after a fault"
    url = path + ("?lang=en" if "tele2" in path else "")
    english = {"Accept-Language": "en"}
    assert said not in browser.get(url, headers=english, follow=True).content.decode()
    held_back()
    assert said in browser.get(url, headers=english, follow=True).content.decode()


def test_machines_are_told(client: Client, held_back: Callable[[], Standstill]) -> None:
    held_back()
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["held_back"]) == (200, True)


def test_an_administrator_releases_the_desk_and_says_why(
    operator: Operator, signed_in: Callable[..., Client], held_back: Callable[[], Standstill]
) -> None:
    held_back()
    browser = signed_in("admin")
    assert "Release the desk" in browser.get("/desk/held-back/").content.decode()
    browser.post("/desk/held-back/release/", {"reason": " "})
    assert standstill.is_on()
    browser.post("/desk/held-back/release/", {"reason": "Compared with the mail log."})
    one = Standstill.objects.get()
    assert (one.released_by, one.reason) == ("admin", "Compared with the mail log.")
    assert AuditEntry.objects.get(action="desk.released").actor == "admin"
    assert browser.get("/desk/held-back/").status_code == 302


@pytest.mark.parametrize("roles", [(), ("caseworker", "approver", "legal", "cleared", "auditor")])
def test_nobody_else_releases_it(
    roles: tuple[str, ...], signed_in: Callable[..., Client], held_back: Callable[[], Standstill]
) -> None:
    held_back()
    browser = signed_in(*roles)
    assert "Release the desk" not in browser.get("/desk/held-back/").content.decode()
    assert browser.post("/desk/held-back/release/", {"reason": "Because."}).status_code == 403
    assert standstill.is_on()


def test_one_company_does_not_release_what_waits_at_another(
    staff: Callable[..., User], held_back: Callable[[], Standstill]
) -> None:
    other_operator = Operator.objects.create(slug="other", name="Other")
    held_back()
    admin = staff("admin")
    with pytest.raises(PermissionDenied):
        release(reason="Mine is fine.", by=admin)
    Membership.objects.create(user=admin, operator=other_operator, role="admin")
    assert may_release(admin)


def test_the_command_says_what_goes_out(
    ask: Callable[..., Case], held_back: Callable[[], Standstill], capsys: pytest.CaptureFixture[str]
) -> None:
    move(ask(proven=False), "execution")
    with pytest.raises(CommandError, match="not held back"):
        call_command("release", "--reason", "Looked.")
    held_back()
    assert waiting(Case.objects.all()).mails == 1
    call_command("release", "--reason", "Looked.")
    assert (
        "Going out now: 1 mails, 0 text messages, 0 notices to recipients, 1 cases" in capsys.readouterr().out
    )


def test_the_desk_is_held_back_once_and_not_released_without_a_word(
    held_back: Callable[[], Standstill],
) -> None:
    standing = held_back()
    with pytest.raises(IntegrityError, match="standstill_released_by_somebody"):
        Standstill.objects.filter(pk=standing.pk).update(released_at=timezone.now())


def test_there_is_one_standstill_at_a_time(held_back: Callable[[], Standstill]) -> None:
    held_back()
    with pytest.raises(IntegrityError, match="standstill_one_at_a_time"):
        held_back()


def test_what_waits_of_a_case_for_named_staff_is_in_nobody_elses_count(
    ask: Callable[..., Case], held_back: Callable[[], Standstill], signed_in: Callable[..., Client]
) -> None:
    def mails_seen() -> object:
        return signed_in("admin").get("/desk/held-back/").context["waiting"].mails

    ask(proven=False)
    held_back()
    assert mails_seen() == 1
    Case.objects.update(named_only=True)
    assert mails_seen() == 0
    assert waiting(Case.objects.all()).mails == 1
