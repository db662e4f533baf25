"""Cases to write letters about: one of each right and outcome, at any operator, in any language."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cases.registers.register import Register, load_register
from exports.letter.content import CaseFacts, SearchedFacts
from tests.exports.letter.letter_cases import OPERATORS, details

FILES = "0123456789abcdef" * 4  # what the files and the answer of a made-up case sum up to
FOLDER = Path(__file__).parents[2] / "operators"


@pytest.fixture(scope="session")
def registers() -> dict[str, Register]:
    return {slug: load_register(FOLDER / slug) for slug in OPERATORS}


@pytest.fixture(scope="session")
def case(registers: dict[str, Register]) -> Callable[..., CaseFacts]:
    """case(operator, right, outcome, language, **changes) -> CaseFacts"""

    def build(
        operator: str = "tele2-se",
        right: str = "access",
        outcome: str = "granted",
        language: str = "sv",
        **changes: Any,
    ) -> CaseFacts:
        register = registers[operator]
        plain = outcome in ("granted", "partly", "refused") and "abuse" not in changes
        values: dict[str, Any] = {
            "reference": "24-7KQ-19", "register": register, "right": right, "language": language, "outcome": outcome,
            "person_name": "Anna Lind", "address_lines": ("Storgatan 1", "582 23 Linköping"),
            "received_on": date(2026, 12, 3), "answered_on": date(2026, 12, 14), "due_on": date(2027, 1, 4),
            "identifiers_searched": (SearchedFacts(kind="email", value="a•••@example.test"),),
            "package_days": 14, "signed_by": "Maria Ek", "files_sha256": FILES, "answer_sha256": FILES,
            **(details(register, right, outcome) if plain else {}),
        }  # fmt: skip
        return CaseFacts(**{**values, **changes})

    return build
