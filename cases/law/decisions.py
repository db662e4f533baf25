"""What the law makes of one record or one purpose, for every right. Pure, and cheap enough to call per
signature.

`judge` is for everybody, `judge_cleared` for cleared staff; what the first must not know cannot be handed to
it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from cases.law.holdrules import rule, rules_for
from cases.law.holds import (
    Hold,
    cleared_holds_on,
    contract_needs,
    gone_holds_on,
    have_run_out,
    holds_on,
    longest,
    notice_window,
)
from cases.law.reasons import Reason, reason
from cases.law.situation import (  # fmt: skip
    ClearedSituation,
    IpredNotice,
    IpredPending,
    Record,
    Right,
    Row,
    SecretRecord,
    Situation,
    SubjectKind,
)
from cases.law.verdicts import Override, Ruling, Verdict
from cases.registers.processing import Basis, Purpose
from cases.registers.settings import Settings

__all__ = [
    "ClearedSituation", "Override", "Record", "Right", "Ruling", "SecretRecord", "Situation", "Verdict",
    "judge", "judge_cleared", "judge_gone", "judge_purpose", "may_override",
]  # fmt: skip

# Given by the person or produced by using the service (WP 242); the rest is inferred, bought, counted up or
# held by law.
PORTABLE = frozenset({
    "contact", "national-id", "account", "orders", "invoices", "traffic", "location", "place", "devices",
    "viewing", "usage", "sites", "correspondence", "surveys", "consents",
})  # fmt: skip


# What tells of whoever uses a number: whom they call, where they are, what they look at.
OF_THE_USER = frozenset({"traffic", "location", "place", "sites", "retained"})
# Why a person looks at it, by what the row is: of use, logged as well, or not gathered at all.
_OTHER_USER = ("review.other-user", "review.other-user-logged", "review.other-user-not-gathered")
_USER_UNKNOWN = ("review.user-unknown", "review.user-unknown-logged", "review.user-unknown-not-gathered")
_NO_ACCOUNT = ("review.no-account", "review.no-account-logged", "review.no-account-not-gathered")
# Those of which it is decided number by number and day by day; what is logged by law a lawyer looks at as a whole.
TRAFFIC, LOCATION = frozenset({"traffic", "sites"}), frozenset({"location", "place"})
# What a row stays, whosever it is.
SETTLED = frozenset({Ruling.REVIEW, Ruling.NONE, Ruling.DESCRIBE, Ruling.WITHHOLD, Ruling.GONE})
# What these rights ask for is proposed row by row; with the others a person looks anyway.
_PROPOSED = frozenset({Right.ACCESS, Right.PORTABILITY, Right.ERASURE})


def judge(record: Record, situation: Situation) -> Verdict:
    """The verdict on a record, as far as it may be known without clearance."""
    if situation.right is Right.ERASURE:
        verdict = _erasure(record, situation, holds_on(record, situation))
    else:
        verdict = _RULINGS.get(situation.right, _per_purpose)(record, situation)
    return _seen_by_a_person(verdict, record, situation)


def judge_cleared(record: Record | SecretRecord, cleared: ClearedSituation) -> Verdict:
    """The verdict on a record with everything taken into account that only cleared staff may know."""
    situation = cleared.ordinary
    if situation.right is Right.ACCESS and isinstance(record, SecretRecord):
        return _withheld(record, situation)
    if situation.right is Right.ERASURE:
        verdict = _erasure(record, situation, cleared_holds_on(record, cleared))
    else:
        verdict = _RULINGS.get(situation.right, _per_purpose)(record, situation)
    return _seen_by_a_person(verdict, record, situation)


def _seen_by_a_person(verdict: Verdict, row: Row, situation: Situation) -> Verdict:
    """What a number was used for waits for a person where two people share it, whatever is proposed: until it is found,
    for the number and the day, whose it is."""
    if row.use == "others" and verdict.verdict not in SETTLED:
        return Verdict(Ruling.OTHERS, reason("access.others"))
    looks = _whose_use(row.category, situation)
    if looks is None or row.use or verdict.verdict in (Ruling.REVIEW, Ruling.NONE):
        return verdict
    used, logged, _ = looks
    is_logged = verdict.review is not None and verdict.review.code == "review.logging"
    return replace(verdict, review=reason(logged if is_logged else used))


def review_not_gathered(category: str, situation: Situation) -> Reason | None:
    """Why a person looks at a category of which nothing was gathered: what a stronger proof of who somebody is
    would open is perhaps another's all the same."""
    looks = _whose_use(category, situation) if situation.right in _PROPOSED else None
    return reason(looks[2]) if looks else None


def _whose_use(category: str, situation: Situation) -> tuple[str, str, str] | None:
    if category not in OF_THE_USER:
        return None
    if situation.holds_no_account:
        return _NO_ACCOUNT
    if situation.number_shared:
        return _OTHER_USER
    return _USER_UNKNOWN if situation.users_unknown else None


