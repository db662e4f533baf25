"""Operators to test with: whose systems, what lies in them, and the language in which Anna asks."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from cases.registers.register import Register
from dsar.scratch.desk import CRM, CUSTOMERS

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Scene:
    """What a connectors.toml says over one SQLite database, and what lies in it; the addresses of recipients."""

    connectors: str
    tables: str
    contacts: dict[str, str] = field(default_factory=dict)
    language: str = "sv"

    def known_to(self, register: Register) -> str:
        """The connectors, as far as the register knows a purpose for what lies in the systems."""
        head, *collections = re.split(r"(?=\[\[source\.collection\]\])", self.connectors)
        return head + "".join(_channels(one, register) for one in collections if _wanted(one, register))


def _wanted(collection: str, register: Register) -> bool:
    found = re.search(r'category = "([\w-]+)"', collection)
    assert found
    return bool(register.purposes_using(found[1]))


def _channels(collection: str, register: Register) -> str:
    """Those of the channels that a purpose of the register has; others would be a mistake."""

    def known(told: re.Match[str]) -> str:
        kept = [one for one in told[1].split(", ") if one.strip('"') in register.channels()]
        return f"channels = [{', '.join(kept)}]"

    return re.sub(r"channels = \[(.*?)\]", known, collection)


def _read(name: str) -> tuple[str, str]:
    more, tables = ((HERE / f"{name}.{ending}").read_text() for ending in ("toml", "sql"))
    return CRM + CUSTOMERS + more, tables


# Two customers, a number that changed hands, an unpaid invoice.
SMALL = Scene(*_read("small"))
# Systems that can restrict, correct, and tell who received data.
TELLING = Scene(*_read("telling"), contacts={"meta": "privacy@meta.example"}, language="en")
# Identity numbers too, which wait for more than a mailed code where the register is as it is shipped.
NUMBERED = Scene(
    SMALL.connectors
    + """
[[source.collection]]
key = "identity"
category = "national-id"
name = { sv = "Personnummer", da = "CPR-nummer", en = "Identity number" }
table = "customer"
key_columns = ["customer_no"]
find = { customer_no = "customer_no" }
""",
    SMALL.tables,
)
