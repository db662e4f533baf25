"""The letter that tells a subscriber that a rights holder got his or her name (upphovsrättslagen 53 f §).

One to three months after the hand-over, not a day outside. The name and address come from whoever writes the letter,
or from a case; the order itself keeps no more than a keyed hash.
"""

from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from cases.casework import audit
from cases.casework.operators import register_of
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal
from cases.law.clock import date_of_receipt
from cases.law.holds import notice_window
from cases.law.situation import IpredNotice
from cases.models import AuditEntry, Case, Identifier, Order, User
from cases.sealed.typed import read_file
from connectors.contract.base import SourceError
from exports import pdf
from exports.letter import content
from exports.letter.document import Document
from exports.letter.facts import CaseFacts, HandOverFacts
from exports.notices import letters


def window(order: Order) -> tuple[date, date]:
    """The first and the last day for the notice. Refusal order-invalid for any other kind of order."""
    if order.rule != IpredNotice.rule or order.handed_over_on is None:
        raise Refusal("order-invalid", what=order.rule)
    return notice_window(IpredNotice(str(order.pk), order.handed_over_on))


def is_open(order: Order) -> bool:
    """Whether the notice can be written and sent today."""
    if order.rule != IpredNotice.rule or order.handed_over_on is None or order.ended_on:
        return False
    opens, ends = window(order)
    return opens <= _today(order) <= ends


def _today(order: Order) -> date:
    return date_of_receipt(timezone.now(), register_of(order.operator).time_zone)


def notice_letter(
    order: Order,
    *,
    name: str = "",
    address: tuple[str, ...] = (),
    rights_holder: str,
    language: str = "",
    case: Case | None = None,
    signed_by: str = "",
) -> Document:
    """The letter. ``name`` and ``language`` are the case's where one is given. Refusal outside the window."""
    check_window(order)
    assert order.handed_over_on is not None
    register = register_of(order.operator)
    facts = CaseFacts(
        reference=order.court_case or str(order.pk),
        register=register,
        right="ipred",
        language=language or (case.language if case else register.languages[0]),
        person_name=name or (read_file(case).person if case else ""),
        address_lines=address,
        received_on=order.handed_over_on,
        answered_on=_today(order),
        due_on=window(order)[1],
        outcome="notice",
        signed_by=signed_by,
        hand_over=HandOverFacts(
            on=order.handed_over_on, to=rights_holder, court=order.court, court_case=order.court_case
        ),
    )
    return content.ipred_notice(facts)


def check_window(order: Order) -> None:
    """Refusal notice-window before it opens and after it shut, already-decided once it was sent."""
    if order.notice_sent_on:
        raise Refusal("already-decided")
    opens, ends = window(order)
    if not opens <= _today(order) <= ends:
        days = {"opens": date_format(opens, "j F Y"), "ends": date_format(ends, "j F Y")}
        raise Refusal("notice-window", **days)


def why_not_told(order: Order) -> str:
    """Why it can't be said today that the notice was posted; "" where it can."""
    if order.notice_sent_on or order.ended_on:
        return Refusal("already-decided").message
    opens, ends = window(order)
    if _today(order) >= opens:
        return ""
    days = {"opens": date_format(opens, "j F Y"), "ends": date_format(ends, "j F Y")}
    return Refusal("notice-window", **days).message


def written_on(order: Order) -> date | None:
    """The day on which the letter was made here last."""
    made = AuditEntry.objects.filter(
        operator=order.operator_id, action="notice.written", data__order=order.pk
    ).last()
    return date_of_receipt(made.at, register_of(order.operator).time_zone) if made else None


@transaction.atomic
def write_notice(
    order: Order, *, name: str, address: tuple[str, ...], rights_holder: str, language: str, by: User
) -> bytes:
    """The letter as a PDF, to be posted; nothing of it is kept. That it was written goes into the record.

    Refusal notice-masked where it says what must not stand in it beside what it has to tell, notice-unchecked where
    that cannot be looked at: neither tells of a case.
    """
    require(by, order.operator, Permission.REGISTER_ORDERS)
    letter = notice_letter(
        order,
        name=name,
        address=address,
        rights_holder=rights_holder,
        language=language,
        signed_by=by.get_full_name(),
    )
    written = pdf.pdf(letter).content
    # Name and address are the person's, or the letter would reach somebody else.
    rightly = (rights_holder, order.court, order.court_case)
    try:
        for case in _cases_of(order):
            letters.refuse_masked(case, "notice.pdf", written, rightly=rightly)
    except SourceError:
        raise Refusal("notice-unchecked") from None
    except Refusal:
        # Whose case it is, or that there is one, is not for everybody who registers orders.
        raise Refusal("notice-masked") from None
    audit.record(order.operator, "notice.written", by=by, order=order.pk)
    return written


def _cases_of(order: Order) -> QuerySet[Case]:
    """Of whom it was handed over who it was: where anything is gathered, something may be masked for them."""
    named = Identifier.objects.filter(kind=order.identifier_kind, digest=order.identifier_digest)
    return Case.objects.filter(operator=order.operator_id, pk__in=named.values("case"))
