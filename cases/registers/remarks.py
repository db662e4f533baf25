"""What an answer adds about a purpose: its conditions, and where the law is not settled, the side the operator took."""

from typing import TYPE_CHECKING

from cases.registers.processing import Purpose
from cases.registers.settings import EXPLANATIONS, Remark
from cases.registers.texts import Text

if TYPE_CHECKING:
    from cases.registers.content import RegisterContent


def remarks(register: "RegisterContent", purpose: Purpose) -> tuple[Text, ...]:
    """The purpose's own conditions, then the remarks of the settings that are on and concern it."""
    found = (
        explanation.remark
        for field, explanation in EXPLANATIONS.items()
        if explanation.remark and getattr(register.settings, field)
    )
    own = (purpose.special,) if purpose.special else ()
    return (*own, *(remark.text for remark in found if _concerns(register, purpose, remark)))


def _concerns(register: "RegisterContent", purpose: Purpose, remark: Remark) -> bool:
    return (
        any(_used(register, purpose, category, remark) for category in remark.categories)
        and remark.country in (None, register.country)
        and (register.business_users or not remark.business)
        and (remark.own_basis is None or purpose.rests_on(remark.own_basis))
    )


def _used(register: "RegisterContent", purpose: Purpose, category: str, remark: Remark) -> bool:
    kinds = {basis.kind for each in register.purposes_using(category) for basis in each.bases}
    return category in purpose.categories and set(remark.bases) <= kinds
