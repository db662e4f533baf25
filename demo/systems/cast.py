"""Who the demo's customers are. Deterministic for an operator and a date; nobody in it exists.

Swedish numbers begin with the series set aside for fiction (070-1740605 to 1740699) and go on at +46 70 000,
Danish ones stand at +45 99 99. Personnummer use the serials that test numbers use (238, 239); CPR numbers use
centuries in which nobody alive was born.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from demo.systems import names

MONTHS = 14
ORDINARY = 210
SLUGS = ("tele2-se", "telia-finance-dk", "telenor-se", "hektor-se", "telenor-dk")
# The Swedish finance company's customers live in Denmark.
COUNTRY = {slug: "DK" if slug.endswith("-dk") else "SE" for slug in SLUGS}
ZONES = {"SE": ZoneInfo("Europe/Stockholm"), "DK": ZoneInfo("Europe/Copenhagen")}
# Rows of the heavy subscriber, of which over 12,000 are traffic and location; elsewhere he is only lively.
HEAVY = {"tele2-se": 13_500, "telenor-dk": 13_500}


@dataclass(frozen=True)
class Number:
    """A phone number somebody used from `start` until `end` (half-open; None: still)."""

    msisdn: str
    imsi: str
    start: datetime
    end: datetime | None


@dataclass(frozen=True)
class Person:
    """A customer, or at a business operator an employee of one; `account_no` is the payer's account."""

    role: str  # ordinary, or the part played in the journey
    customer_no: str
    account_no: str
    holds_account: bool
    name: str
    email: str
    national_id: str
    street: str
    postcode: str
    city: str
    since: date
    left: date | None
    numbers: tuple[Number, ...]
    employer: str = ""
    rows: int = field(default=0)  # traffic and location rows in all; 0: as many as it happens to be


class _Serials:
    """Hands out numbers that no two people share."""

    def __init__(self, country: str) -> None:
        self.country, self.count = country, 0

    def msisdn(self) -> str:
        self.count += 1
        if self.country == "DK":
            return f"+459999{self.count:04}"
        fiction = 1740604 + self.count
        return f"+4670{fiction}" if fiction <= 1740699 else f"+46700{self.count:06}"

    def national_id(self, number: int, random: Random) -> str:
        return _cpr(number) if self.country == "DK" else _personnummer(number, random)


def _personnummer(number: int, random: Random) -> str:
    born = date(1950, 1, 1) + timedelta(days=number * 53 % 20_000)
    digits = f"{born:%y%m%d}{random.choice((238, 239))}"
    doubled = "".join(str(int(digit) * (2 - index % 2)) for index, digit in enumerate(digits))
    return f"{born:%Y%m%d}{digits[6:]}{-sum(map(int, doubled)) % 10}"


def _cpr(number: int) -> str:
    born = date(1860, 1, 1) + timedelta(days=number * 53 % 14_000)
    weights = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
    for serial in range(5000 + number % 800, 9000):
        digits = f"{born:%d%m%y}{serial}"
        if sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11 == 0:
            return digits
    raise AssertionError("every birthday has such a number")


def court_case(person: Person) -> str:
    """The court's number of the case about a former customer: each has his own, far above any real one."""
    return f"PMT 9900{person.role.removeprefix('former')}-26"


def midnight(day: date, country: str) -> datetime:
    """When the day begins there: who becomes a customer on a day does so in local time."""
    return datetime.combine(day, time(), ZONES[country]).astimezone(UTC)


@dataclass
class Casting:
    """Makes people one after another."""

    slug: str
    today: date
    random: Random = field(init=False)
    made: int = 0

    def __post_init__(self) -> None:
        self.country = COUNTRY[self.slug]
        self.random = Random(f"{self.slug} 20261121")
        self.serials = _Serials(self.country)

    @property
    def begin(self) -> date:
        """The first day of the data: 14 months before today."""
        months = self.today.year * 12 + self.today.month - 1 - MONTHS
        return date(months // 12, months % 12 + 1, 1) + timedelta(days=self.today.day - 1)

    def ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def number(self, start: date, end: date | None = None, msisdn: str = "") -> Number:
        found = msisdn or self.serials.msisdn()
        imsi = f"00101{self.random.randrange(10**10):010}"
        return Number(found, imsi, self._begins(start), self._begins(end) if end else None)

    def _begins(self, day: date) -> datetime:
        return midnight(day, self.country)

    def person(
        self,
        role: str = "ordinary",
        *,
        since: date | None = None,
        left: date | None = None,
        numbers: tuple[Number, ...] | None = None,
        account_no: str = "",
        rows: int = 0,
    ) -> Person:
        """The next customer; `account_no` of somebody else's account, or an account of his own."""
        self.made += 1
        draw, number = self.random, self.made
        first, last = draw.choice(names.FIRST[self.country]), draw.choice(names.LAST[self.country])
        joined = since or self.begin - timedelta(days=draw.randrange(1200))
        postcode, city = draw.choice(names.TOWNS[self.country])
        if employer := self._employer(number):
            account_no = f"A{employer}"
        box = role if role != "ordinary" else f"kund{number}" if self.country == "SE" else f"kunde{number}"
        return Person(
            role=role,
            customer_no=f"{self.slug[:2].upper()}{100_000 + number}",
            account_no=account_no or f"A{500_000 + number}",
            holds_account=not account_no,
            name=f"{first} {last}",
            email=f"{box}@{self.slug}.example.org",
            national_id=self.serials.national_id(number, draw),
            street=f"{draw.choice(names.STREETS[self.country])} {draw.randrange(1, 90)}",
            postcode=postcode,
            city=city,
            since=joined,
            left=left,
            numbers=(self.number(joined, left),) if numbers is None else numbers,
            employer=employer,
            rows=rows,
        )

    def _employer(self, number: int) -> str:
        """Business customers have about nine users each; their numbers are plainly invented."""
        return f"559900{number // 9:04}" if self.slug == "hektor-se" else ""

    def people(self) -> Iterator[Person]:
        """Everybody, the journey's people first."""
        yield from self._changed_hands()
        yield from self._family()
        for turn in range(1, 7):
            yield self.person(f"former{turn}", since=self.ago(1400), left=self.ago(90), rows=400)
        for role in ("objector", "prober"):
            yield self.person(role)
        for index in range(ORDINARY):
            left = self.ago(self.random.randrange(40, 300)) if index % 12 == 0 else None
            yield self.person(left=left)

    def _changed_hands(self) -> Iterator[Person]:
        """One number: first somebody else's, after two months of quarantine the heavy subscriber's."""
        earlier = self.number(self.ago(900), self.ago(330))
        own = self.number(self.ago(330))
        yield self.person("earlier", since=self.ago(900), numbers=(earlier, own), rows=900)
        taken_over = self.number(self.ago(270), msisdn=earlier.msisdn)
        rows = HEAVY.get(self.slug, 1500)
        yield self.person("subscriber", since=self.ago(270), numbers=(taken_over,), rows=rows)

    def _family(self) -> Iterator[Person]:
        """A parent holds the account; partner and child have numbers and mailboxes of their own."""
        parent = self.person("parent")
        yield parent
        for role in ("partner", "child"):
            yield self.person(role, account_no=parent.account_no)


def cast(slug: str, today: date) -> tuple[Person, ...]:
    """All customers of one operator as of `today`."""
    return tuple(Casting(slug, today).people())
