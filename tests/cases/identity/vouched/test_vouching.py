"""A caseworker vouches: by what, in words, how sure; and the highest level is two people's word."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from cases.casework import audit
from cases.casework.workflow import SECOND_PERSON, Refusal
from cases.identity.stepping_up.levels import proof_level
from cases.identity.unproven import close_unidentified
from cases.identity.vouched.vouching import confirm, take_back, vouch
from cases.models import AuditEntry, Case, Paper, Proof, ProposedProof, User
from cases.models.proof import Evidence, Level
from cases.papers import keeping
from cases.sealed.uploads import Upload
from exports.retention import purge_papers
from tests.cases.papers.test_papers import PDF
from tests.operators.by_hand import long_ago

pytestmark = pytest.mark.django_db
Staff = Callable[..., User]
SEEN = "Face, name and date of birth in a Swedish passport, on 30 November 2026."


@pytest.fixture
def case(ask: Callable[..., Case]) -> Case:
    return ask("access", proven=False)


@pytest.fixture
def proposed(case: Case, staff: Staff) -> Case:
    """Somebody vouches at the highest level."""
    vouch(case.submission, level="high", evidence="shop", checked=SEEN, by=staff("caseworker"))
    return case


def test_what_was_checked_stays_with_the_name(case: Case, staff: Staff) -> None:
    vouch(case.submission, level="substantial", evidence="called", checked=SEEN, by=staff("caseworker"))
    proof = case.submission.proofs.get()
    assert (proof.evidence, proof.checked, proof.by, proof.second) == (
        "called",
        SEEN,
        staff("caseworker"),
        None,
    )
    entry = AuditEntry.objects.get(action="proof.given")
    assert (entry.data["evidence"], entry.data["level"]) == ("called", "substantial")
    assert "passport" not in str(entry.data)
    case.refresh_from_db()
    assert case.stage == "matching"


def test_the_highest_level_proves_nothing_before_a_second_person_confirms(
    proposed: Case, staff: Staff
) -> None:
    proposed.refresh_from_db()
    assert (proposed.stage, proof_level(proposed)) == ("verification", None)
    assert proposed.tasks.get().kind == SECOND_PERSON
    proof = confirm(proposed.submission, by=staff("legal"))
    proposed.refresh_from_db()
    assert (proposed.stage, proof_level(proposed)) == ("matching", Level.HIGH)
    assert (proof.by, proof.second) == (staff("caseworker"), staff("legal"))
    assert proposed.tasks.get().done_by == staff("legal")
    assert not ProposedProof.objects.exists()


def test_nobody_is_their_own_second_person(proposed: Case, staff: Staff) -> None:
    with pytest.raises(Refusal, match="second-person"):
        confirm(proposed.submission, by=staff("caseworker"))
    with pytest.raises(PermissionDenied):
        confirm(proposed.submission, by=staff("approver"))
    assert proof_level(proposed) is None


@pytest.mark.parametrize("second", [False, True])
def test_the_database_holds_that_they_are_two(case: Case, staff: Staff, second: bool) -> None:
    """Neither alone, nor twice the same."""
    by = staff("caseworker")
    with pytest.raises(IntegrityError, match=r"proof_high_by_two|proof_two_are_two"), transaction.atomic():
        Proof.objects.create(
            submission=case.submission, level="high", method="manual", evidence="shop", checked=SEEN, by=by,
            second=by if second else None,
        )  # fmt: skip


def test_the_database_wants_what_was_checked(case: Case, staff: Staff) -> None:
    for evidence, checked in (("", SEEN), ("shop", "")):
        with pytest.raises(IntegrityError, match="proof_manual_says_what"), transaction.atomic():
            Proof.objects.create(
                submission=case.submission, level="low", method="manual", evidence=evidence, checked=checked,
                by=staff("caseworker"),
            )  # fmt: skip


def test_either_of_the_two_takes_it_back(proposed: Case, staff: Staff) -> None:
    take_back(proposed.submission, by=staff("legal"))
    assert (proof_level(proposed), proposed.tasks.filter(done_at=None).count()) == (None, 0)
    with pytest.raises(Refusal, match="already-decided"):
        confirm(proposed.submission, by=staff("legal"))
    vouch(proposed.submission, level="high", evidence="video", checked=SEEN, by=staff("legal"))


def test_one_proposal_at_a_time(proposed: Case, staff: Staff) -> None:
    with pytest.raises(Refusal, match="proposed-already"):
        vouch(proposed.submission, level="high", evidence="shop", checked=SEEN, by=staff("legal"))


def test_confirming_twice_is_one_proof(proposed: Case, staff: Staff) -> None:
    confirm(proposed.submission, by=staff("legal"))
    with pytest.raises(Refusal, match="already-decided"):
        confirm(proposed.submission, by=staff("legal"))
    assert Proof.objects.count() == 1


def test_a_case_that_is_closed_meanwhile_is_proven_by_nobody(proposed: Case, staff: Staff) -> None:
    close_unidentified(long_ago(proposed), reason="Nothing came.", by=staff("caseworker"))
    assert not proposed.tasks.exists()
    with pytest.raises(Refusal, match="closed"):
        confirm(proposed.submission, by=staff("legal"))


@pytest.mark.parametrize(
    "checked",
    [
        "Passport AA1234567",
        "880320-0016",
        "CPR 211062 5629",
        "Körkort 12345678",
        "licence no. 12a34b56",
        "pass 12345",
    ],
)
def test_no_number_of_a_document_is_kept(case: Case, staff: Staff, checked: str) -> None:
    with pytest.raises(Refusal, match="no-document-numbers"):
        vouch(case.submission, level="substantial", evidence="shop", checked=checked, by=staff("caseworker"))


@pytest.mark.parametrize(
    "checked", ["Seen on 2026-11-30 at 14:05.", "Knew three of 4 invoices, 299 kr each.", SEEN]
)
def test_days_and_sums_are_words_enough(case: Case, staff: Staff, checked: str) -> None:
    assert vouch(case.submission, level="low", evidence="questions", checked=checked, by=staff("caseworker"))


@pytest.mark.parametrize(
    ("evidence", "checked", "code"), [("", SEEN, "evidence-unknown"), ("shop", "  ", "checked-needed")]
)
def test_how_and_what_have_to_be_said(
    case: Case, staff: Staff, evidence: str, checked: str, code: str
) -> None:
    with pytest.raises(Refusal, match=code):
        vouch(
            case.submission, level="substantial", evidence=evidence, checked=checked, by=staff("caseworker")
        )


# Files that were looked at


def show(case: Case) -> Paper:
    return keeping.keep(case, Upload(PDF), about=Paper.About.PROOF, by=audit.DATA_SUBJECT)


def test_files_are_deleted_with_the_check_and_not_before(case: Case, staff: Staff) -> None:
    paper = show(case)
    vouch(case.submission, level="high", evidence="documents", checked=SEEN, by=staff("caseworker"))
    paper.refresh_from_db()
    assert paper.deleted_at is None
    confirm(case.submission, by=staff("legal"))
    paper.refresh_from_db()
    assert (paper.deleted_at is None, paper.name, paper.digest) == (False, "", "")


def test_files_of_a_case_that_ends_without_the_check_go_too(case: Case, staff: Staff) -> None:
    paper = show(case)
    assert purge_papers() == 0
    close_unidentified(long_ago(case), reason="Nothing came.", by=staff("caseworker"))
    paper.refresh_from_db()
    assert paper.deleted_at is not None
    assert purge_papers() == 0


# At the desk


def test_two_people_at_the_desk(case: Case, signed_in: Callable[..., Client]) -> None:
    first, second = signed_in("caseworker"), signed_in("legal")
    data = {"level": "high", "evidence": "shop", "checked": SEEN}
    first.post(reverse("desk:prove", args=[case.reference]), data)
    page = first.get(case.get_absolute_url()).content.decode()
    assert "I have checked it too" not in page
    assert SEEN in page
    assert "I have checked it too" in second.get(case.get_absolute_url()).content.decode()
    first.post(reverse("desk:prove-confirm", args=[case.reference]))
    assert proof_level(case) is None
    second.post(reverse("desk:prove-confirm", args=[case.reference]))
    case.refresh_from_db()
    assert case.stage == "matching"
    assert "identity document seen in a shop" in first.get(case.get_absolute_url()).content.decode()


def test_its_task_cannot_be_ticked_off(proposed: Case, signed_in: Callable[..., Client]) -> None:
    task = proposed.tasks.get()
    signed_in("legal").post(reverse("desk:task-done", args=[task.pk]))
    task.refresh_from_db()
    assert task.done_at is None


def test_a_file_is_sealed_as_it_comes(case: Case, signed_in: Callable[..., Client]) -> None:
    client, url = signed_in("caseworker"), reverse("desk:evidence", args=[case.reference])
    client.post(url, {"file": SimpleUploadedFile("anna.pdf", PDF)})
    paper = keeping.held(case.submission, Paper.About.PROOF).get()
    assert "anna" not in paper.name
    assert f"/papers/{paper.pk}/" in client.get(case.get_absolute_url()).content.decode()
    assert signed_in("auditor").post(url, {}).status_code == 403


def test_every_kind_of_evidence_has_words() -> None:
    assert all(str(label) for _value, label in Evidence.choices)
