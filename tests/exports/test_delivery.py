"""The package is handed over, every fetch is written down, and then it ends for good."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from cases.casework.course.turning import withdraw
from cases.casework.workflow import Refusal
from cases.identity.known import masked
from cases.identity.mailed_codes import send_code
from cases.models import AuditEntry, Case, ChildHeard, NumberUse, Operator, OutgoingMail, Submission, User
from cases.models.keys import KeyUse
from cases.request.intake import submit
from cases.sealed import vault
from cases.sealed.typed import read_file, reply_address, typed_in
from exports import delivery, retention
from exports.delivery import deliver, fetch, preview_pdf
from exports.models import Answer, Download, MaskedText
from tests.operators import placed
from tests.operators.by_hand import mails, request

pytestmark = pytest.mark.django_db
CONTENT = b"the package of Anna Test"


@pytest.fixture
def approved(ask: Callable[..., Case], staff: Callable[..., User]) -> Answer:
    """A case about to be delivered, with a package in the vault."""
    case = ask("access")
    Case.objects.update(stage="delivery")
    for part in ("package", "letter"):
        with vault.sealed_file(case, KeyUse.PACKAGE, f"cases/{case.pk}/package/1-{part}") as file:
            file.write(CONTENT)
    return placed.approved(
        case,
        by=staff("approver"),
        name=f"cases/{case.pk}/package/1-package",
        letter_name=f"cases/{case.pk}/package/1-letter",
        sha256=file.sha256,
        bytes=len(CONTENT),
        prepared_by=staff("caseworker"),
        files=[{"name": "letter.pdf", "sha256": file.sha256}],
    )


@pytest.fixture
def delivered(approved: Answer) -> Answer:
    deliver(approved.case_id)
    approved.refresh_from_db()
    approved.case.refresh_from_db()
    return approved


def over(answer: Answer) -> None:
    Answer.objects.filter(pk=answer.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    OutgoingMail.objects.update(sent_at=timezone.now(), sealed=b"")
    answer.refresh_from_db()


def files(case: Case) -> list[Path]:
    return [path for path in (Path(settings.VAULT) / f"cases/{case.pk}").rglob("*") if path.is_file()]


def test_delivering_closes_the_case_tells_the_person_and_stops_the_clock(delivered: Answer) -> None:
    case = delivered.case
    assert (case.stage, delivered.status) == ("closed", "delivered")
    assert case.clock_events.get(kind="answered")
    assert len(mails(case.submission, "ready")) == 1


def test_delivering_twice_tells_the_person_once(delivered: Answer) -> None:
    deliver(delivered.case_id)
    assert len(mails(delivered.case.submission, "ready")) == 1
    assert AuditEntry.objects.filter(action="answer.delivered").count() == 1


def test_the_last_day_is_a_whole_day(delivered: Answer) -> None:
    assert delivered.expires_at is not None
    last = timezone.localtime(delivered.expires_at)
    assert (last.hour, last.minute) == (23, 59)
    assert (last.date() - timezone.localdate()).days == 14


def test_every_fetch_is_written_down(delivered: Answer, staff: Callable[..., User]) -> None:
    assert b"".join(fetch(delivered, who=delivery.DATA_SUBJECT)) == CONTENT
    assert b"".join(fetch(delivered, who=delivery.STAFF, by=staff("caseworker"))) == CONTENT
    assert list(Download.objects.values_list("who", "by__username")) == [
        ("subject", None), ("staff", "caseworker"),
    ]  # fmt: skip
    actors = AuditEntry.objects.filter(action="package.fetched").values_list("actor", flat=True)
    assert list(actors) == ["data-subject", "caseworker"]


@pytest.mark.parametrize("role", ["auditor", "admin", "cleared", "system"])
def test_who_does_not_work_on_it_reads_neither_package_nor_letter(
    delivered: Answer, staff: Callable[..., User], role: str
) -> None:
    with pytest.raises(PermissionDenied):
        fetch(delivered, who=delivery.STAFF, by=staff(role))
    with pytest.raises(PermissionDenied):
        preview_pdf(delivered, by=staff(role))
    assert not Download.objects.exists()


def test_nothing_is_handed_over_before_it_is_delivered(approved: Answer, staff: Callable[..., User]) -> None:
    with pytest.raises(Refusal, match="package-not-ready"):
        fetch(approved, who=delivery.DATA_SUBJECT)
    assert b"".join(fetch(approved, who=delivery.STAFF, by=staff("approver"))) == CONTENT
    assert preview_pdf(approved, by=staff("approver")) == CONTENT


def test_after_its_last_day_it_is_gone_for_everybody(delivered: Answer, staff: Callable[..., User]) -> None:
    over(delivered)
    for who, by in ((delivery.DATA_SUBJECT, None), (delivery.STAFF, staff("caseworker"))):
        with pytest.raises(Refusal, match="package-gone"):
            fetch(delivered, who=who, by=by)


def test_purging_destroys_keys_and_files(delivered: Answer) -> None:
    case, sealed = delivered.case, files(delivered.case)
    kept = sealed[0].read_bytes()
    assert retention.purge_expired() == 0
    over(delivered)
    assert retention.purge_expired() == 1
    assert retention.purge_expired() == 0
    for use in (KeyUse.PACKAGE,):
        with pytest.raises(vault.KeyDestroyed):
            vault.unseal(case, use, kept)
    delivered.refresh_from_db()
    assert (delivered.name, delivered.letter_name) == ("", "")
    assert read_file(case).name == "Anna Test"


@pytest.mark.django_db(transaction=True)
def test_files_nobody_knows_of_any_more_go_too(delivered: Answer) -> None:
    """A worker that was killed between file and commit leaves a file without a row."""
    vault.write(f"cases/{delivered.case_id}/collected/99-000000", b"x")
    vault.write(f"cases/{delivered.case_id}/schedule/1", b"x")
    over(delivered)
    retention.purge_expired()
    assert [path.parent.name for path in files(delivered.case)] == ["schedule"]


def test_a_withdrawn_case_keeps_nothing_it_had_gathered(ask: Callable[..., Case]) -> None:
    case = ask("access")
    sealed = vault.seal(case, KeyUse.COLLECTED, b"rows")
    withdraw(case, by="data-subject")
    assert retention.purge_expired() == 1
    with pytest.raises(vault.KeyDestroyed):
        vault.unseal(case, KeyUse.COLLECTED, sealed)


def test_what_was_typed_is_emptied_when_every_case_is_over(operator: Operator, delivered: Answer) -> None:
    submission = delivered.case.submission
    assert retention.empty_submissions() == 0
    over(delivered)
    assert retention.empty_submissions() == 1
    submission.refresh_from_db()
    assert submission.sealed == b""
    with pytest.raises(LookupError):
        typed_in(submission)
    assert reply_address(submission) == "anna@example.com"
    send_code(submission, purpose="status")
    assert len(mails(submission, "status_code")) == 1


def test_what_was_typed_stays_while_a_sibling_goes_on_or_a_mail_waits(operator: Operator) -> None:
    submission = submit(request(operator, "access", "erasure"))
    for case in submission.cases.all():
        assert retention.empty_submissions() == 0
        withdraw(case, by="data-subject")
    assert retention.empty_submissions() == 0
    OutgoingMail.objects.update(sent_at=timezone.now(), sealed=b"")
    assert retention.empty_submissions() == 1
    assert Submission.objects.get().sealed == b""


def test_the_case_file_ends_after_its_years(delivered: Answer) -> None:
    case = delivered.case
    identifier = case.identifiers.get()
    MaskedText.objects.create(
        case=case, source="crm", collection="note", row="0" * 64, column="text", number=1, spans=[[0, 3]],
        why="Another's name.", by=User.objects.first(),
    )  # fmt: skip
    assert retention.purge_files() == 0
    Case.objects.update(closed_at=timezone.now() - timedelta(days=366 * 4))
    assert retention.purge_files() == 0
    Case.objects.update(closed_at=timezone.now() - timedelta(days=366 * 5 + 1))
    assert retention.purge_files() == 1
    case.refresh_from_db()
    assert case.file_sealed == b""
    with pytest.raises(vault.KeyDestroyed):
        read_file(case)
    assert not case.identifiers.exists()
    assert not case.claimed.exists()
    assert not case.masked_texts.exists()
    identifier.case = case
    assert masked(identifier) == "••••"
    assert case.clock_events.exists()
    assert retention.purge_files() == 0


def test_the_hash_of_a_proven_number_ends_with_the_last_file_of_its_request(delivered: Answer) -> None:
    case, day = delivered.case, timezone.now() - timedelta(days=366 * 5 + 1)
    proof = case.submission.proofs.create(
        level="high", method="bankid", issuer="https://broker.example", number_digest="0" * 64
    )
    text = case.submission.texts.create(number_digest="0" * 64, sent_at=timezone.now())
    sibling = Case.objects.get(pk=case.pk)
    sibling.pk, sibling.reference, sibling.right = None, "26-00000-00", "erasure"
    sibling.save()
    Case.objects.filter(pk=case.pk).update(closed_at=day)
    assert retention.purge_files() == 1
    for kept in (proof, text):
        kept.refresh_from_db()
        assert kept.number_digest
    vault.seal(sibling, KeyUse.FILE, b"")
    Case.objects.update(closed_at=day)
    assert retention.purge_files() == 1
    proof.refresh_from_db()
    assert (proof.number_digest, proof.issuer) == ("", "https://broker.example")
    text.refresh_from_db()
    assert text.number_digest == ""


def test_the_words_written_about_a_case_end_with_its_file(
    delivered: Answer, staff: Callable[..., User]
) -> None:
    case = delivered.case
    case.clock_events.create(
        kind="extended", on="2026-01-01", reason="Anna wrote so much.", by=staff("caseworker")
    )
    case.decisions.create(
        subject="usage", proposed="give", outcome="redact", status="overridden", reason="Anna said so.",
        decided_by=staff("caseworker"),
    )  # fmt: skip
    Case.objects.update(closed_at=timezone.now() - timedelta(days=366 * 5 + 1))
    retention.purge_files()
    assert case.clock_events.get(kind="extended").reason == case.decisions.get().reason == "–"


def test_a_destroyed_package_is_refused_before_the_first_byte(delivered: Answer) -> None:
    vault.destroy(delivered.case, KeyUse.PACKAGE)
    with pytest.raises(vault.KeyDestroyed):
        fetch(delivered, who=delivery.DATA_SUBJECT)
    assert not Download.objects.exists()


def test_what_was_written_of_people_ends_with_the_case_file(
    delivered: Answer, staff: Callable[..., User]
) -> None:
    case, worker = delivered.case, staff("caseworker")
    heard = ChildHeard.objects.create(case=case, checked="She wants her call list.", by=worker)
    NumberUse.objects.create(
        case=case, kind="msisdn", digest="d", sealed=b"s", used_by="other", traffic=False, location=False,
        reason="The daughter's.", by=worker,
    )  # fmt: skip
    case.closed_at, case.opened_because = timezone.now() - timedelta(days=366 * 6), "The marking ended."
    case.save()
    assert retention.purge_files() == 1
    heard.refresh_from_db()
    case.refresh_from_db()
    assert (heard.checked, case.opened_because, case.number_uses.count()) == (retention.GONE, "", 0)
