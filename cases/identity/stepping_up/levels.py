"""How strongly somebody has shown who they are, and how strongly a data category asks."""

from cases.casework.operators import register_of_case
from cases.casework.workflow import INTERIM
from cases.models import Case
from cases.models.proof import Level

RANK = {Level.LOW: 1, Level.SUBSTANTIAL: 2, Level.HIGH: 3}


def proof_level(case: Case) -> Level | None:
    """The strongest proof so far."""
    levels = [Level(proof.level) for proof in case.submission.proofs.all()]
    return max(levels, key=RANK.__getitem__, default=None)


def suffices(level: Level | None, needed: str) -> bool:
    """Whether a proof is strong enough for a data category that states what it needs."""
    return level is not None and RANK[level] >= RANK[Level(needed)]


def needed_level(case: Case, category: str) -> Level:
    """The proof a data category asks for.

    Where marketing or what needs consent has to stop, nothing is given out: finding the account is enough.
    """
    if case.right in INTERIM:
        return Level.LOW
    entry = register_of_case(case).categories.get(category)
    return Level(entry.proof) if entry else Level.SUBSTANTIAL
