"""What the desk calls an operator: its name, and its country where two share a name."""

from collections import Counter
from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from cases.casework.operators import register_of
from cases.models import Operator

COUNTRIES = {"SE": _("Sweden"), "DK": _("Denmark")}


def operator_names() -> dict[str, str]:
    """Slug -> name; "Telenor (Denmark)" where another operator has the same name. In the reader's language."""
    return names_among(list(Operator.objects.select_related("register").defer("register__content")))


def names_among(every: Collection[Operator]) -> dict[str, str]:
    """The same, where these are all that are shown beside each other."""
    taken = Counter(one.name for one in every)
    return {one.pk: _with_country(one) if taken[one.name] > 1 else one.name for one in every}


def _with_country(operator: Operator) -> str:
    if operator.register is None:
        return operator.name
    country = register_of(operator).country
    return f"{operator.name} ({COUNTRIES.get(country, country)})"
