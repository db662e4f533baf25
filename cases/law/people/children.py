"""A child's rights are the child's own; who may use them, by age and country. A rule of the table is a proposal where
it ends in "a person weighs": the desk stops there, and a caseworker writes down what was looked at.

Sweden: föräldrabalken 6 kap. 2, 11 and 13 §§ (custody until 18; the child's will weighs more as it grows; two
custodians decide together). Denmark: forældreansvarsloven §§ 1, 2, 3 and 5 (the same, and with shared custody the
essential decisions together); Datatilsynet lets one parent ask for a copy without showing that the other agrees.
Neither country's law states an age from which a child asks alone: the steps of maturity are the desk's own.
"""

from dataclasses import dataclass
from enum import StrEnum

from cases.law.people.age import OF_AGE, Ages
from cases.law.reasons import Reason, reason
from cases.law.situation import Country, Right

# Who understands what is asked can ask: mostly from here on, and from below only with somebody's look at it.
ASKS_ALONE = 15
HAS_A_SAY = 12
# What asks only to know takes nothing from the child, and nothing from the other custodian.
TO_KNOW = frozenset({Right.ACCESS, Right.PORTABILITY})
# What stops without a reason and harms nobody, and has to stop within days (Articles 7(3) and 21(3)).
STOPS = frozenset({Right.MARKETING_OBJECTION, Right.CONSENT_WITHDRAWAL})


class Asker(StrEnum):
    CHILD = "child"
    CUSTODIAN = "custodian"


class May(StrEnum):
    """yes; a person has to weigh it first; only with the other custodian; no: another has to ask."""

    YES = "yes"
    WEIGHED = "weighed"
    TOGETHER = "together"
    NO = "no"


@dataclass(frozen=True)
class Answer:
    """Whether this asker may, and why. ``hear_child``: what the child wants is asked, and weighs."""

    may: May
    why: Reason
    hear_child: bool = False


def may_ask(asker: Asker, ages: Ages, country: Country, right: Right, *, custodians: int = 1) -> Answer:
    """Who may use a child's right. Close to a birthday the more careful of the two ages counts.

    ``custodians``: how many have custody, as far as it is known.
    """
    if asker is Asker.CHILD:
        return _child(ages.least, right)
    # A custodian loses ground as the child grows: here it is the greater age that is careful.
    return _custodian(ages.most, country, right, custodians)


def _child(age: int, right: Right) -> Answer:
    if right in STOPS and age < OF_AGE:
        return Answer(May.YES, reason("child.stop"))
    if age >= ASKS_ALONE:
        return Answer(May.YES, reason("child.alone" if age < OF_AGE else "child.grown"))
    if age >= HAS_A_SAY:
        return Answer(May.WEIGHED, reason("child.maturity"))
    return Answer(May.WEIGHED, reason("child.young"))


def _custodian(age: int, country: Country, right: Right, custodians: int) -> Answer:
    if age >= OF_AGE:
        return Answer(May.NO, reason("custodian.over"))
    if age >= ASKS_ALONE:
        return Answer(May.WEIGHED, reason("custodian.own-will"), hear_child=True)
    hear = age >= HAS_A_SAY
    if custodians > 1 and right not in TO_KNOW | STOPS:
        return Answer(May.TOGETHER, reason(f"custodian.together-{country}"), hear_child=hear)
    if hear:
        return Answer(May.WEIGHED, reason("custodian.heard"), hear_child=True)
    return Answer(May.YES, reason(f"custodian.one-{country}" if custodians > 1 else "custodian.young"))