def judge_gone(record: Record, cleared: ClearedSituation) -> Verdict:
    """The verdict on a record of which the ordinary view says that it is gone, whatever right is asked:
    kept by what still holds it, or overdue. It is there, so an order that came late preserves it too."""
    situation = cleared.ordinary
    running = [hold for hold in gone_holds_on(record, cleared) if hold.runs_on(situation.decided)]
    last = longest(running, situation.controller.country)
    return _kept(record, situation, last) if last else Verdict(Ruling.GONE, reason("erasure.said"))


def judge_purpose(purpose: Purpose, situation: Situation) -> Verdict | None:
    """The verdict on a purpose of the register; None for the rights that are decided record by record."""
    found = _PURPOSE_RULINGS.get(situation.right)
    return found(purpose, situation) if found else None


def may_override(right: Right, verdict: Verdict) -> Override:
    """Who may depart from a verdict, giving a reason.

    An objection to marketing and a withdrawal leave no choice (Art. 21(3), 7(3)). A statutory hold and what
    the law lets nobody see need a legal officer.
    """
    if right in (Right.MARKETING_OBJECTION, Right.CONSENT_WITHDRAWAL):
        return Override.NOBODY
    # What stops by law nobody sets going again (Article 21(3)).
    if verdict.verdict is Ruling.STOP:
        return Override.NOBODY
    statutory = verdict.rule not in (None, "CONTRACT") or verdict.verdict is Ruling.WITHHOLD
    return Override.LEGAL_OFFICER if statutory else Override.CASEWORKER


def _erasure(row: Row, situation: Situation, holds: Sequence[Hold]) -> Verdict:
    last = longest(holds, situation.controller.country)
    if last and last.runs_on(situation.decided):
        return _kept(row, situation, last)
    if last and last.last and have_run_out(holds, row, situation, situation.decided):
        # What ended before the request came should have gone without one.
        if last.last < situation.received:
            why = reason("erasure.gone", name=last.rule.name, until=last.last)
            return Verdict(Ruling.GONE, why, until=last.last, rule=last.rule.id)
        return Verdict(Ruling.ERASE, reason("erasure.ended", name=last.rule.name, until=last.last))
    if contract_needs(row, situation):
        return Verdict(Ruling.KEEP, reason("erasure.contract"), rule="CONTRACT")
    former = "" if situation.is_current_customer else "-former"
    return Verdict(Ruling.ERASE, reason(f"erasure.no-hold{former}"))


def _kept(row: Row, situation: Situation, hold: Hold) -> Verdict:
    if hold.last:
        why = reason("erasure.until", name=hold.rule.name, law=hold.rule.law, until=hold.last)
    else:
        why = reason("erasure.open", name=hold.rule.name, law=hold.rule.law)
    # What still runs needs no day to count from (docs/adr/0023).
    running = hold.rule.counts == "relationship" and situation.is_current_customer
    undated = hold.rule.has_own_period and row.at is None and not running
    review = reason("review.undated") if undated else None
    return Verdict(Ruling.KEEP, why, until=hold.last, rule=hold.rule.id, review=review or _kind_unknown(row))


def _kind_unknown(row: Row) -> Reason | None:
    """Customer checks whose kind a source does not tell could be an investigation, which nobody may hear
    of."""
    return reason("review.kind-unknown") if row.category == "kyc" and not row.kind else None


def _access(row: Row, situation: Situation) -> Verdict:
    return _not_given(row, situation) or _given(row, situation)


def _not_given(row: Row, situation: Situation) -> Verdict | None:
    if is_described(row.category, situation.settings, situation.controller.country):
        return Verdict(Ruling.DESCRIBE, reason("access.retained"), rule=_own_rule(row, situation))
    # A company's data are nobody's; a sole trader's number is the owner's own.
    if row.category == "company" and situation.subject.kind is not SubjectKind.SOLE_TRADER:
        return Verdict(Ruling.NONE, reason("access.company"))
    if row.category == "disclosures":
        return _delayed(row, situation)
    return None


def is_described(category: str, settings: Settings, country: str) -> bool:
    """Whether nobody who asks for access gets rows of a category, whatever they show.

    Held for law enforcement alone (LEK 9:21 with lag 2018:218, 5:1). That is disputed, so the operator chooses.
    """
    chosen = settings.retained_access
    return category == "retained" and (chosen == "describe" or (chosen == "country" and country == "SE"))


def _own_rule(row: Row, situation: Situation) -> str | None:
    """The rule of the customer's country that data of this kind are kept under, whether or not it still
    runs."""
    controller = situation.controller
    found = rules_for(row.category, row.kind, (controller.country,), controller.slug)
    return next((each.id for each in found if each.has_own_period), None)


