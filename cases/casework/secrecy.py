"""In which categories a secret rule can touch rows: the law's own, and those an operator's officers have added."""

from cases.law.holdrules import TOUCHED_BY_SECRETS
from cases.models import RuleExtension


def extended(operator: str) -> frozenset[str]:
    """Categories that a legal and a cleared officer have added to a secret rule of this operator."""
    return _categories(operator, confirmed=True)


def guarded(operator: str) -> frozenset[str]:
    """Every category that a secret rule can touch at this operator: nothing single is said of its rows."""
    return TOUCHED_BY_SECRETS | extended(operator)


def undecided(operator: str) -> frozenset[str]:
    """Categories somebody wants to add and nobody has confirmed: nobody's rows of them are erased meanwhile.

    That only the rows an order names stay would be told by the letters, which are not neutral there yet.
    """
    return _categories(operator, confirmed=False) - guarded(operator)


def _categories(operator: str, *, confirmed: bool) -> frozenset[str]:
    found = RuleExtension.objects.filter(operator=operator, confirmed_at__isnull=not confirmed)
    return frozenset(found.values_list("category", flat=True))
