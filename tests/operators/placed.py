"""Cases as the desk meets them: handed in for real, then brought to a stage with rows, verdicts and decisions."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import orjson
from django.utils import timezone

from cases.models import Case, Decision, Finding, Identifier, Operator, Proof, Run, User
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.request.asked import Intake
from cases.request.intake import submit
from cases.rows import chunks
from cases.sealed import vault
from exports.models import Answer, Reading

PACKAGE = b"PK package"
EMAIL, PHONE = "astrid.berg@example.com", "+46701740605"


def hand_in(
    operator: Operator, right: str = "access", email: str = EMAIL, phone: str = "070-174 06 05"
) -> Case:
    intake = Intake(
        uuid4(), operator, "sv", (right,), "Astrid Berg", email, phone=phone, note="Även samtal i maj."
    )
    return submit(intake).cases.get()


def move(case: Case, stage: str, **fields: object) -> Case:
    """Put a case at a stage without working the stages before it."""
    Case.objects.filter(pk=case.pk).update(stage=stage, **fields)
    case.refresh_from_db()
    return case


@dataclass(frozen=True)
class Gathered:
    """What one collection of a case holds, and what the law made of it: (verdict, rule, until, rows)."""

    source: str
    collection: str
    category: str
    findings: tuple[tuple[str, str, date | None, int], ...]
    key: str = "id"


ACCESS = (
    Gathered("crm", "customer", "contact", (("give", "", None, 1),)),
    Gathered("crm", "invoice", "invoices", (("give", "", None, 14),)),
    Gathered("crm", "service-note", "correspondence", (("give", "", None, 5), ("redact", "", None, 2))),
    Gathered("network", "traffic", "traffic", (("give", "", None, 90), ("redact", "", None, 30))),
    Gathered("network", "retained", "retained", (("describe", "SE-LEK-TEL", date(2027, 5, 20), 40),)),
)
ERASURE = (
    Gathered("crm", "invoice", "invoices", (("keep", "SE-BFL", date(2033, 12, 31), 14),)),
    Gathered("crm", "customer", "contact", (("keep", "SE-CLAIM", date(2029, 10, 5), 1),)),
    Gathered(
        "network",
        "retained",
        "retained",
        (("keep", "SE-LEK-TEL", date(2027, 5, 20), 40), ("erase", "", None, 8)),
    ),
    Gathered("crm", "profile", "profile", (("erase", "", None, 3),)),
)


def proven(case: Case) -> Case:
    Proof.objects.create(submission=case.submission, level="low", method="mailed-code")
    for kind, value, origin in (("email", EMAIL, "proof:mailed-code"), ("msisdn", PHONE, "crm/subscription")):
        Identifier.objects.create(
            case=case,
            kind=kind,
            digest=vault.digest(case.operator_id, kind, value),
            sealed=vault.seal(case, KeyUse.FILE, value.encode()),
            origin=origin,
            valid_from=datetime(2024, 3, 1, tzinfo=UTC) if kind == "msisdn" else None,
        )
    case.claimed.update(confirmed_at=timezone.now())
    return case


def gathered(case: Case, everything: tuple[Gathered, ...] = ACCESS) -> Case:
    """Rows, findings and proposed decisions, as assessment leaves them."""
    for each in everything:
        _gather(case, each)
    return move(case, Stage.DECISIONS)


def _gather(case: Case, each: Gathered) -> None:
    rows = sum(count for *_rest, count in each.findings)
    run = Run.objects.create(
        case=case,
        source=each.source,
        collection=each.collection,
        category=each.category,
        status=Run.Status.DONE,
        rows=rows,
        started_at=timezone.now() - timedelta(minutes=2),
        finished_at=timezone.now(),
    )
    lines = [
        {each.key: n, "note": f"Secret word {n}", "started_at": "2026-05-01T12:00:00+02:00"}
        for n in range(rows)
    ]
    chunks.keep(run, [orjson.dumps(line) for line in lines])
    for verdict, rule, until, count in each.findings:
        Finding.objects.create(
            run=run,
            verdict=verdict,
            rule=rule,
            until=until,
            rows=count,
            first_on=date(2025, 9, 1),
            last_on=date(2026, 11, 1),
        )
    verdicts = {verdict for verdict, *_rest in each.findings}
    verdict, rule, until, _count = each.findings[0]
    outcome = verdict if len(verdicts) == 1 else "partly"
    Decision.objects.create(
        case=case, subject=each.category, proposed=outcome, outcome=outcome, rule=rule, until=until
    )


def opened(answer: Answer, by: User) -> None:
    """As if they had opened the letter and the list of its files, with no word of it in the record."""
    for part in Reading.Part:
        Reading.objects.create(answer=answer, part=part, by=by, sha256=answer.sha256)


def approved(case: Case, *, by: User, status: str = "approved", **fields: object) -> Answer:
    """A first version that somebody has read and approved; the rest of it as it is given."""
    later = {name: fields.pop(name) for name in ("delivered_at", "expires_at") if name in fields}
    answer = Answer.objects.create(case=case, version=1, status="ready", **fields)  # type: ignore[misc]
    opened(answer, by)
    answer.status, answer.approved_by, answer.approved_at = status, by, timezone.now()
    answer.approved_sha256 = answer.sha256
    for name, value in later.items():
        setattr(answer, name, value)
    answer.save()
    return answer


def answered(case: Case, by: User, stage: str = Stage.APPROVAL) -> Answer:
    """A finished answer that waits for its approver."""
    case.decisions.update(status="confirmed", decided_by=by, decided_at=timezone.now())
    name, letter = f"test/{case.pk}", f"test/{case.pk}-letter"
    printed = b"%PDF-1.7 letter"
    for stored, content in ((name, PACKAGE), (letter, printed)):
        with vault.sealed_file(case, KeyUse.PACKAGE, stored) as file:
            file.write(content)
    answer = Answer.objects.create(
        case=case, version=1, status="ready", name=name, letter_name=letter, bytes=10, pages=14, prepared_by=by,
        sha256=sha256(PACKAGE).hexdigest(),
        files=[{"name": "letter.pdf", "bytes": 120_000, "sha256": sha256(printed).hexdigest(), "rows": None}],
    )  # fmt: skip
    move(case, stage)
    return answer