def _delayed(row: Row, situation: Situation) -> Verdict | None:
    """A rights holder is not named before the notice window opens; with several, before the last one does."""
    if not situation.settings.ipred_name_delayed:
        return None
    opens = [
        notice_window(order)[0]
        for order in situation.orders
        if isinstance(order, IpredNotice) and order.id in row.orders
    ]
    if not opens or situation.decided >= max(opens):
        return None
    why = reason("access.delay", law=rule(IpredNotice.rule).law, opens=max(opens))
    return Verdict(Ruling.DELAY, why, from_=max(opens), rule=IpredNotice.rule, review=reason("review.delay"))


def _given(row: Row, situation: Situation) -> Verdict:
    review = _access_review(row, situation)
    if row.hidden_number or row.other_person:
        code = "access.other-person" if row.other_person else "access.hidden-number"
        # Whether a copy harms others is for a person to weigh (Article 15(4)).
        return Verdict(Ruling.REDACT, reason(code), review=review or reason("review.balance"))
    return Verdict(Ruling.GIVE, reason("access.give"), review=review)


def _access_review(row: Row, situation: Situation) -> Reason | None:
    # Access to logged data has been given in Denmark (Datatilsynet 2018-31-0070); a person looks at it each time.
    if row.category == "retained":
        return reason("review.logging")
    pending = {order.id for order in situation.orders if isinstance(order, IpredPending)}
    if row.category == "disclosures" and pending & row.orders:
        return reason("review.proceeding")
    return _kind_unknown(row)


def _withheld(row: SecretRecord, situation: Situation) -> Verdict:
    why, review = reason("access.withheld"), reason("review.neutral")
    return Verdict(Ruling.WITHHOLD, why, rule=_own_rule(row, situation), review=review)


def _portability(row: Row, _: Situation) -> Verdict:
    if row.category in PORTABLE:
        return Verdict(Ruling.PORT, reason("portability.port"))
    return Verdict(Ruling.NOT_PORTABLE, reason("portability.not-portable"))


def _person_decides(_: object, situation: Situation) -> Verdict:
    why = reason(f"person.{situation.right}")
    return Verdict(Ruling.REVIEW, why, review=why)


def _per_purpose(_: Row, __: Situation) -> Verdict:
    return Verdict(Ruling.NONE, reason("purpose.not-by-record"))


def _objection(purpose: Purpose, situation: Situation) -> Verdict:
    # Direct marketing stops without any weighing (Article 21(2) and (3)).
    if purpose.direct_marketing:
        return Verdict(Ruling.STOP, reason("purpose.marketing"))
    # A credit check can rest on the contract, to which nobody can object (Art. 21(1)); which it is, the operator says.
    if purpose.automated and not situation.settings.credit_objection_open:
        return Verdict(Ruling.NONE, reason("purpose.credit-contract"))
    # Only compelling grounds let it go on, and somebody has to state them (Art. 21(1)).
    if purpose.rests_on("legitimate-interest"):
        return Verdict(Ruling.REVIEW, reason("purpose.interest"), review=reason("review.compelling"))
    # Where no basis is stated none stands against an objection.
    if purpose.rests_on("none-stated"):
        return Verdict(Ruling.REVIEW, reason("purpose.no-basis"), review=reason("review.compelling"))
    return Verdict(Ruling.NONE, reason("purpose.no-objection"))


def _marketing_objection(purpose: Purpose, _: Situation) -> Verdict:
    if purpose.direct_marketing:
        return Verdict(Ruling.STOP, reason("purpose.marketing"))
    return Verdict(Ruling.CONTINUE, reason("purpose.not-marketing"))


def _withdrawal(purpose: Purpose, situation: Situation) -> Verdict:
    # Whoever takes back one consent has not taken back the others (Article 7(3)).
    if situation.withdrawn and purpose.code not in situation.withdrawn:
        return Verdict(Ruling.CONTINUE, reason("purpose.not-withdrawn"))
    if any(basis.kind == "consent" and _is_withdrawable(basis, situation) for basis in purpose.bases):
        return Verdict(Ruling.STOP, reason("purpose.consent"))
    code = "purpose.consent-for-some" if purpose.consent_for else "purpose.other-basis"
    return Verdict(Ruling.CONTINUE, reason(code))


def _is_withdrawable(basis: Basis, situation: Situation) -> bool:
    # A user's own withdrawal counts where the employer consented: LEK 9:2 asks whom the data are about.
    return basis.consent_of == "person" or situation.settings.user_withdrawal_honoured


_RULINGS: dict[Right, Callable[[Row, Situation], Verdict]] = {
    Right.ACCESS: _access,
    Right.PORTABILITY: _portability,
    Right.RECTIFICATION: _person_decides,
    Right.RESTRICTION: _person_decides,
    Right.AUTOMATED_DECISION: _person_decides,
}
_PURPOSE_RULINGS: dict[Right, Callable[[Purpose, Situation], Verdict]] = {
    Right.OBJECTION: _objection,
    Right.MARKETING_OBJECTION: _marketing_objection,
    Right.CONSENT_WITHDRAWAL: _withdrawal,
    Right.RECTIFICATION: _person_decides,
    Right.RESTRICTION: _person_decides,
    Right.AUTOMATED_DECISION: _person_decides,
}
