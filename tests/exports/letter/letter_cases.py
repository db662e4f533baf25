"""What cases of each right and outcome have in them, at any operator."""

from datetime import date
from typing import Any

from cases.registers.register import Register
from exports.letter.content import (
    CategoryFacts,
    CollectionFacts,
    CorrectionFacts,
    FindingFacts,
    Month,
    PurposeFacts,
    ReviewFacts,
)

OPERATORS = ("tele2-se", "telia-finance-dk", "telenor-se", "hektor-se", "telenor-dk")
COUNTRY = {"telenor-dk": "DK", "telia-finance-dk": "DK"}


def months(rows: int, count: int = 14) -> tuple[Month, ...]:
    """So many rows over months that end in November 2026, unevenly."""
    weights = [3 + (n * 7) % 11 for n in range(count)]
    shares = [rows * weight // sum(weights) for weight in weights]
    shares[-1] += rows - sum(shares)
    firsts = [
        date(2026 - (count - 1 - n + 1) // 12, (10 - (count - 1 - n)) % 12 + 1, 1) for n in range(count)
    ]
    return tuple(Month(first=first, rows=share) for first, share in zip(firsts, shares, strict=True))


def invoices(count: int = 14) -> CollectionFacts:
    rows = tuple(
        {
            "invoice_no": f"10{n:05d}",
            "customer_no": "884201",
            "invoice_date": f"2026-{n % 12 + 1:02d}-28",
            "due_date": f"2026-{n % 12 + 1:02d}-30",
            "amount": 299.0 + n,
            "status": "paid" if n % 5 else "unpaid",
        }
        for n in range(count)
    )
    return CollectionFacts(
        source="crm", collection="invoices", source_name="CRM", name="Invoices", rows=count,
        first_on=date(2025, 10, 28), last_on=date(2026, 11, 28), inline=rows, months=months(count),
        columns={"invoice_no": "Invoice number", "invoice_date": "Date", "due_date": "Due", "amount": "Amount (SEK)"},
    )  # fmt: skip


def customer() -> CollectionFacts:
    row = {"name": "Anna Lind", "street": "Storgatan 1", "city": "Linköping", "email": "anna@example.test",
           "since": "2019-03-01T09:30:00+01:00", "newsletter": True, "closed": None}  # fmt: skip
    return CollectionFacts(
        source="crm", collection="customers", source_name="CRM", name="Customer card", rows=1,
        first_on=date(2019, 3, 1), last_on=date(2019, 3, 1), inline=(row,),
    )  # fmt: skip


def calls(rows: int = 11_842, covered: int = 842) -> CollectionFacts:
    return CollectionFacts(
        source="network", collection="calls", source_name="Network", name="Calls", rows=rows,
        first_on=date(2025, 10, 1), last_on=date(2026, 11, 30), months=months(rows),
        covered=covered,
    )  # fmt: skip


def give(rows: int) -> tuple[FindingFacts, ...]:
    return (FindingFacts(verdict="give", rows=rows),)


def access_categories(operator: str, outcome: str) -> tuple[CategoryFacts, ...]:
    if outcome == "refused":
        return (CategoryFacts(key="correspondence", override="withhold", reason="Another person's safety."),)
    found = [
        CategoryFacts(key="contact", collections=(customer(),), findings=give(1)),
        CategoryFacts(key="invoices", collections=(invoices(),), findings=give(14)),
    ]
    if outcome == "partly":
        mixed = (*give(11_000), FindingFacts(verdict="redact", rows=842))
        found.append(CategoryFacts(key="traffic", collections=(calls(),), findings=mixed))
        if COUNTRY.get(operator) != "DK":
            described = (FindingFacts(verdict="describe", rows=90, rule="SE-LEK-TEL"),)
            found.append(CategoryFacts(key="retained", findings=described))
    return tuple(found)


def erasure_categories(operator: str, outcome: str) -> tuple[CategoryFacts, ...]:
    bookkeeping = "DK-BFL" if COUNTRY.get(operator) == "DK" else "SE-BFL"
    until = date(2033, 12, 31)
    kept = (
        FindingFacts(verdict="keep", rows=13, rule=bookkeeping, until=date(2032, 12, 31), by_itself=True),
        FindingFacts(verdict="keep", rows=1, rule=bookkeeping, until=until, by_itself=True),
    )
    erased = (FindingFacts(verdict="erase", rows=3),)
    if outcome == "granted":
        return (CategoryFacts(key="correspondence", findings=erased),)
    if outcome == "refused":
        return (CategoryFacts(key="invoices", findings=kept),)
    return (
        CategoryFacts(key="correspondence", findings=erased),
        CategoryFacts(key="traffic", findings=(FindingFacts(verdict="gone", rows=2), *erased)),
        CategoryFacts(key="invoices", findings=kept),
    )


def portability_categories(outcome: str) -> tuple[CategoryFacts, ...]:
    port = CategoryFacts(
        key="contact", collections=(customer(),), findings=(FindingFacts(verdict="port", rows=1),)
    )
    not_portable = CategoryFacts(key="credit", findings=(FindingFacts(verdict="not-portable", rows=2),))
    return {"granted": (port,), "partly": (port, not_portable), "refused": (not_portable,)}[outcome]


def purposes(register: Register, outcome: str) -> tuple[PurposeFacts, ...]:
    first, second, *_ = register.purposes
    stop = PurposeFacts(code=first.code, verdict="stop", effective_on=date(2026, 12, 4))
    goes_on = PurposeFacts(
        code=second.code, verdict="continue", reason="Without it the networks cannot be kept safe."
    )
    return {"granted": (stop,), "partly": (stop, goes_on), "refused": (goes_on,)}[outcome]


def corrections(outcome: str) -> tuple[CorrectionFacts, ...]:
    done = CorrectionFacts(category="contact", what="Street", new_value="Storgatan 2")
    not_done = CorrectionFacts(category="credit", what="Score", reason="The score was right on the day.")
    return {"granted": (done,), "partly": (done, not_done), "refused": (not_done,)}[outcome]


def restrictions(outcome: str) -> tuple[CategoryFacts, ...]:
    on = CategoryFacts(key="contact", findings=(FindingFacts(verdict="restrict", rows=1),))
    off = CategoryFacts(key="account", findings=(FindingFacts(verdict="no-restriction", rows=1),))
    return {"granted": (on,), "partly": (on, off), "refused": (off,)}[outcome]


def details(register: Register, right: str, outcome: str) -> dict[str, Any]:
    """What a case of this right and outcome has besides its head."""
    if right == "access":
        return {"categories": access_categories(register.slug, outcome)}
    if right == "erasure":
        return {"categories": erasure_categories(register.slug, outcome)}
    if right == "portability":
        return {"categories": portability_categories(outcome)}
    if right == "restriction":
        return {"categories": restrictions(outcome)}
    if right == "rectification":
        return {"corrections": corrections(outcome), "decided_on": date(2026, 12, 3)}
    if right == "automated-decision":
        result = "upheld" if outcome == "refused" else "changed"
        return {
            "decided_on": date(2026, 12, 3),
            "review": ReviewFacts(
                decision="Credit check", result=result, reasons="The income was read wrongly."
            ),
        }
    if right == "objection":
        return {"purposes": purposes(register, outcome), "decided_on": date(2026, 12, 3)}
    return {"purposes": purposes(register, outcome), "acted_on": date(2026, 12, 4)}
