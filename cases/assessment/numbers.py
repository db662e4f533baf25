"""Whose a number was: who holds it, who used it from when to when, and what of that the asker gets (Article 15(4)).

A caseworker finds it number by number and interval by interval. The rows of those days are judged by it from then on:
what is the asker's is given without another look, what is somebody else's is in no package, and the letter says so.
"""

from datetime import date
from typing import Any

from django.db import transaction

from cases.casework import audit
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, advance, at_stage, lock
from cases.law.decisions import LOCATION, TRAFFIC
from cases.models import Case, Identifier, NumberUse, User
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sources.configured import sources_of

# Before them nothing is known to decide on; after them an answer stands on what was decided.
FOUND_AT = (Stage.COLLECTION, Stage.HOLDS, Stage.DECISIONS)


def kinds_of_users(operator: str) -> frozenset[str]:
    """The kinds of identifiers by which systems find what somebody did with a number: a number, a card, a device."""
    return frozenset(
        kind
        for source in sources_of(operator)
        for collection in source.collection
        if collection.category in TRAFFIC | LOCATION
        for kind, by in collection.find.items()
        if len(by.columns) == 1
    )


def numbers_of(case: Case) -> list[Identifier]:
    """The person's numbers, each with the interval in which it was theirs as far as the sources tell."""
    return list(case.identifiers.filter(kind__in=kinds_of_users(case.operator_id)))


@transaction.atomic
def find_use(
    identifier: Identifier,
    *,
    used_by: str,
    traffic: bool,
    location: bool,
    reason: str,
    by: User,
    since: date | None = None,
    until: date | None = None,
) -> NumberUse:
    """Write down who used a number on these days, both included, and what the asker gets of it.

    Refusal reason-needed, interval-backwards, interval-overlaps where something was found for one of these days.
    """
    case = _locked(identifier.case_id, by)
    if not reason.strip():
        raise Refusal("reason-needed")
    if used_by not in NumberUse.By.values:
        raise Refusal("outcome-unknown", outcome=used_by)
    if since and until and since > until:
        raise Refusal("interval-backwards")
    found = case.number_uses.filter(kind=identifier.kind, digest=identifier.digest)
    if any(_meet(one, since, until) for one in found):
        raise Refusal("interval-overlaps")
    plain = vault.unseal(case, KeyUse.FILE, identifier.sealed)
    use = NumberUse.objects.create(
        case=case,
        kind=identifier.kind,
        digest=identifier.digest,
        sealed=vault.seal(case, KeyUse.FILE, plain),
        since=since,
        until=until,
        used_by=used_by,
        traffic=traffic,
        location=location,
        reason=reason.strip(),
        by=by,
    )
    audit.record(case, "number.found", by=by, **_told(use))
    _judge_again(case, by)
    return use


@transaction.atomic
def take_back(use: NumberUse, *, by: User) -> None:
    """What was found does not hold: these days wait for a person again."""
    case = _locked(use.case_id, by)
    audit.record(case, "number.taken-back", by=by, **_told(use))
    use.delete()
    _judge_again(case, by)


def _locked(case_id: int, by: User) -> Case:
    case = lock(case_id)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, *FOUND_AT)
    return case


def _judge_again(case: Case, by: User) -> None:
    if case.stage == Stage.DECISIONS:
        advance(case, Stage.HOLDS, by=by)


def _meet(one: NumberUse, since: date | None, until: date | None) -> bool:
    before = until is not None and one.since is not None and until < one.since
    after = since is not None and one.until is not None and one.until < since
    return not before and not after


def _told(use: NumberUse) -> dict[str, Any]:
    return {
        "kind": use.kind,
        "digest": use.digest,
        "since": use.since,
        "until": use.until,
        "used_by": use.used_by,
        "traffic": use.traffic,
        "location": use.location,
    }
