"""What must be true at the end of each walk, held against the source systems themselves."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from demo.systems.build import played
from demo.systems.cast import COUNTRY, Person
from demo.walk.officer import Officer
from demo.walk.package import MASK, Package
from demo.walk.report import Result
from demo.walk.truth import Cells, Keys, Systems

Held = Mapping[str, Keys]

# Swedish law allows what is kept for law enforcement to be described, not copied; a company is no person.
NOT_COPIED = {"SE": {"network-retained", "crm-company"}, "DK": {"crm-company"}}

# What a mailed code does not open, and how a letter says that it waits, without blanks.
STRONGER = {
    "crm-identity", "crm-credit-check", "network-traffic", "network-location", "network-sites", "network-retained",
}  # fmt: skip
WAITS = ("starkarelegitimation", "stærkerelegitimation")

# After the erasure: the books and what proves the claim, what the law has logged, and the court's order.
KEPT = {"crm-invoice", "crm-orders", "crm-customer", "crm-identity", "crm-account", "crm-disclosure"}
LOGGED = "network-retained"

# What a letter says where it has hidden something, in the two languages of the walks, without blanks.
COVERED = ("harvidolt", "harviskjult")
PARTLY = "network-traffic"


class CheckError(Exception):
    """Something that must be true is not; names collections and counts, never values."""


def must(true: bool, otherwise: str) -> None:
    if not true:
        raise CheckError(otherwise)


def check_access(
    package: Package, systems: Systems, person: Person, held: Held, letter: bytes, *, proven: bool = True
) -> None:
    """Every row the sources hold, and no other, but what the law does not let out, or the proof given does not."""
    given = package.keys()
    left_out = NOT_COPIED[COUNTRY[systems.slug]] | (set() if proven else STRONGER)
    expected = {name: keys for name, keys in held.items() if name not in left_out}
    for name in sorted(expected.keys() | given.keys()):
        there, wanted = given.get(name, frozenset()), expected.get(name, frozenset())
        must(there == wanted, f"{name}: {len(there)} rows in the package, {len(wanted)} at the source")
        must(package.letter_says(len(wanted)), f"{name}: the letter does not say {len(wanted)}")
    must(person.name in package.letter, "the letter does not name the person")
    approved, sent = sha256(letter).hexdigest(), sha256(package.archive.read("letter.pdf")).hexdigest()
    must(approved == sent, "the letter that was approved is not the one that was sent")


def check_proof(package: Package, held: Held, *, proven: bool) -> None:
    """The letter says that something waits for a stronger proof where something does, and only there."""
    waits = not proven and bool(STRONGER & held.keys())
    told = any(said in package.texts["letter.pdf"] for said in WAITS)
    must(
        told == waits,
        f"the letter {'says' if told else 'does not say'} that something waits for a stronger proof",
    )


def check_own_rows_only(package: Package, systems: Systems, person: Person) -> None:
    """Nothing of anybody else: not the number's earlier holder, not the customer whose number was typed."""
    given = package.keys()
    for role, other in played(systems.slug, systems.today).items():
        if role != person.role:
            for name, keys in systems.rows_of(other).items():
                shared = keys & given.get(name, frozenset())
                must(name == "crm-company" or not shared, f"{name}: {len(shared)} rows of the {role}")


def check_covered(package: Package, systems: Systems, person: Person) -> int:
    """What rows tell of others is masked, and stands nowhere else in the package. Returns how many values."""
    masked = sum(_check_masked(package, part, cells) for part, cells in systems.of_others(person).items())
    told = any(said in package.texts["letter.pdf"] for said in COVERED)
    must(
        told == bool(masked), f"{masked} values are masked, and the letter says {'so' if told else 'nothing'}"
    )
    return masked


def _check_masked(package: Package, part: str, cells: Cells) -> int:
    given, masked = package.cells(part), 0
    for key, told in cells.items():
        for column in told if key in given else ():
            must(
                given[key].get(column) == MASK, f"{part}: {column} is in clear in a row that tells of others"
            )
            masked += 1
    _check_nowhere(package, part, given, cells)
    return masked


def _check_nowhere(package: Package, part: str, given: Mapping[str, Any], cells: Cells) -> None:
    """A number that the person also called, or was called from openly, may stand in those rows."""
    others = [row for name, rows in package.rows.items() if name != part for row in rows]
    rows = [*others, *(row for key, row in given.items() if key not in cells)]
    openly = {str(value) for row in rows for value in row.values()}
    for value in {value for key in cells.keys() & given.keys() for value in cells[key].values()} - openly:
        for name, text in package.texts.items():
            must("".join(value.split()) not in text, f"{name}: tells what {part} tells of others")


def check_four_eyes(worker: Officer, reference: str) -> None:
    """Whoever prepared the answer may approve others', and is refused here."""
    said = worker.try_to_approve(reference)
    must("Another person" in said, f"no clear refusal for the one who prepared the answer, but: {said}")
    must(worker.still_waits(reference), "the one who prepared the answer could approve it")


def check_objection(systems: Systems, person: Person) -> None:
    """Both systems say no to marketing."""
    register, service = systems.marketing(person)
    must(not register, "the customer register still allows marketing")
    must(not service, "the consent service still allows marketing")


def check_erasure(systems: Systems, person: Person, before: Held, result: Result) -> None:
    """What should be gone is gone, what must be kept is there."""
    after = systems.rows_of(person)
    for name, keys in before.items():
        left = after.get(name, frozenset())
        if name in KEPT:
            must(
                left == keys,
                f"{name}: {len(keys) - len(left)} of {len(keys)} rows that must be kept are gone",
            )
        elif name == PARTLY:
            owed = systems.unpaid_traffic(person)
            must(
                left == owed and len(owed) > 0,
                f"{name}: {len(left)} rows are there, {len(owed)} prove the claim",
            )
        elif name != LOGGED:
            must(not left, f"{name}: {len(left)} of {len(keys)} rows are still there")
    gone = sum(len(keys) - len(after.get(name, frozenset())) for name, keys in before.items())
    must(gone == result.erased, f"the desk says {result.erased} rows were erased, the sources miss {gone}")
