"""What an owner hands over passes the scanner that papers pass; what none has seen goes out only where that is set."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings

from cases.casework.workflow import Refusal
from cases.collection import owner_answers, scanned_files
from cases.models import Case, HandedFile, Run, User
from exports.answer import building
from tests.cases.papers.clamd import HARMFUL, clamd
from tests.operators.by_hand import decide
from tests.operators.placed import move

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"


@pytest.fixture
def scanner(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with clamd() as address:
        monkeypatch.setattr(settings, "SCANNER", address)
        monkeypatch.setattr(settings, "OPEN_UNSCANNED", False)
        yield


@pytest.fixture
def asked(review_case: Case) -> Run:
    """A run whose owner is asked, of a case that gathers."""
    run = review_case.runs.get(collection="customer")
    Run.objects.filter(pk=run.pk).update(status=Run.Status.ASKED, finished_at=None)
    move(review_case, "collection")
    run.refresh_from_db()
    return run


def test_a_harmful_file_is_not_taken_be_it_rows_or_a_document(
    asked: Run, scanner: None, staff: Callable[..., User]
) -> None:
    for harmful in (PDF + HARMFUL, b"number;note\n1;" + HARMFUL + b"\n"):
        with pytest.raises(Refusal) as refused:
            owner_answers.take(asked, harmful, by=staff("caseworker"))
        assert refused.value.code == "upload-infected"
    assert not HandedFile.objects.exists()
    assert owner_answers.take(asked, PDF, by=staff("caseworker")).scan == "clean"


def test_an_answer_waits_for_a_file_that_no_scanner_has_seen(
    asked: Run, scanner: None, staff: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanned_files, "AT_ONCE", 10)
    handed = owner_answers.take(asked, PDF, by=staff("caseworker"))
    assert handed.scan == "not-scanned"
    Run.objects.filter(pk=asked.pk).update(status=Run.Status.DONE, finished_at=handed.run.touched_at)
    case = move(asked.case, "decisions")
    decide(case, staff("caseworker"))
    with pytest.raises(Refusal) as refused:
        building.prepare(case, by=staff("caseworker"))
    assert refused.value.code == "file-not-scanned"
    monkeypatch.setattr(settings, "OPEN_UNSCANNED", True)
    scanned_files.refuse_unscanned(case)
    monkeypatch.setattr(settings, "OPEN_UNSCANNED", False)
    scanned_files.scan_waiting()
    handed.refresh_from_db()
    assert handed.scan == "clean"
    assert building.prepare(case, by=staff("caseworker"))


def test_files_that_no_scanner_can_take_keep_no_other_from_being_seen(
    asked: Run, scanner: None, staff: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanned_files, "AT_ONCE", 10)
    handed = owner_answers.take(asked, PDF, by=staff("caseworker"))
    HandedFile.objects.filter(pk=handed.pk).update(number=20)
    row = {"run": asked, "type": "application/pdf", "bytes": 1, "rows": 0, "name": "not-there"}
    for number in range(20):
        HandedFile.objects.create(number=number, digest=str(number), **row)
    for _time in range(50):
        scanned_files.scan_waiting()
    handed.refresh_from_db()
    assert handed.scan == "clean"


def test_what_turns_out_harmful_later_stops_the_answer_whatever_is_set(
    asked: Run, scanner: None, staff: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setattr(settings, "SCANNER", "")
        handed = owner_answers.take(asked, PDF + HARMFUL, by=staff("caseworker"))
    assert handed.scan == "not-scanned"
    scanned_files.scan_waiting()
    monkeypatch.setattr(settings, "OPEN_UNSCANNED", True)
    with pytest.raises(Refusal) as refused:
        scanned_files.refuse_unscanned(asked.case)
    assert refused.value.code == "file-infected"
    assert "attachments/contact-crm-customer-1.pdf" in refused.value.message
