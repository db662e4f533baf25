"""Rows of a person who does not exist, as the demonstration's systems would have them; the same at every run."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from demo.systems import names
from exports.letter.values import MASK

Row = dict[str, object]
LAST = date(2026, 11, 30)
CHECKSUM = "0" * 64  # the samples have no files
OWN = {"SE": "+46701740612", "DK": "+4599990012"}
CURRENCY = {"SE": "SEK", "DK": "DKK"}
HOME = {"SE": ("Exempelgatan 7", "582 00", "Linköping"), "DK": ("Eksempelvej 7", "2500", "Valby")}


def customer(name: str, country: str) -> Iterator[Row]:
    street, postcode, city = HOME[country]
    yield {
        "customer_no": "K104417", "full_name": name, "email": "kim@example.com", "phone": OWN[country],
        "street": street, "postcode": postcode, "city": city, "marketing_allowed": False,
        "customer_since": "2019-03-01", "left_on": None, "address_protected": False,
    }  # fmt: skip


def invoices(country: str, count: int = 9) -> Iterator[Row]:
    """One a month, the last not paid."""
    draw, status = Random(2), names.WORDS[country]["status"]
    for n in range(count):
        month = LAST.month - count + n + 1
        issued, paid = date(LAST.year, month, 12), n < count - 1
        amount = Decimal(draw.randrange(24_900, 41_900)) / 100
        yield {
            "invoice_no": f"F{issued:%Y%m}0417", "account_no": "A104417", "issued_on": f"{issued}",
            "due_on": f"{issued + timedelta(days=30)}", "amount": f"{amount:.2f}", "vat": f"{amount / 5:.2f}",
            "currency": CURRENCY[country], "status": status["paid" if paid else "unpaid"], "demanded_on": None,
            "paid_on": f"{issued + timedelta(days=21)}" if paid else None,
        }  # fmt: skip


def traffic(country: str, count: int = 2400, *, masked: bool = False) -> Iterator[Row]:
    """A year and more of calls, messages and data, in the order of time."""
    draw = Random(5)
    midnight = datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC)
    moments = sorted(
        midnight - timedelta(days=int(draw.triangular(0, 400, 60)), hours=-min(max(draw.gauss(14, 4), 0), 23))
        for _ in range(count)
    )
    for n, at in enumerate(moments, 1):
        yield {"id": 700_000 + n, "msisdn": OWN[country], **_event(draw, country, at, masked=masked)}


def _event(draw: Random, country: str, at: datetime, *, masked: bool) -> Row:
    words = names.WORDS[country]
    call, message, data = words["call"]
    kind = draw.choices((call, message, data), (4, 3, 3))[0]
    incoming, hidden = kind != data and draw.random() < 0.5, draw.random() < 0.04
    lasting = timedelta(seconds=draw.randrange(20, 1500)) if kind != message else timedelta()
    other = None if kind == data else f"{names.STRANGERS[country]}{draw.randrange(10**4):04}"
    return {
        "started_at": at.isoformat(timespec="seconds"), "ended_at": (at + lasting).isoformat(timespec="seconds"),
        "kind": kind, "direction": words["direction"][not incoming],
        "other_number": MASK if masked and incoming and hidden else other,
        "number_hidden": incoming and hidden, "network": words["network"][draw.random() < 0.05],
        "megabytes": f"{Decimal(draw.randrange(400_000)) / 1000:.3f}" if kind == data else None,
        "price": f"{Decimal(draw.randrange(9_000)) / 10_000:.4f}", "unpaid": False,
    }  # fmt: skip
