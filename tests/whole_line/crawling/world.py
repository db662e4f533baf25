"""What the crawler of all pages visits: an operator's things, one of each kind, by the words that addresses have."""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.utils import timezone

from cases.collection.owners import token_of
from cases.models import (
    Absence,
    AuthorityRefusal,
    Case,
    Correction,
    HandedFile,
    LostFactor,
    NumberUse,
    OpenSession,
    Operator,
    Order,
    OverRetained,
    OwnerRequest,
    Paper,
    ProposedRole,
    RuleExtension,
    Run,
    Task,
    User,
)
from cases.models.keys import KeyUse
from cases.models.operators import Role
from cases.models.secrecy import Kind
from cases.sealed import orders_key, secrets, vault
from exports.models import Annex, Answer, Breach, CaseLetter, StandardWords
from tests.operators.placed import PACKAGE, answered, gathered, hand_in, opened, proven


@dataclass(frozen=True)
class Things:
    """A case and an operator with what belongs to them: what stands in the place of a word of an address."""

    case: Case
    words: dict[str, Any]
    pks: dict[str, int]

    def named(self, word: str, view: str) -> Any:
        """What `<word>` is in the address of this view."""
        if word == "pk":
            return self.pks[PKS[view]]
        return self.words["token key"] if view == "desk:token-end" and word == "key" else self.words[word]


# What the number in the address of a view is the number of.
PKS = {
    "desk:paper": "paper",
    "desk:alike": "case",
    "desk:claim": "claim",
    "desk:claim-undo": "claim",
    "desk:claim-confirm": "claim",
    "desk:claim-reject": "claim",
    "desk:number": "identifier",
    "desk:number-back": "number use",
    "desk:reveal": "identifier",
    "desk:rows": "run",
    "desk:correct": "run",
    "desk:run-retry": "run",
    "desk:run-pause": "run",
    "desk:run-resume": "run",
    "desk:run-leave-out": "run",
    "desk:run-answer": "asked run",
    "desk:run-ask-again": "asked run",
    "desk:run-reopen": "asked run",
    "desk:action-retry": "action",
    "desk:accept": "decision",
    "desk:change": "decision",
    "desk:refuse-part": "decision",
    "desk:take-over": "decision",
    "desk:correction-remove": "correction",
    "desk:dispute-stated": "dispute",
    "desk:dispute-ended": "dispute",
    "desk:hand-over": "user",
    "desk:back": "absence",
    "desk:task-done": "task",
    "desk:task-again": "task",
    "desk:over-retained-rows": "kept too long",
    "desk:over-retained-given": "kept too long",
    "desk:over-retained-erase": "kept too long",
    "desk:order-end": "order",
    "desk:extension-settle": "extension",
    "desk:member-link": "membership",
    "desk:member-remove": "membership",
    "desk:factor-lost": "membership",
    "desk:role-withdraw": "proposed role",
    "desk:role-confirm": "proposed role",
    "desk:role-refuse": "proposed role",
    "desk:factor-settle": "lost factor",
    "account_session_end": "session",
    "mfa_remove_webauthn": "session",
    "mfa_edit_webauthn": "session",
    "exports:letter": "letter",
    "exports:own-letter": "letter",
    "exports:own-letter-pdf": "letter",
    "exports:own-refusal": "case",
    "exports:own-answer": "answer",
    "exports:own-receipt": "answer",
    "exports:package": "answer",
    "exports:keep-longer": "answer",
    "public:anew": "case",
    "public:messages": "case",
    "exports:mask": "run",
    "exports:cut": "handed file",
    "exports:cut-file": "handed file",
    "exports:standard-words-end": "standard words",
    "exports:notice": "order",
    "exports:notice-sent": "order",
}
LETTER = b'{"title": "Why", "page": "<p>Why</p>"}'
# Views that are about one case, though no reference stands in their address.
OF_A_CASE = {
    "desk:task-done",
    "desk:task-again",
    "desk:over-retained-rows",
    "desk:over-retained-given",
    "desk:over-retained-erase",
}


def furnish(operator: Operator, member: User, other: User, token_key: str, email: str) -> Things:
    """A case of the operator's whose answer was delivered, and all else that a page can be about.

    ``member`` and ``other`` are two of the operator's own, neither of whom is anybody who crawls.
    """
    case = gathered(proven(hand_in(operator, email=email)))
    _delivered(case, member, other)
    pks = _of_the_case(case, member) | _of_the_operator(operator, member, other)
    run = case.runs.get(pk=pks["asked run"])
    words = {
        "operator": operator.pk,
        "reference": case.reference,
        "version": 1,
        "which": "identifier",
        "channel": "marketing",
        "number": 0,
        "sha256": case.register.sha256,
        "key": "crm",
        "token": token_of(run.owner_request),
        "step": "rights",
        "name": "manifest-3",
        "draft": case.submission_id,
        "what": "refuse",
        "table": "months",
        "uidb64": "MQ",
        "uidb36": "1",
        "token key": token_key,
    }
    return Things(case, words, pks)


def _delivered(case: Case, member: User, other: User) -> None:
    now = timezone.now()
    answer = answered(case, member)
    opened(answer, other)
    receipt = f"test/{case.pk}-receipt"
    _put(case, KeyUse.PACKAGE, receipt, b"%PDF-1.7 receipt")
    Answer.objects.filter(pk=answer.pk).update(
        status=Answer.Status.DELIVERED,
        approved_by=other,
        approved_at=now,
        approved_sha256=answer.sha256,
        delivered_at=now,
        expires_at=now + timedelta(days=30),
        receipt_name=receipt,
        receipt_sha256="c" * 64,
    )
    Breach.objects.create(
        answer=answer, aware_at=now, authority_by=now + timedelta(hours=72), happened="-", risk=Breach.Risk.RISK,
        fetched=0, recorded_by=member,
    )  # fmt: skip


