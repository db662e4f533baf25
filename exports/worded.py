"""The caseworker's own words in a letter, and the operator's standard words to begin from. Both keep every version."""

import json
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from cases.casework import audit
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, at_stage, lock
from cases.models import Case, Operator, User
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.sealed import vault
from exports.models import OwnWords, StandardWords
from exports.models.approving import Place

LONGEST = 3000


@transaction.atomic
def write(case: Case, texts: Mapping[str, str], *, by: User) -> OwnWords | None:
    """Keep what a caseworker adds to the letter, by place, as the next version. None where nothing has changed.

    It stands in the next answer that is prepared; an answer for approval has to be taken back first.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.DECISIONS, Stage.ANSWER)
    texts = {place: text.strip() for place, text in texts.items() if place in Place.values and text.strip()}
    latest = case.own_words.first()
    if texts == read(case, latest):
        return None
    kept = OwnWords.objects.create(
        case=case,
        number=latest.number + 1 if latest else 1,
        sealed=vault.seal(case, KeyUse.FILE, json.dumps(texts).encode()),
        by=by,
    )
    audit.record(case, "words.written", by=by, number=kept.number, places=sorted(texts))
    return kept


def read(case: Case, words: OwnWords | None) -> dict[str, str]:
    """The texts by place; none where there are no own words. Raises vault.KeyDestroyed once the case file is over."""
    if words is None:
        return {}
    texts: dict[str, str] = json.loads(vault.unseal(case, KeyUse.FILE, words.sealed))
    return texts


def standard(operator: Operator | str, language: str) -> list[StandardWords]:
    """The operator's standard words in force, for letters in this language."""
    return list(StandardWords.objects.filter(operator=operator, language=language, ended_at=None))


@transaction.atomic
def set_standard(operator: Operator, *, name: str, language: str, place: str, text: str, by: User) -> None:
    """Put words in force under a name; those of before stay as a version. Refusal words-empty without a text."""
    require(by, operator, Permission.WRITE_STANDARD_WORDS)
    if not text.strip():
        raise Refusal("words-empty")
    same = StandardWords.objects.select_for_update().filter(operator=operator, name=name, language=language)
    latest = same.order_by("-number").first()
    same.filter(ended_at=None).update(ended_at=timezone.now())
    new = StandardWords.objects.create(
        operator=operator, name=name, language=language, place=place, text=text.strip(), by=by,
        number=latest.number + 1 if latest else 1,
    )  # fmt: skip
    audit.record(operator, "standard-words.set", by=by, words=new.pk, number=new.number)


@transaction.atomic
def end_standard(words: StandardWords, *, by: User) -> None:
    """Offer these words no longer. Letters that have them keep them."""
    require(by, words.operator, Permission.WRITE_STANDARD_WORDS)
    if StandardWords.objects.filter(pk=words.pk, ended_at=None).update(ended_at=timezone.now()):
        audit.record(words.operator, "standard-words.ended", by=by, words=words.pk)
