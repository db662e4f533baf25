"""Who gets the answer where somebody asks for another: as the authority allows, and the caseworker chose."""

from datetime import date

from cases.casework.commands import open_task
from cases.models import Case
from cases.models.case import AuthorityKind
from cases.models.evidence.authority import AnswerTo

# The task to hand an answer, or a letter, to the person for whom somebody else asked.
HAND_TO_PERSON = "hand-to-person"
# The first is what is proposed. A holder of a power of attorney stands in the person's place; a guardian and a parent
# look after somebody who may read along; nobody but the estate is left to answer after a death.
ALLOWED: dict[str, tuple[AnswerTo, ...]] = {
    AuthorityKind.ATTORNEY: (AnswerTo.ASKER, AnswerTo.PERSON, AnswerTo.BOTH),
    AuthorityKind.GUARDIAN: (AnswerTo.ASKER, AnswerTo.BOTH, AnswerTo.PERSON),
    AuthorityKind.CUSTODY: (AnswerTo.ASKER, AnswerTo.BOTH, AnswerTo.PERSON),
    AuthorityKind.ESTATE: (AnswerTo.ASKER,),
}


def may_get(kind: str, *, protected: bool = False) -> tuple[AnswerTo, ...]:
    """Who may get the answer under an authority of this kind, the proposal first.

    Of somebody with protected identity that is the person, where there is one: whom they hide from may ask for them.
    """
    allowed = ALLOWED.get(kind, (AnswerTo.ASKER,))
    return tuple(sorted(allowed, key=lambda one: one != AnswerTo.PERSON)) if protected else allowed


def asker_gets(case: Case) -> bool:
    """Whether whoever asked may fetch the answer."""
    return case.authority is None or case.authority.answer_to != AnswerTo.PERSON


def person_gets(case: Case) -> bool:
    """Whether it is handed to the person besides, or instead: then somebody at the desk has to do that."""
    return case.authority is not None and case.authority.answer_to != AnswerTo.ASKER


def hand_over(case: Case, *, due_on: date) -> None:
    """A caseworker hands it to the person."""
    open_task(case, HAND_TO_PERSON, due_on=due_on)
