"""From the database to `facts.CaseFacts`: everything a letter is written from, read at one moment."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TypedDict

from django.conf import settings

from cases.assessment.assessing import BY_PURPOSE
from cases.assessment.reviews import is_abusive
from cases.assessment.situations import open_orders_on, situation_of
from cases.casework import case_clock
from cases.casework.operators import register_of_case
from cases.casework.secrecy import extended
from cases.casework.workflow import INTERIM
from cases.collection import nowhere
from cases.execution.erasure import marketing
from cases.execution.erasure.erasable import erasable
from cases.identity import known
from cases.identity.people.protection import hides_home, is_hidden
from cases.identity.stepping_up.waiting import is_only_described
from cases.law.situation import Record, Situation
from cases.law.verdicts import NOT_PROVEN, Ruling
from cases.models import Case, Decision, Finding, Order, Run
from cases.models.case import Right
from cases.rows.signatures import signatures
from cases.sealed.typed import read_file
from cases.sources import legal_refusals
from cases.sources.configured import collection_of, names_of, source_of
from exports.answer.done import day_of, done, goes_by_itself
from exports.answer.given_rows import GivenRows, is_masked
from exports.answer.outcomes import REACHED, outcome_of
from exports.answer.particulars import particulars
from exports.answer.postal import address_lines
from exports.letter.facts import (
    IN_PACKAGE,
    AuthorityFacts,
    CaseFacts,
    CategoryFacts,
    CollectionFacts,
    ExtensionFacts,
    FindingFacts,
    Month,
    PurposeFacts,
    SearchedFacts,
    UnsearchedFacts,
)
from exports.letter.items.described import described
from exports.letter.usage import Tally, Usage
from exports.package.data import few_rows

NOT_LOOKED = (Run.Status.NOT_PROVEN, Run.Status.UNSEARCHED)


def facts_of(case: Case, *, situation: Situation | None = None, signed_by: str = "") -> CaseFacts:
    """The case as its letter will tell it, in the case's language. Streams rows, holds counts."""
    today = case_clock.today(case)
    orders = open_orders_on(case)
    situation = situation or situation_of(case, today, orders)
    typed, register = read_file(case), register_of_case(case)
    searched = _searched(case)
    return CaseFacts(
        reference=case.reference,
        register=register,
        right=case.right,
        language=case.language,
        person_name=typed.person,
        address_lines=address_lines(case),
        asked_by=typed.name if case.for_other else "",
        authority=_authority(case),
        received_on=case.received_on,
        answered_on=situation.decided,
        due_on=case.due_on,
        outcome=outcome_of(case),
        signed_by=signed_by,
        # A request that is refused as abusive gets no data, and no word on any.
        categories=() if is_abusive(case) else tuple(_categories(case, situation, orders)),
        purposes=tuple(_purposes(case)) if case.right in BY_PURPOSE and not is_abusive(case) else (),
        identifiers_searched=searched[False],
        led_nowhere=searched[True],
        unsearched=tuple(_unsearched(case)),
        extension=_extension(case),
        extended=extended(case.operator_id),
        stop_listed=bool(marketing.ended(case, situation)),
        holds_no_account=situation.holds_no_account,
        package_days=register.settings.package_days,
        annex_rows=settings.ANNEX_ROWS,
        **done(case),
        **particulars(case, situation),
    )


def _authority(case: Case) -> AuthorityFacts | None:
    if (found := case.authority) is None:
        return None
    return AuthorityFacts(
        kind=found.kind,
        answer_to=found.answer_to,
        covers_from=found.covers_from,
        covers_until=found.covers_until,
        without_home=hides_home(case),
    )


def _searched(case: Case) -> dict[bool, tuple[SearchedFacts, ...]]:
    """What was searched for, and under True what has led nowhere."""
    lost = nowhere.missed(case)
    told = [
        (one.pk in lost, SearchedFacts(kind=one.kind, value=known.masked(one)))
        for one in case.identifiers.select_related("case")
    ]
    return {missed: tuple(one for led, one in told if led is missed) for missed in (False, True)}


def _unsearched(case: Case) -> Iterator[UnsearchedFacts]:
    for one in nowhere.unsearched(case):
        source, collection = names_of(case.operator_id, one.source, one.collection, case.language)
        yield UnsearchedFacts(source_name=source, name=collection, kinds=one.kinds)


