"""The cleared annex is a sealed part of its own, approved by a second cleared officer; no other byte knows of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pyrage
import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from cases.casework import audit
from cases.casework.workflow import Refusal
from cases.models import AuditEntry, Case, User
from cases.models.case import Stage
from cases.sealed import orders_key, vault
from cases.sealed.vault import unseal_for_operator
from exports import retention
from exports.models import Annex
from exports.notices import sealed_annex
from tests.operators.by_hand import decide, work, written

pytestmark = [pytest.mark.django_db, pytest.mark.pango]


def built(case: Case, by: User) -> tuple[str, list[object]]:
    answer = written(case, by)
    return answer.sha256, answer.files


def test_a_second_cleared_officer_approves_what_they_have_read_and_the_answer_is_the_same(
    ask: Callable[..., Case], staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    without = built(case, staff("caseworker"))
    told = AuditEntry.objects.filter(stream="open").count()
    first, second = staff("cleared"), staff("cleared", name="second")
    kept = sealed_annex.seal(case, language="sv", by=first)
    assert AuditEntry.objects.filter(stream="open").count() == told
    assert built(case, staff("caseworker")) == without

    with pytest.raises(Refusal, match="same-annex"):
        sealed_annex.approve(kept, by=first, sha256=kept.sha256)
    with pytest.raises(Refusal, match="annex-unread"):
        sealed_annex.approve(kept, by=second, sha256=kept.sha256)
    for name in ("caseworker", "approver", "legal"):
        with pytest.raises(PermissionDenied):
            sealed_annex.read(kept, by=staff(name))
    desk, page = signed_in("cleared", name="second"), f"{case.get_absolute_url()}cleared/annex/{kept.number}/"
    assert desk.get(page).content[:4] == b"%PDF"
    with pytest.raises(Refusal, match="annex-changed"):
        sealed_annex.approve(kept, by=second, sha256="0" * 64)
    desk.post(f"{page}approve/", {"sha256": kept.sha256})
    kept.refresh_from_db()
    assert (kept.approved_by, kept.approved_sha256) == (second, kept.sha256)
    assert "Sealed annexes" in desk.get(case.get_absolute_url()).content.decode()
    other = signed_in("caseworker")
    assert "annex" not in other.get(case.get_absolute_url()).content.decode().lower()
    assert other.get(page).status_code == 403
    said = [audit.opened(entry) for entry in AuditEntry.objects.filter(stream="cleared")]
    deeds = ["cleared.annex-sealed", "cleared.annex-read", "cleared.annex-approved"]
    assert [(entry.action, entry.case) for entry in said] == [(deed, case.reference) for deed in deeds]


def test_the_database_wants_another_and_the_same_hash(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = work(ask("access"))
    kept = sealed_annex.seal(case, language="sv", by=staff("cleared"))
    approved = {"approved_at": timezone.now(), "approved_sha256": kept.sha256}
    with pytest.raises(IntegrityError, match="annex_four_eyes"), transaction.atomic():
        Annex.objects.update(approved_by=staff("cleared"), **approved)
    with pytest.raises(IntegrityError, match="annex_approval"), transaction.atomic():
        Annex.objects.update(approved_by=staff("legal"), **{**approved, "approved_sha256": "0" * 64})
    with vault.sealed_to(orders_key.recipient(), kept.name) as file:
        file.write(b"another")
    with pytest.raises(Refusal, match="annex-changed"):
        sealed_annex.read(kept, by=staff("cleared"))


def test_the_file_opens_with_the_orders_key_alone_and_ends_with_what_was_gathered(
    ask: Callable[..., Case],
    staff: Callable[..., User],
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    case = work(ask("access"))
    kept = sealed_annex.seal(case, language="sv", by=staff("cleared"))
    assert kept.name.startswith("orders/")
    with pytest.raises(pyrage.DecryptError):
        unseal_for_operator(vault.read(kept.name))
    assert b"%PDF" in orders_key.unseal(vault.read(kept.name))
    Case.objects.update(stage=Stage.CLOSED, outcome="answered", closed_at=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        assert retention.purge_expired() == 1
    assert not Annex.objects.exists()
    assert not vault.storage().exists(kept.name)
    case.refresh_from_db()
    with pytest.raises(vault.KeyDestroyed):
        sealed_annex.seal(case, language="sv", by=staff("cleared"))
