"""A request answered in two parts: which categories are ready, which wait, and what is set aside for the rest.

The rest is a case of its own from the moment of the split, so that each part has one stage, one clock and one answer.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from cases.casework import audit, case_clock
from cases.casework.workflow import Refusal, advance, kick
from cases.collection import failed_runs
from cases.collection.gathering import UNFINISHED, settle
from cases.models import Case, LaterPart, Run, User
from cases.models.case import Following, Right, Stage

# What hands out data, and can do so in two packages.
RIGHTS = frozenset({Right.ACCESS, Right.PORTABILITY})
# Before that nobody knows what is ready, after that the answer is written.
SPLIT_AT = (Stage.COLLECTION, Stage.DECISIONS)
BEFORE_ANSWER = frozenset({Stage.MATCHING, Stage.COLLECTION, Stage.HOLDS, Stage.DECISIONS})


@dataclass(frozen=True)
class Part:
    """A category of a case, the sources it comes from, and how many rows are there by now."""

    category: str
    sources: tuple[str, ...]
    rows: int
    ready: bool


def parts(case: Case) -> list[Part]:
    """The categories that the case gathers, each ready once none of its sources is waited for."""
    found: dict[str, list[Run]] = defaultdict(list)
    for run in case.runs.all():
        found[run.category].append(run)
    return [
        Part(
            category=category,
            sources=tuple(dict.fromkeys(run.source for run in runs)),
            rows=sum(run.rows for run in runs),
            ready=not any(run.status in UNFINISHED for run in runs),
        )
        for category, runs in sorted(found.items())
    ]


def rest_of(case: Case) -> Case | None:
    """The case with the other part of a split request, while it is split."""
    if case.right not in RIGHTS:
        return None
    return case.followed_by.filter(follows_as=Following.REST, own_parts__isnull=False).first()


def is_extended(case: Case) -> bool:
    """Whether the person has been told already that it takes longer."""
    return any(event.kind == case_clock.Kind.EXTENDED for event in case.clock_events.all())


def keeps_from_splitting(case: Case) -> Refusal | None:
    """The refusal that stands against it; None where something is ready and the law gives the rest more time."""
    if case.right not in RIGHTS:
        return Refusal("split-data-only")
    if case.follows_as == Following.REST or case.followed_by.filter(follows_as=Following.REST).exists():
        return Refusal("split-already")
    if case.stage not in SPLIT_AT:
        return Refusal("wrong-stage", stage=case.get_stage_display())
    # The answer to one question ends one pause: the other part's would go on.
    if case.paused:
        return Refusal("split-paused")
    # Extended as a whole, what is ready need not wait for the longer time.
    if not is_extended(case) and (code := case_clock.not_extendable(case)):
        return Refusal(code)
    there = parts(case)
    return None if len(there) > 1 and _hands_out(there) else Refusal("split-nothing-ready")


def _hands_out(those: list[Part]) -> bool:
    return any(part.ready and part.rows for part in those)


def set_aside(case: Case, rest: Case, categories: Collection[str]) -> None:
    """Leave these categories of a locked case to the rest, which gathers them from the beginning.

    Refusal choose-parts for none or for one that is not there, split-nothing-ready where nothing that is ready stays.
    """
    there, chosen = parts(case), set(categories)
    if not chosen or not chosen <= {part.category for part in there}:
        raise Refusal("choose-parts")
    if not _hands_out([part for part in there if part.category not in chosen]):
        raise Refusal("split-nothing-ready")
    LaterPart.objects.bulk_create(
        LaterPart(case=case, rest=rest, category=category) for category in sorted(chosen)
    )
    # Sealed under this case's key: it can't be taken along, and half of it is shown to nobody.
    for run in case.runs.filter(category__in=chosen):
        failed_runs.forget(run)
        run.delete()


def go_on(case: Case, *, by: User) -> None:
    """The first part moves on without what was set aside."""
    if case.stage == Stage.COLLECTION:
        settle(case)
    else:
        # Judged anew: a decision on what is gone would stand in the letter.
        advance(case, Stage.HOLDS, by=by, reason="split")


def keeps_from_putting_together(rest: Case) -> Refusal | None:
    """The refusal that stands against one answer after all; None while neither is written and the first is in time."""
    first = rest.follows
    if first is None or rest.follows_as != Following.REST or not rest.own_parts.exists():
        return Refusal("not-split")
    if rest.stage not in BEFORE_ANSWER or first.stage not in BEFORE_ANSWER:
        return Refusal("together-too-late")
    # The first part's day is that of the whole again: what is late already must not become later.
    if not first.paused and case_clock.today(first) > first.due_on:
        return Refusal("together-overdue")
    return None


def take_back(first: Case, rest: Case, *, by: audit.Actor) -> None:
    """The first case gathers what was set aside after all. Both are locked."""
    rest.own_parts.all().delete()
    if first.stage in (Stage.HOLDS, Stage.DECISIONS):
        advance(first, Stage.MATCHING, by=by, reason="together")
    else:
        kick(first)