def _of_the_case(case: Case, by: User) -> dict[str, int]:
    return {
        "case": case.pk,
        "answer": case.answers.get().pk,
        "claim": case.claimed.all()[0].pk,
        "decision": case.decisions.all()[0].pk,
        **_of_the_runs(case),
        **_of_the_person(case, by),
        **_of_the_caseworker(case, by),
    }


def _of_the_runs(case: Case) -> dict[str, int]:
    run = case.runs.get(collection="customer")
    asked = Run.objects.create(
        case=case, source="crm", collection="credit-check", category="credit-check", status=Run.Status.ASKED
    )
    OwnerRequest.objects.create(run=asked)
    collected = f"cases/{case.pk}/collected/{run.pk}-file-001"
    _put(case, KeyUse.COLLECTED, collected, b"%PDF-1.7 note")
    handed = HandedFile.objects.create(
        run=run, number=1, type="application/pdf", rows=1, bytes=13, digest="f" * 64, name=collected,
        file="attachments/note.pdf",
    )  # fmt: skip
    kept = OverRetained(case=case, source="network", collection="retained", rows=1, found_at=timezone.now())
    secrets.keep(Kind.OVER_RETAINED, case.operator_id, str(case.pk), kept)
    action = case.actions.create(kind="erase", source="crm", collection="customer", status="failed")
    return {
        "run": run.pk,
        "asked run": asked.pk,
        "handed file": handed.pk,
        "kept too long": kept.pk,
        "action": action.pk,
    }


def _of_the_person(case: Case, by: User) -> dict[str, int]:
    number = case.identifiers.get(kind="msisdn")
    use = NumberUse.objects.create(
        case=case, kind="msisdn", digest=number.digest, sealed=vault.seal(case, KeyUse.FILE, b"{}"),
        used_by="asker", traffic=False, location=False, reason="-", by=by,
    )  # fmt: skip
    paper = f"cases/{case.pk}/papers/{uuid4()}"
    _put(case, KeyUse.FILE, paper, b"%PDF-1.7 paper")
    shown = Paper.objects.create(
        case=case, about=Paper.About.AUTHORITY, name=paper, type="application/pdf", bytes=14, digest="e" * 64
    )
    AuthorityRefusal.objects.create(case=case, ground="not-shown", reason="-", by=by)
    return {"identifier": number.pk, "number use": use.pk, "paper": shown.pk}


def _of_the_caseworker(case: Case, by: User) -> dict[str, int]:
    correction = Correction.objects.create(
        case=case, source="crm", collection="customer", category="contact", row_digest="0" * 64, column="name",
        sealed=vault.seal(case, KeyUse.FILE, b"{}"), proposed_by=by,
    )  # fmt: skip
    letter = CaseLetter.objects.create(
        case=case, kind=CaseLetter.Kind.EXTENSION, sealed=vault.seal(case, KeyUse.FILE, LETTER),
        pdf_sealed=vault.seal(case, KeyUse.FILE, b"%PDF-1.7"), sha256="d" * 64, by=by,
    )  # fmt: skip
    name = f"orders/annex-{case.pk}"
    with vault.sealed_to(orders_key.recipient(), name) as file:
        file.write(PACKAGE)
    # The number that stands in every address here.
    Annex.objects.create(case=case, number=0, name=name, sha256=sha256(PACKAGE).hexdigest(), prepared_by=by)
    task = Task.objects.create(operator=case.operator, case=case, kind="review", detail="look")
    dispute = case.disputes.create(kind="complaint", number="1", came_on=case.received_on, note="-", by=by)
    return {"correction": correction.pk, "letter": letter.pk, "task": task.pk, "dispute": dispute.pk}


def _put(case: Case, use: KeyUse, name: str, content: bytes) -> None:
    with vault.sealed_file(case, use, name) as file:
        file.write(content)


def _of_the_operator(operator: Operator, member: User, other: User) -> dict[str, int]:
    identified = {"identifier_kind": "msisdn", "identifier_digest": "0" * 64, "registered_by": member}
    order, _made = Order.objects.get_or_create(
        operator=operator,
        rule="SE-IPRED-NOTICE",
        secret=False,
        defaults={**identified, "handed_over_on": date(2026, 1, 2)},
    )
    extension, _made = RuleExtension.objects.get_or_create(
        operator=operator, rule="SE-LEK-ORDER", category="contact", defaults={"legal_by": member}
    )
    role, _made = ProposedRole.objects.get_or_create(
        user=other, operator=operator, role=Role.ADMIN, defaults={"proposed_by": member}
    )
    lost, _made = LostFactor.objects.get_or_create(
        user=other, defaults={"operator": operator, "said_by": member}
    )
    session, _made = OpenSession.objects.get_or_create(user=member, session_key=f"s{member.pk}")
    ready = StandardWords.objects.create(
        operator=operator,
        name=f"Thanks {operator.standard_words.count()}",
        language="sv",
        place="opening",
        text="Tack.",
        by=member,
    )
    return {
        "standard words": ready.pk,
        "absence": _away(operator, other, member),
        "order": order.pk,
        "extension": extension.pk,
        "proposed role": role.pk,
        "lost factor": lost.pk,
        "session": session.pk,
        "user": other.pk,
        "membership": other.memberships.filter(operator=operator)[0].pk,
    }


def _away(operator: Operator, user: User, deputy: User) -> int:
    today = timezone.localdate()
    return Absence.objects.create(
        operator=operator, user=user, deputy=deputy, first=today, last=today, by=deputy
    ).pk
