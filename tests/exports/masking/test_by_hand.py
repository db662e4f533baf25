"""Text masked by hand: chosen by a person, with a reason, kept by version, and judged again when rows change."""

import json
import sqlite3
from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.casework.members.hands import HANDS
from cases.casework.refusal_words import MESSAGES
from cases.casework.workflow import Refusal
from cases.models import AuditEntry, Case, Run, User
from cases.rows import chunks
from exports import delivery
from exports.answer import building, stops
from exports.answer.outcomes import outcome_of
from exports.letter.values import MASK
from exports.masking import by_hand
from exports.models import Answer, MaskedText
from exports.opened import pdfs
from tests.operators.by_hand import decide, work, written

pytestmark = [pytest.mark.django_db, pytest.mark.pango]


@pytest.fixture
def run(ask: Callable[..., Case], staff: Callable[..., User], crm: sqlite3.Connection) -> Run:
    """Invoices, one of which has a status in which somebody else is named."""
    crm.execute("UPDATE invoice SET status = 'paid by Eva Berg, 070-174 06 97' WHERE no = 'F1'")
    crm.commit()
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    case.refresh_from_db()
    return case.runs.select_related("case__operator").get(collection="invoice")


def page(run: Run) -> str:
    return f"{reverse('exports:mask', args=[run.case.reference, run.pk, 0])}?column=status"


def rows_of(answer: Answer) -> list[dict[str, object]]:
    package = ZipFile(BytesIO(b"".join(delivery.open_package(answer))))
    rows: list[dict[str, object]] = json.loads(package.read("data/invoices-crm-invoice.json"))
    return rows


def test_suggestions_are_shown_and_nothing_is_masked_that_nobody_chose(
    run: Run, signed_in: Callable[..., Client], staff: Callable[..., User]
) -> None:
    desk, case = signed_in("caseworker"), run.case
    listed = desk.get(reverse("desk:rows", args=[case.reference, run.pk])).content.decode()
    assert reverse("exports:mask", args=[case.reference, run.pk, 0]) in listed
    shown = desk.get(page(run)).content.decode()
    assert "070-174 06 97" in shown.partition("May tell of somebody else")[2]
    assert AuditEntry.objects.filter(action="rows.read").exists()
    assert not MaskedText.objects.exists()
    assert "Write down the reason" in desk.post(page(run), {"words": "Eva Berg"}).content.decode()
    wrong = desk.post(page(run), {"words": "Eva Borg", "reason": "Her."}).content.decode()
    assert "do not stand in this text" in wrong
    desk.post(page(run), {"words": "eva berg", "stretch": "18-31", "reason": "Somebody else paid."})
    kept = MaskedText.objects.get()
    assert (kept.spans, kept.why, kept.by) == (
        [[8, 16], [18, 31]],
        "Somebody else paid.",
        staff("caseworker"),
    )
    assert "<mark>" in desk.get(page(run)).content.decode()
    entry = AuditEntry.objects.get(action="text.marked")
    assert "Eva" not in str(entry.data)

    answer = written(case, staff("caseworker"))
    assert answer.status == "written", answer.error
    assert rows_of(answer)[0]["status"] == f"paid by {MASK}, {MASK}"
    assert outcome_of(case) == "partly"
    letter = " ".join(pdfs.lines(delivery.letter_of(answer)))
    assert "Det har vi dolt" in letter
    assert "Eva" not in letter
    with pytest.raises(Refusal, match="wrong-stage"):
        mask(run, [(0, 4)], staff("caseworker"))
    # Whoever marked has had a hand in it.
    assert "text.marked" in HANDS


def mask(run: Run, spans: list[tuple[int, int]], by: User, why: str = "Somebody else.") -> MaskedText:
    line = next(chunks.lines(run))
    text = json.loads(line)["status"]
    return by_hand.mask(run, line, column="status", text=text, spans=spans, why=why, by=by)


def test_every_saving_is_a_version_and_all_can_be_taken_back(run: Run, staff: Callable[..., User]) -> None:
    worker = staff("caseworker")
    mask(run, [(8, 11)], worker)
    assert mask(run, [(8, 16)], worker).number == 2
    with pytest.raises(Refusal, match="span-outside"):
        mask(run, [(8, 800)], worker)
    with pytest.raises(PermissionDenied):
        mask(run, [(8, 16)], staff("approver"))
    assert mask(run, [], worker, "She is the customer.").number == 3
    assert not list(by_hand.newest(run.case))
    assert rows_of(written(run.case, worker))[0]["status"] == "paid by Eva Berg, 070-174 06 97"


def test_what_was_masked_in_a_row_that_has_changed_is_looked_at_again(
    run: Run, staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    case, worker = run.case, staff("caseworker")
    mask(run, [(8, 16)], worker)
    assert by_hand.lapsed(case) == []
    line = next(chunks.lines(run))
    by_hand.mask(run, line, column="no", text=json.loads(line)["no"], spans=[(0, 1)], why="x", by=worker)
    changed = [b'{"no":"F1","status":"paid by her, Eva Berg"}']
    chunks.forget(run)
    chunks.keep(run, changed)
    # A worker finds it, and not the page on which the answer is asked for.
    assert by_hand.lapsed(case) == []
    refused = written(case, worker)
    assert (refused.status, stops.in_words(refused.error)) == ("failed", MESSAGES["masks-lapsed"])
    # Each of its columns, and one look is enough for all.
    assert sorted(one.column for one in by_hand.lapsed(case)) == ["no", "status"]
    with pytest.raises(Refusal, match="masks-lapsed"):
        building.prepare(case, by=worker)
    signed_in("caseworker").post(reverse("exports:masks-looked-at", args=[case.reference]))
    assert by_hand.lapsed(case) == []
    case.refresh_from_db()
    assert building.prepare(case, by=worker).version == 2


def test_what_was_gathered_again_since_is_looked_through_again_before_a_mask_is_dropped(
    run: Run, staff: Callable[..., User]
) -> None:
    case, worker, [line] = run.case, staff("caseworker"), list(chunks.lines(run))
    by_hand.mask(run, line, column="no", text=json.loads(line)["no"], spans=[(0, 1)], why="x", by=worker)
    chunks.forget(run)
    with pytest.raises(by_hand.Lapsed):
        by_hand.look_for_rows(case)
    # Meanwhile the row is there again, as it was.
    chunks.keep(run, [line])
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now())
    assert by_hand.drop_lapsed(case, by=worker) == 0
    by_hand.look_for_rows(case)
    assert [one.missing_at for one in by_hand.newest(case)] == [None]


def test_only_who_works_the_case_sees_the_page(run: Run, signed_in: Callable[..., Client]) -> None:
    for role, status in (("approver", 403), ("auditor", 403), ("legal", 200)):
        assert signed_in(role).get(page(run)).status_code == status
    assert signed_in("caseworker").get(page(run).replace("/rows/0/", "/rows/9/")).status_code == 404
