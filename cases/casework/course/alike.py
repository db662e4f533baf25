"""Two open requests for the same right by one person: noticed once both are proven, joined or linked by a caseworker.

One person by a proven mailbox, or by an identifier that is tied to them. Nobody is told before that: an unproven
request can be anybody's, and must not learn that there is another.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from cases.casework import audit
from cases.casework.mail import queue
from cases.casework.members.named import seen_by
from cases.casework.permissions import Permission, require
from cases.casework.workflow import LINE, Refusal, close, lock
from cases.models import Case, Identifier, Likeness, Proof, User
from cases.models.case import Outcome, Stage
from cases.sealed.typed import read_file

Kind = Likeness.Kind
# The earlier one can still take the later along: no answer to it is written yet.
OPEN_TO_OTHERS = frozenset(LINE[: LINE.index(Stage.DECISIONS) + 1])


@dataclass(frozen=True)
class Pair:
    """The earlier and the later of two requests; ``other``: the one that is not the case at hand."""

    earlier: Case
    later: Case
    other: Case


def alike(case: Case, by: User) -> list[Pair]:
    """Other open requests of the same person for the same right, of which nobody has said yet what they are."""
    if case.is_closed or not case.submission.proofs.all():
        return []
    settled = Q(later_alike__later=case) | Q(earlier_alike__case=case)
    found = _others(case).filter(seen_by(by)).exclude(settled).order_by("received_on", "received_at", "pk")
    return [_pair(case, other) for other in found.distinct()]


def linked(case: Case, by: User) -> list[Case]:
    """The requests of the same person that somebody has put beside this one, or joined with it."""
    beside = Q(later_alike__later=case, later_alike__kind__in=[Kind.LINKED, Kind.JOINED])
    beside |= Q(earlier_alike__case=case, earlier_alike__kind__in=[Kind.LINKED, Kind.JOINED])
    return list(Case.objects.filter(seen_by(by)).filter(beside).order_by("pk"))


def _others(case: Case) -> QuerySet[Case]:
    proven = Exists(Proof.objects.filter(submission=OuterRef("submission")))
    same = Case.objects.filter(proven, operator=case.operator_id, right=case.right).exclude(pk=case.pk)
    known = Identifier.objects.filter(case=case).values("digest")
    person = Q(submission__mailbox_digest=case.submission.mailbox_digest) & ~Q(submission__mailbox_digest="")
    # A case and the one it follows are one request in two.
    same = same.exclude(follows=case)
    if case.follows_id is not None:
        same = same.exclude(pk=case.follows_id)
    return same.exclude(stage=Stage.CLOSED).filter(person | Q(identifiers__digest__in=known))


def _pair(case: Case, other: Case) -> Pair:
    earlier, later = sorted((case, other), key=lambda one: (one.received_on, one.received_at, one.pk))
    return Pair(earlier, later, other)


def keeps_apart(pair: Pair) -> str:
    """The code of why the two can't have one answer; "" where they ask for the same."""
    if pair.earlier.stage not in OPEN_TO_OTHERS or pair.later.stage in (Stage.EXECUTION, Stage.DELIVERY):
        return "joined-too-late"
    first, then = read_file(pair.earlier), read_file(pair.later)
    asked = (pair.earlier.for_other, first.person, first.email, first.purposes)
    if asked != (pair.later.for_other, then.person, then.email, then.purposes) or then.note not in (
        "",
        first.note,
    ):
        return "scope-differs"
    claims = pair.later.claimed.exclude(digest__in=pair.earlier.claimed.values("digest"))
    return (
        "scope-differs"
        if claims.exclude(digest__in=pair.earlier.identifiers.values("digest")).exists()
        else ""
    )


@transaction.atomic
def settle(case: Case, other: Case, *, kind: str, by: User) -> None:
    """Say what two alike requests are. Joined, the earlier is answered by its day, and the later is closed.

    Refusal not-alike where nothing shows one person, scope-differs and joined-too-late where they can only be linked.
    """
    for pk in sorted((case.pk, other.pk)):
        lock(pk)
    case.refresh_from_db()
    require(by, case.operator, Permission.WORK_CASES)
    pair = next((one for one in alike(case, by) if one.other.pk == other.pk), None)
    if pair is None or kind not in Kind.values:
        raise Refusal("not-alike")
    if kind == Kind.JOINED and (code := keeps_apart(pair)):
        raise Refusal(code)
    Likeness.objects.create(case=pair.earlier, later=pair.later, kind=kind, by=by)
    for one, beside in ((pair.earlier, pair.later), (pair.later, pair.earlier)):
        audit.record(one, f"alike.{kind}", by=by, beside=beside.reference)
    if kind == Kind.JOINED:
        _join(pair, by)


def _join(pair: Pair, by: User) -> None:
    address = read_file(pair.later).email
    later = lock(pair.later.pk)
    close(later, Outcome.MERGED, by=by, beside=pair.earlier.reference)
    queue(later.submission, "joined", to=address, case=later, earlier=pair.earlier)
