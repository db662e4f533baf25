"""docs/retention.md is the whole of what the desk keeps: ten years on, nothing personal is left that is not in it."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection, models
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from cases import tasks
from cases.models import (
    Abuse,
    Attempt,
    AuthorityRefusal,
    Bounce,
    Case,
    ChildHeard,
    Dispute,
    Draft,
    ErasedKeys,
    Identifier,
    Knock,
    Leftover,
    Likeness,
    NumberUse,
    OpenSession,
    OutgoingMail,
    OwnerRequest,
    Paper,
    ProposedProof,
    RecipientNotice,
    Restriction,
    Review,
    SaidErased,
    ScheduledErasure,
    Session,
    SignedReceipt,
    SourceRefusal,
    Submission,
    Suppression,
    Turn,
    User,
)
from cases.models.keys import KeyUse
from cases.models.secrecy import Kind
from cases.papers import keeping
from cases.sealed import secrets, vault
from cases.sealed.uploads import Upload
from dsar.settings import _vault_storage
from exports.kept import ending
from exports.models import Annex, CaseLetter, CutFile, OwnWords
from exports.tasks import purge
from tests.operators import placed
from tests.operators.by_hand import work

pytestmark = pytest.mark.django_db
DOCUMENT = (settings.BASE_DIR / "docs" / "retention.md").read_text()
Ask, Staff = Callable[..., Case], Callable[..., User]


def rows() -> dict[type[models.Model], dict[str, str]]:
    """The table: by model, its cells."""
    named: dict[str, type[models.Model]] = {}
    for model in apps.get_models():
        named[model._meta.label] = model
        if model._meta.label != "sessions.Session":
            named[model.__name__] = model
    heads = ("rows", "says", "until", "ended_by", "stays", "emptied")
    found: dict[type[models.Model], dict[str, str]] = {}
    for line in re.findall(r"(?m)^\| `.*\|$", DOCUMENT):
        cells = dict(zip(heads, map(str.strip, line.strip("|").split("|")), strict=True))
        for name in re.findall(r"`([\w.]+)`", cells["rows"]):
            assert named[name] not in found, name
            found[named[name]] = cells
    return found


def test_every_table_of_the_database_stands_in_the_table() -> None:
    assert {model._meta.label for model in apps.get_models()} == {model._meta.label for model in rows()}
    errands = {one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values()}
    ended_by = {task for cells in rows().values() for task in re.findall(r"`(.*?)`", cells["ended_by"])}
    assert ended_by <= errands


def travel(days: int = 3653) -> None:
    """All that is known happened so much earlier; the record alone can't be changed."""
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.app_label not in ("cases", "exports") or model._meta.label.startswith(
                "cases.Audit"
            ):
                continue
            times = [
                field.column for field in model._meta.concrete_fields if isinstance(field, models.DateField)
            ]
            if times and model._meta.managed:
                earlier = ", ".join(
                    f""""{column}" = "{column}" - interval '{days} days'""" for column in times
                )
                cursor.execute(f"UPDATE {model._meta.db_table} SET {earlier}")
        cursor.execute(f"UPDATE cache SET expires = expires - interval '{days} days'")


def run_the_clock() -> None:
    for errand in (tasks.purge_drafts, tasks.remind, purge):
        errand()


