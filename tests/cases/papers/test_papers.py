"""A paper from the moment it comes in to its end: what is taken, where it lies, who opens it, and what is left."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from cases import tasks
from cases.casework import audit
from cases.casework.workflow import Refusal, close
from cases.models import AuditEntry, Case, Paper, User
from cases.models.case import Outcome
from cases.papers import keeping
from cases.papers.kinds import MOST_BYTES, MOST_PAPERS
from cases.sealed.uploads import Upload
from tests.cases.papers.clamd import HARMFUL, clamd

pytestmark = pytest.mark.django_db
Staff = Callable[..., User]
PDF = b"%PDF-1.7\nPower of attorney for Bo Test"
PICTURES = {
    "image/jpeg": b"\xff\xd8\xff\xe0" + b"j" * 300,
    "image/png": b"\x89PNG\r\n\x1a\n" + b"p" * 300,
    "image/webp": b"RIFF" + struct.pack("<L", 300) + b"WEBPVP8 " + b"w" * 300,
    "image/tiff": b"II*\0" + b"t" * 300,
}


def give(case: Case, content: bytes = PDF, by: audit.Actor = audit.DATA_SUBJECT) -> Paper:
    return keeping.keep(case, Upload(content), about=Paper.About.AUTHORITY, by=by)


def on_disk() -> list[Path]:
    return [path for path in Path(settings.VAULT).rglob("*") if path.is_file() and "papers" in path.parts]


def audited(case: Case) -> list[tuple[str, str]]:
    entries = AuditEntry.objects.filter(case=case.reference, action__startswith="paper.")
    return list(entries.order_by("number").values_list("action", "actor"))


def test_it_lies_sealed_and_whoever_works_the_case_opens_it_on_the_record(
    ask: Callable[..., Case], staff: Staff
) -> None:
    case, worker = ask("access"), staff("caseworker")
    paper = give(case)
    (file,) = (path for path in on_disk() if paper.name.endswith(path.name))
    assert b"attorney" not in file.read_bytes()
    assert file.read_bytes().startswith(b"age-encryption.org")
    assert b"".join(keeping.opened(paper, by=worker)) == PDF
    assert audited(case) == [("paper.taken", "data-subject"), ("paper.read", worker.username)]


def test_who_may_not_work_cases_neither_gives_nor_opens_one(ask: Callable[..., Case], staff: Staff) -> None:
    case = ask("access")
    paper = give(case)
    for act in (lambda by: give(case, PDF + b"2", by), lambda by: keeping.opened(paper, by=by)):
        with pytest.raises(PermissionDenied):
            act(staff("auditor"))
    assert audited(case) == [("paper.taken", "data-subject")]


@pytest.mark.parametrize("kind", PICTURES)
def test_a_photograph_is_a_paper(kind: str, ask: Callable[..., Case]) -> None:
    assert give(ask("access"), PICTURES[kind]).type == kind


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", "paper-empty"),
        (b"<html><script>alert(1)</script>", "paper-type"),
        (b"PK\x03\x04" + b"z" * 300, "paper-type"),
        (b"MZ" + b"x" * 300, "paper-type"),
        (b"just words", "paper-type"),
        (PDF.ljust(MOST_BYTES + 1), "paper-size"),
    ],
    ids=["empty", "page", "archive", "program", "text", "too large"],
)
def test_what_is_no_paper_is_refused_and_leaves_nothing(
    content: bytes, refusal: str, ask: Callable[..., Case]
) -> None:
    case, before = ask("access"), on_disk()
    with pytest.raises(Refusal, match=refusal):
        give(case, content)
    assert not case.papers.exists()
    assert on_disk() == before


def test_once_and_not_without_end(ask: Callable[..., Case]) -> None:
    case = ask("access")
    give(case)
    with pytest.raises(Refusal, match="paper-again"):
        give(case)
    for number in range(1, MOST_PAPERS):
        give(case, PDF + str(number).encode())
    with pytest.raises(Refusal, match="paper-many"):
        give(case, PDF + b"one more")


def test_a_closed_case_takes_none(ask: Callable[..., Case], staff: Staff) -> None:
    case = ask("access")
    close(case, Outcome.WITHDRAWN, by=staff("caseworker"))
    with pytest.raises(Refusal, match="closed"):
        give(case)


def test_a_deleted_one_is_gone_from_the_vault_and_the_record_says_so(
    ask: Callable[..., Case], staff: Staff, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    case, worker = ask("access"), staff("caseworker")
    paper = give(case)
    stored = [path for path in on_disk() if paper.name.endswith(path.name)]
    for _again in range(2):
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
            keeping.delete(paper, why="checked", by=worker)
    assert not any(path.exists() for path in stored)
    paper.refresh_from_db()
    assert (paper.name, paper.digest) == ("", "")
    with pytest.raises(Refusal, match="paper-deleted"):
        keeping.opened(paper, by=worker)
    assert audited(case)[1:] == [("paper.deleted", worker.username)]


def test_the_database_lets_no_paper_be_half_gone(ask: Callable[..., Case]) -> None:
    paper = give(ask("access"))
    for change in ({"name": ""}, {"deleted_at": timezone.now()}, {"digest": ""}):
        with pytest.raises(IntegrityError, match="paper_deleted_means_gone"), transaction.atomic():
            Paper.objects.filter(pk=paper.pk).update(**change)


def test_the_desk_hands_it_out_as_a_file_and_never_as_a_page(
    ask: Callable[..., Case], signed_in: Callable[..., Client]
) -> None:
    case = ask("access")
    paper = give(case)
    address = f"/desk/cases/{case.reference}/papers/{paper.pk}/"
    response = signed_in("caseworker").get(address)
    assert b"".join(response.streaming_content) == PDF  # type: ignore[attr-defined]
    assert response["Content-Disposition"] == (
        f'attachment; filename="{case.reference}-authority-{paper.pk}.pdf"'
    )
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert response["Content-Security-Policy"] == "sandbox"
    assert signed_in("auditor").get(address).status_code == 403


def test_a_paper_of_another_request_is_not_found(
    ask: Callable[..., Case], signed_in: Callable[..., Client]
) -> None:
    case, other = ask("access"), ask("access", "bo@example.com")
    address = f"/desk/cases/{other.reference}/papers/{give(case).pk}/"
    assert signed_in("caseworker").get(address).status_code == 404


def test_a_scanner_sees_it_before_it_is_kept(
    ask: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = ask("access")
    with clamd() as address:
        monkeypatch.setattr(settings, "SCANNER", address)
        assert give(case).scan == "clean"
        with pytest.raises(Refusal, match="paper-infected"):
            give(case, PDF + HARMFUL)
    assert case.papers.count() == 1


def test_what_came_while_it_was_away_waits_and_is_scanned_later(
    ask: Callable[..., Case], staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, worker = ask("access"), staff("caseworker")
    monkeypatch.setattr(settings, "SCANNER", "tcp://127.0.0.1:1")
    monkeypatch.setattr(settings, "OPEN_UNSCANNED", False)
    clean, harmful = give(case), give(case, PDF + HARMFUL)
    tasks.scan_papers()
    with pytest.raises(Refusal, match="paper-not-scanned"):
        keeping.opened(clean, by=worker)
    with clamd() as address:
        monkeypatch.setattr(settings, "SCANNER", address)
        tasks.scan_papers()
    clean.refresh_from_db()
    harmful.refresh_from_db()
    assert b"".join(keeping.opened(clean, by=worker)) == PDF
    assert (clean.scan, harmful.deleted_at is None) == ("clean", False)


def test_an_operator_may_accept_what_nobody_scanned(ask: Callable[..., Case], staff: Staff) -> None:
    paper = give(ask("access"))
    assert (paper.scan, keeping.may_be_opened(paper)) == ("not-scanned", True)
