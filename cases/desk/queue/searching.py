"""How a case is found by what somebody types: its reference, a whole identifier, or whole words of a name."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from cases.casework.operators import register_of
from cases.identity.identifiers import TYPED_KINDS, NotAnIdentifier, normalise, refuse_unseen
from cases.models import Case, ClaimedIdentifier, Identifier, NameWord, Operator
from cases.request import references
from cases.sealed import names
from cases.sealed.vault import digest


def found_by(text: str, operators: Collection[Operator]) -> Q:
    """A case reference, or an exact identifier or words of a name, looked up by their keyed hashes at each operator.

    Every word that is typed has to be in the name. NotAnIdentifier for a text with a character that nobody sees: what
    looks right would find nothing.
    """
    if reference := references.read(text):
        # That of a request finds all of its cases.
        return Q(reference=reference) | Q(reference__startswith=f"{reference}-")
    refuse_unseen(text)
    return Q(pk__in=_known({value for one in operators for value in _digests(one, text)}, operators, text))


def _known(digests: set[str], operators: Iterable[Operator], text: str) -> QuerySet[Any, Any]:
    """The cases' ids, each part looked up by its own index: where one `or` joins them, all cases are read."""
    parts = [
        _ids(ClaimedIdentifier.objects.filter(FILE_KEPT, digest__in=digests)),
        _ids(Identifier.objects.filter(FILE_KEPT, digest__in=digests)),
        *(_ids(named) for one in operators if (named := _named(one, text)) is not None),
    ]
    mailed = Case.objects.filter(submission__mailbox_digest__in=digests).order_by()
    return mailed.values("pk").union(*parts)


# Once a case's file is over, by nothing but its mailbox: how long hashes of the rest stay can depend on an order.
FILE_KEPT = Q(case__file_sealed__gt=b"")


def _ids(found: QuerySet[Any]) -> QuerySet[Any, Any]:
    return found.order_by().values("case")


def _named(operator: Operator, text: str) -> QuerySet[NameWord] | None:
    """Rows of the first word in cases that have the others as well; None where no word was typed."""
    first, *others = names.digests(operator.pk, text) or [""]
    if not first:
        return None
    found = NameWord.objects.filter(FILE_KEPT, digest=first)
    for word in others:
        found = found.filter(Exists(NameWord.objects.filter(digest=word, case=OuterRef("case"))))
    return found


def _digests(operator: Operator, text: str) -> set[str]:
    country = register_of(operator).country
    found = set()
    for kind in TYPED_KINDS:
        try:
            # The operator is part of the digest: the same number has another one elsewhere.
            found.add(digest(operator.pk, kind, normalise(kind, text, country)))
        except NotAnIdentifier:
            continue
    return found