def answered(ask: Ask, staff: Staff) -> Case:
    """A case with something of everything that a case can have."""
    case, by, now = work(ask("access", "anna@example.com")), staff("caseworker"), timezone.now()
    answer = placed.answered(case, by)
    run = case.runs.first()
    assert run is not None
    keeping.keep(case, Upload(b"%PDF-1.7\nPower of attorney"), about=Paper.About.AUTHORITY, by=by)
    handed = run.handed.create(number=1, type="text/plain", rows=1, bytes=1, digest="d", name="")
    CutFile.objects.create(
        case=case,
        handed=handed,
        digest="d",
        number=1,
        name="",
        file="x",
        type="x",
        bytes=1,
        sha256="x",
        why="x",
        by=by,
    )
    Annex.objects.create(case=case, number=1, sha256="x", prepared_by=by)
    OwnerRequest.objects.create(run=run)
    SourceRefusal.objects.create(case=case, source="crm", collection="customers", sealed=b"x")
    case.corrections.create(
        source="crm", collection="customers", category="master", row_digest="d", column="name", sealed=b"x",
        proposed_by=by,
    )  # fmt: skip
    case.claims.create(source="crm", collection="invoices", row_digest="d", arose=now.date())
    Review.objects.create(case=case, purpose="credit", result="upheld", reasons="Anna was right.", by=by)
    Abuse.objects.create(case=case, proof="Anna asked ten times.", by=by)
    ChildHeard.objects.create(case=case, checked="She wants it.", by=by)
    AuthorityRefusal.objects.create(case=case, ground="not-shown", reason="Nothing was shown.", by=by)
    Turn.objects.create(case=case, kind="ours", on=now.date(), reason="Closed by mistake.", by=by)
    Dispute.objects.create(
        case=case, kind="court", number="T 1-26", came_on=now.date(), note="x", by=by, ended_on=now.date(),
        ended_as="upheld",
    )  # fmt: skip
    NumberUse.objects.create(
        case=case, kind="msisdn", digest="d", sealed=b"s", used_by="other", traffic=False, location=False,
        reason="The daughter's.", by=by,
    )  # fmt: skip
    carried_out(case, by)
    type(answer).objects.filter(pk=answer.pk).update(expires_at=now)
    Case.objects.filter(pk=case.pk).update(stage="closed", outcome="answered", closed_at=now)
    return case


def carried_out(case: Case, by: User) -> None:
    """What was written, sent and done for it."""
    request, now = case.submission, timezone.now()
    case.claimed.create(kind="msisdn", sealed=b"x", digest="d")
    case.name_words.create(digest="d")
    case.masked_texts.create(
        source="crm", collection="note", row="0" * 64, column="text", number=1, spans=[[0, 3]], why="x", by=by
    )
    OwnWords.objects.create(case=case, number=1, sealed=b"x", by=by)
    CaseLetter.objects.create(case=case, kind="extension", sealed=b"x", pdf_sealed=b"x", sha256="x", by=by)
    SaidErased.objects.create(
        case=case, source="crm", collection="x", part="1", told_by=[], hashes=b"x", keys=[1], at=now
    )
    ErasedKeys.objects.create(
        case=case, source="crm", collection="x", part="1", sealed=b"x", until=now.date() + timedelta(days=90)
    )
    RecipientNotice.objects.create(
        case=case, recipient="agency", channel="mail", sealed=b"x", status="failed"
    )
    vault.seal(case, KeyUse.SCHEDULE, b"x")
    Restriction.objects.create(
        case=case, source="crm", collection="customers", name="", rows=1, lifted_at=now, announced_at=now,
        lifts_on=now.date(),
    )  # fmt: skip
    text = request.texts.create(number_digest="n" * 64, sealed=b"", sent_at=now)
    request.codes.create(purpose="number", digest="d", text=text, mailbox_digest=request.mailbox_digest)
    request.posted_codes.create(digest="d", written_by=by)
    request.former_addresses.create(digest="f" * 64)
    ProposedProof.objects.create(submission=request, evidence="shop", checked="A passport.", by=by)
    SignedReceipt.objects.get_or_create(submission=request, defaults={"statement": "{}", "content": b"x"})
    Submission.objects.filter(pk=request.pk).update(idempotency_key="crm-ticket-of-anna")
    OutgoingMail.objects.update(sent_at=now)
    Bounce.objects.create(sha256="b" * 64, mail=OutgoingMail.objects.first())


