"""Operators as the desk knows them: the folder on disk, the register version in force, the sources."""

from functools import lru_cache

from cases.models import Case, Operator, RegisterVersion
from cases.registers.register import Register, parse_register


# By its hash: a version of a register never changes once it is loaded.
@lru_cache(maxsize=64)
def _parsed(sha256: str, operator: str) -> Register:
    content = RegisterVersion.objects.get(operator_id=operator, sha256=sha256).content
    return parse_register(content, f"{operator}/register.toml")


def register_of(operator: Operator) -> Register:
    """The register in force now."""
    if operator.register is None:
        raise LookupError(f"{operator.pk} has no register: run manage.py load_operators")
    return _parsed(operator.register.sha256, operator.pk)


def register_of_case(case: Case) -> Register:
    """The register the case is decided under; it stays this version whatever is loaded later."""
    return _parsed(case.register.sha256, case.operator_id)


def get_operator(slug: str) -> Operator | None:
    return Operator.objects.select_related("register").filter(pk=slug, is_active=True).first()