def _categories(case: Case, situation: Situation, orders: list[Order]) -> Iterator[CategoryFacts]:
    runs: dict[str, list[Run]] = defaultdict(list)
    for run in case.runs.exclude(status__in=NOT_LOOKED).prefetch_related("findings"):
        run.case = case
        runs[run.category].append(run)
    decisions = {decision.subject: decision for decision in case.decisions.all()}
    for category, found in sorted(runs.items()):
        decision = decisions.get(category)
        changed = decision is not None and decision.status == Decision.Status.OVERRIDDEN
        yield CategoryFacts(
            key=category,
            collections=tuple(_collection(case, run, situation, orders) for run in found),
            findings=tuple(_merged(case, found)),
            override=decision.outcome if decision and changed else "",
            reason=decision.reason if decision and changed else "",
            ground=decision.ground if decision else "",
            fee=decision.fee if decision else "",
            rule=decision.rule if decision and changed else "",
            until=decision.until if decision and changed else None,
            left_out=tuple(_told(found)),
        )
    for category in sorted(
        {run.category for run in case.runs.filter(status=Run.Status.NOT_PROVEN)} - runs.keys()
    ):
        # No proof opens what is described to whoever asks, and so none is asked for.
        verdict = Ruling.DESCRIBE if is_only_described(case, category) else NOT_PROVEN
        yield CategoryFacts(key=category, findings=(FindingFacts(verdict=verdict, rows=0),))


def _told(runs: list[Run]) -> Iterator[str]:
    for run in runs:
        if run.status == Run.Status.LEFT_OUT and (reason := legal_refusals.told(run)):
            yield reason


def _merged(case: Case, runs: list[Run]) -> Iterator[FindingFacts]:
    """Counts with the same verdict, rule and date are one line, whichever collection they came from.

    Of an erasure, what a person has to erase stays apart from what a connector erases.
    """
    counts: Counter[FindingFacts] = Counter()
    for run in runs:
        by_hand = case.right == Right.ERASURE and not erasable(run)
        for one in run.findings.all():
            if one.verdict != NOT_PROVEN:
                counts[_finding(one, by_hand=by_hand)] += one.rows
    for finding, count in counts.items():
        yield replace(finding, rows=count)


def _finding(one: Finding, *, by_hand: bool) -> FindingFacts:
    """All of a finding but its rows."""
    return FindingFacts(
        verdict=one.verdict,
        rows=0,
        rule=one.rule,
        until=one.until,
        opens=one.opens,
        by_hand=by_hand,
        by_itself=goes_by_itself(one),
    )


def _collection(case: Case, run: Run, situation: Situation, orders: list[Order]) -> CollectionFacts:
    source, collection = (
        source_of(case.operator_id, run.source),
        collection_of(case.operator_id, run.source, run.collection),
    )
    rows = GivenRows(case, run, situation)
    given = Counter(
        {
            record: count
            for record, count in signatures(run, orders).items()
            if rows.verdict_of(record) in IN_PACKAGE
        }
    )
    days = [record.at for record in given if record.at]
    by_hand = case.masked_texts.filter(source=run.source, collection=run.collection).exists()
    masked = by_hand or any(is_masked(rows.verdict_of(record), record) for record in given)
    return CollectionFacts(
        source=run.source,
        collection=run.collection,
        source_name=source.name.get(case.language),
        name=collection.name.get(case.language),
        rows=given.total(),
        # Counting takes a pass over all rows: only where something is masked.
        covered=rows.covered() if masked else 0,
        first_on=min(days, default=None),
        last_on=max(days, default=None),
        months=tuple(_months(given)),
        **described(collection, case.language),
        **(_read(case, run, rows) if given else {}),
    )


class Read(TypedDict, total=False):
    """The fields of `CollectionFacts` for which every row is looked at."""

    inline: tuple[dict[str, object], ...] | None
    usage: Usage | None


def _read(case: Case, run: Run, given: GivenRows) -> Read:
    """The rows where they are few, and what all of them add up to, in one pass.

    A protected person's address is in their files alone: staff read the letter.
    """
    collection = collection_of(case.operator_id, run.source, run.collection)
    hidden, tells = is_hidden(case, collection), collection.tells
    if tells.place and hidden(tells.place):
        tells = tells.model_copy(update={"place": None})
    zone = register_of_case(case).time_zone
    tally = Tally(collection.at, tells, zone) if collection.at and tells.columns else None
    rows = few_rows(given.lines(), see=tally.see if tally else None)
    inline = rows and tuple({name: row[name] for name in row if not hidden(name)} for row in rows)
    return Read(inline=inline, usage=tally.usage() if tally else None)


def _months(given: Counter[Record]) -> Iterator[Month]:
    counts: Counter[date] = Counter()
    for record, count in given.items():
        if day := record.at:
            counts[day.replace(day=1)] += count
    for first in sorted(counts):
        yield Month(first=first, rows=counts[first])


def _purposes(case: Case) -> Iterator[PurposeFacts]:
    stopped_on = day_of(case.interim_at) if case.right in INTERIM else None
    for decision in case.decisions.all():
        yield PurposeFacts(
            code=decision.subject,
            verdict=decision.outcome,
            reason=decision.reason,
            effective_on=stopped_on if decision.outcome == "stop" else None,
            reached=decision.proposed in REACHED,
        )


def _extension(case: Case) -> ExtensionFacts | None:
    event = case.clock_events.filter(kind="extended").first()
    return ExtensionFacts(new_due=case.due_on, reason=event.reason) if event else None
