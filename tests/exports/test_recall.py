"""An answer that reached the wrong person: nobody opens it any more, and what the law asks for is written down."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from cases.casework.workflow import BREACH, Refusal
from cases.models import AuditEntry, Case, OutgoingMail, Standstill, Task, User
from cases.models.keys import KeyUse
from cases.sealed import vault
from exports import delivery, recall, retention
from exports.models import Answer, Breach, Reading
from exports.record.agreeing import apart
from tests.operators import placed

pytestmark = pytest.mark.django_db
WORDS = "Sent to a neighbour of the same name."


@pytest.fixture
def delivered(ask: Callable[..., Case], staff: Callable[..., User]) -> Answer:
    """An answer handed over, with a package in the vault."""
    case = ask("access")
    Case.objects.update(stage="delivery")
    name = f"cases/{case.pk}/package/1-package"
    with vault.sealed_file(case, KeyUse.PACKAGE, name) as file:
        file.write(b"PK of Anna Test")
    answer = placed.approved(
        case, by=staff("approver"), name=name, sha256=file.sha256, bytes=15, prepared_by=staff("caseworker")
    )
    delivery.deliver(case.pk)
    answer.refresh_from_db()
    return answer


def take_back(answer: Answer, by: User, **changes: object) -> Breach:
    typed = {"aware_at": timezone.now(), "happened": WORDS, "risk": "high", **changes}
    return recall.recall(answer, **typed, by=by)  # type: ignore[arg-type]


@pytest.fixture
def breach(delivered: Answer, staff: Callable[..., User]) -> Breach:
    list(delivery.fetch(delivered, who=delivery.DATA_SUBJECT))
    return take_back(delivered, staff("caseworker"))


def settled(breach: Breach, by: User, **changes: object) -> None:
    told = {
        "authority": recall.Told(at=timezone.now()),
        "person": recall.Told(at=timezone.now()),
        "measures": "Called.",
    }
    recall.settle(breach, **{**told, **changes}, by=by)  # type: ignore[arg-type]


def test_nobody_can_fetch_it_any_more(delivered: Answer, breach: Breach, staff: Callable[..., User]) -> None:
    delivered.refresh_from_db()
    for who, by in ((delivery.DATA_SUBJECT, None), (delivery.STAFF, staff("caseworker"))):
        with pytest.raises(Refusal, match="package-gone"):
            delivery.fetch(delivered, who=who, by=by)
    with pytest.raises(vault.KeyDestroyed):
        vault.identity(delivered.case, KeyUse.PACKAGE)
    assert (delivered.name, delivered.letter_name) == ("", "")
    assert not OutgoingMail.objects.filter(kind="ready", sent_at=None).exists()
    assert not delivered.case.submission.codes.filter(used_at=None).exists()


def test_the_file_itself_goes(
    delivered: Answer, staff: Callable[..., User], django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    name = delivered.name
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        take_back(delivered, staff("caseworker"))
    assert not vault.storage().exists(name)


def test_who_had_opened_it_is_kept(breach: Breach) -> None:
    assert breach.fetched == 1
    told = AuditEntry.objects.filter(action__in=["package.recalled", "breach.recorded"]).order_by("number")
    assert [(one.actor, one.data) for one in told] == [
        ("caseworker", {"version": 1, "fetched": 1}),
        ("caseworker", {"breach": breach.pk, "risk": "high"}),
    ]
    assert WORDS not in str(list(AuditEntry.objects.values()))


def test_the_authority_has_seventy_two_hours_from_when_it_was_known(
    delivered: Answer, staff: Callable[..., User]
) -> None:
    Answer.objects.update(delivered_at=timezone.now() - timedelta(days=2))
    aware = timezone.now() - timedelta(hours=20)
    breach = take_back(delivered, staff("caseworker"), aware_at=aware)
    assert breach.authority_by == aware + timedelta(hours=72)
    task = Task.objects.get(kind=BREACH)
    last = timezone.localtime(breach.authority_by)
    assert (task.due_on, task.detail[:16]) == (last.date(), f"{last:%Y-%m-%d %H:%M}")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"happened": " "}, "reason-needed"),
        ({"aware_at": timezone.now() - timedelta(days=400)}, "aware-later"),
        ({"aware_at": timezone.now() + timedelta(days=400)}, "aware-later"),
    ],
)
def test_it_says_what_happened_and_when(
    delivered: Answer, staff: Callable[..., User], change: dict[str, datetime | str], code: str
) -> None:
    with pytest.raises(Refusal, match=code):
        take_back(delivered, staff("caseworker"), **change)
    assert not Breach.objects.exists()


def test_only_what_was_handed_over_is_taken_back_and_once(
    delivered: Answer, breach: Breach, staff: Callable[..., User]
) -> None:
    with pytest.raises(Refusal, match="not-recallable"):
        take_back(delivered, staff("caseworker"))


@pytest.mark.parametrize("role", ["approver", "auditor", "admin", "cleared"])
def test_who_works_no_cases_takes_nothing_back(
    delivered: Answer, staff: Callable[..., User], role: str
) -> None:
    with pytest.raises(PermissionDenied):
        take_back(delivered, staff(role))


def test_a_desk_that_is_held_back_takes_nothing_back(delivered: Answer, staff: Callable[..., User]) -> None:
    Standstill.objects.create(dump="0" * 64)
    with pytest.raises(Refusal, match="held-back"):
        take_back(delivered, staff("caseworker"))


def test_the_record_of_it_is_completed(breach: Breach, staff: Callable[..., User]) -> None:
    settled(breach, staff("caseworker"), person=recall.Told(reason="The risk is low: nobody read it."))
    breach.refresh_from_db()
    assert (breach.person_told_at, breach.measures) == (None, "Called.")
    assert Task.objects.get(kind=BREACH).done_by == staff("caseworker")
    told = AuditEntry.objects.get(action="breach.settled").data
    assert told == {"breach": breach.pk, "authority_told": True, "person_told": False}
    with pytest.raises(Refusal, match="breach-settled"):
        settled(breach, staff("caseworker"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"authority": recall.Told()}, "tell-or-why"),
        ({"person": recall.Told(reason=" ")}, "tell-or-why"),
        ({"person": recall.Told(at=timezone.now() - timedelta(days=400))}, "told-before-aware"),
        ({"measures": " "}, "reason-needed"),
    ],
)
def test_it_says_who_was_told_or_why_not(
    breach: Breach, staff: Callable[..., User], change: dict[str, object], code: str
) -> None:
    with pytest.raises(Refusal, match=code):
        settled(breach, staff("caseworker"), **change)
    assert Task.objects.get(kind=BREACH).done_at is None


def test_an_authority_told_late_is_told_why(delivered: Answer, staff: Callable[..., User]) -> None:
    Answer.objects.update(delivered_at=timezone.now() - timedelta(days=9))
    breach = take_back(delivered, staff("caseworker"), aware_at=timezone.now() - timedelta(hours=73))
    with pytest.raises(Refusal, match="late-says-why"):
        settled(breach, staff("caseworker"))
    settled(breach, staff("caseworker"), authority=recall.Told(at=timezone.now(), reason="A weekend."))


def test_the_database_wants_both_answers_too(breach: Breach, staff: Callable[..., User]) -> None:
    with pytest.raises(DatabaseError, match="breach_settled"), transaction.atomic():
        Breach.objects.update(settled_at=timezone.now(), settled_by=staff("caseworker"), measures=b"x")


def test_the_words_end_with_the_case_file(breach: Breach, staff: Callable[..., User]) -> None:
    settled(breach, staff("caseworker"))
    Case.objects.update(closed_at=timezone.now() - timedelta(days=5000))
    retention.purge_files()
    breach.refresh_from_db()
    assert (breach.happened, breach.measures, breach.risk) == (retention.GONE, retention.GONE, "high")


def test_the_pages_lead_through_it(delivered: Answer, signed_in: Callable[..., Client]) -> None:
    list(delivery.fetch(delivered, who=delivery.DATA_SUBJECT))
    reference = delivered.case.reference
    browser = signed_in("caseworker")
    case_page = f"/desk/cases/{reference}/"
    take = f"{case_page}answer/1/take-back/"
    assert take in browser.get(case_page).content.decode()
    assert "It can&#x27;t be undone" in (page := browser.get(take).content.decode()) or "undone" in page
    assert browser.post(take, {"happened": "", "risk": ""}).status_code == 422
    now = f"{timezone.localtime():%Y-%m-%dT%H:%M}"
    done = browser.post(take, {"aware_at": now, "happened": WORDS, "risk": "risk"})
    assert done["Location"] == f"{case_page}breach/"
    record = browser.get(done["Location"]).content.decode()
    assert WORDS in record
    assert "the person" in record
    task = Task.objects.get(kind=BREACH)
    assert f"{case_page}breach/" in browser.get("/desk/tasks/").content.decode()
    browser.post(f"/desk/tasks/{task.pk}/done/")
    task.refresh_from_db()
    assert task.done_at is None
    told = {
        "authority_told_at": now,
        "authority_reason": "",
        "person_told_at": "",
        "person_reason": "Low.",
        "measures": "M",
    }
    assert browser.post(done["Location"], told).status_code == 302
    assert Breach.objects.get().settled_by is not None
    assert f"{case_page}breach/" in browser.get(case_page).content.decode()


@pytest.mark.parametrize("role", ["approver", "auditor"])
def test_the_pages_are_for_who_works_on_the_case(
    breach: Breach, signed_in: Callable[..., Client], role: str
) -> None:
    reference = breach.answer.case.reference
    assert signed_in(role).get(f"/desk/cases/{reference}/breach/").status_code == 403
    assert signed_in(role).get(f"/desk/cases/{reference}/answer/1/take-back/").status_code == 403


def test_the_record_agrees_with_what_was_done(breach: Breach) -> None:
    # It was approved without its entry, to save the way there.
    [approved] = [one.sentence for one in apart()]
    assert "is approved by approver, and no entry says so" in approved
    Reading.objects.update(sha256="1" * 64)
    Answer.objects.update(sha256="1" * 64, approved_sha256="1" * 64)
    breach.answer.downloads.all().delete()
    pk = breach.pk
    Breach.objects.all().delete()
    sentences = " ".join(one.sentence for one in apart())
    assert "is handed over, and no entry says so" in sentences
    assert "hands over an answer of" in sentences
    assert "was fetched 0 times by its rows, 1 times by the record" in sentences
    assert "tells of a breach whose record is not there" in sentences
    assert pk