def around(case: Case, other: Case, by: User) -> None:
    """What lies beside cases."""
    now = timezone.now()
    Likeness.objects.create(case=case, later=other, kind="apart", by=by)
    case.later_parts.create(rest=other, category="usage")
    case.messages.create(text="When do I hear from you?")
    case.notes.create(text="Called back.", by=by)
    Suppression.objects.create(
        operator=case.operator,
        kind="email",
        digest="s" * 64,
        ended_at=now,
        ended_by=by,
        ended_reason="Yes again.",
    )
    Draft.objects.create(
        name=case.submission_id, operator=case.operator, wrapped=b"x", sealed=b"x", touched_at=now
    )
    Session.objects.create(session_key="k", session_data="x", expire_date=now)
    OpenSession.objects.create(user=by, session_key="k")
    Attempt.objects.create(door="guess", key="a" * 64)
    Knock.objects.create(operator=case.operator, asked_of=case.submission_id, about="code")
    OutgoingMail.objects.create(operator=case.operator, kind="draft_code", sealed=b"", sent_at=now)
    Leftover.objects.create(name="cases/1/collected/x")
    cache.set("throttle_user_1", [1], timeout=60)


def everywhere() -> str:
    """Every row of every table but the record, as the database writes it."""
    told: list[str] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if not table.startswith("cases_audit"):
                cursor.execute(f'SELECT t::text FROM "{table}" t')
                told += [row[0] for row in cursor.fetchall()]
    return "\n".join(told)


@pytest.fixture
def own_vault(settings: Settings, tmp_path: Path) -> None:
    """Nobody else's files in it."""
    settings.STORAGES = settings.STORAGES | {"vault": _vault_storage(str(tmp_path / "own"))}


def test_ten_years_on_nothing_personal_is_left_that_the_table_does_not_keep(
    ask: Ask, staff: Staff, signed_in: Callable[..., Client], own_vault: None
) -> None:
    case, unproven = answered(ask, staff), ask("erasure", "bo@example.com", proven=False)
    around(case, unproven, staff("caseworker"))
    OutgoingMail.objects.update(sent_at=timezone.now())
    gone = [model for model, cells in rows().items() if cells["stays"] == "nothing"]
    assert [model.__name__ for model in gone if not model._default_manager.exists()] == []
    hashes = {
        *Identifier.objects.values_list("digest", flat=True),
        "s" * 64,
        "n" * 64,
        "f" * 64,
        "crm-ticket-of-anna",
    }
    hashes |= set(Submission.objects.values_list("mailbox_digest", flat=True))
    assert all(one in everywhere() for one in hashes)

    travel()
    run_the_clock()
    unproven.refresh_from_db()
    assert (unproven.stage, unproven.outcome) == ("closed", "unidentified")
    assert unproven.letters.filter(kind="unidentified").exists()
    OutgoingMail.objects.update(sent_at=timezone.now())
    # What was closed only now has its own days.
    travel()
    run_the_clock()

    assert [model.__name__ for model in gone if model._default_manager.exists()] == []
    for model, cells in rows().items():
        for name in re.findall(r"`(\w+)`", cells["emptied"]):
            # A row of the table may be about several.
            if name in {field.name for field in model._meta.fields}:
                assert not any(map(bool, model._default_manager.values_list(name, flat=True))), name
    left = everywhere()
    assert [one for one in hashes if one in left] == []
    assert "throttle_user_1" not in left
    assert list(vault.names("cases")) == []
    page = signed_in("auditor").get(case.get_absolute_url())
    assert page.status_code == 200


def test_what_waits_for_its_day_is_known_until_then(ask: Ask, staff: Staff) -> None:
    case = answered(ask, staff)
    kept = ScheduledErasure.objects.create(
        case=case, source="crm", collection="customers", rule="x", name="", rows=1
    )
    travel()
    run_the_clock()
    assert case.identifiers.exists()
    assert case.clock_events.exists()
    assert Submission.objects.get().mailbox_digest
    ScheduledErasure.objects.filter(pk=kept.pk).update(erased_at=timezone.now())
    secret = ScheduledErasure(
        case=case, source="crm", collection="customers", rule="y", secret=True, name="x", rows=1
    )
    secrets.keep(Kind.ERASURE, case.operator_id, str(case.pk), secret)
    ending.end()
    # By what an order keeps in secret it can still be judged; by what the desk shows nobody finds out that it does.
    assert case.identifiers.exists()
    assert not case.clock_events.exists()
    assert not Submission.objects.get().mailbox_digest
    secrets.drop(secret)
    ending.end()
    assert not case.identifiers.exists()
