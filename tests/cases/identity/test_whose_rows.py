"""One hard case after the other of whose rows are whose, against a plain oracle: who held what, from when, until when.

A customer register in Swedish local time, an archive in UTC. Everybody's rows lie in the same tables.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from cases.casework.workflow import Refusal
from cases.identity import claimed as claims
from cases.identity import known
from cases.models import Case, User
from cases.sources.configured import connector_of
from connectors.contract.base import Identifier
from connectors.rows.graph import parsed
from tests.operators.looked_at import rows

pytestmark = pytest.mark.django_db

SWEDEN = ZoneInfo("Europe/Stockholm")
CONNECTORS = """
[[source]]
key = "crm"
NAME
kind = "sql"
url = "env:WHOSE_CRM"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "customer"
category = "contact"
NAME
table = "customer"
key_columns = ["no"]
find = { email = { column = "email", written = "lower" }, customer_no = "no" }
link = ["email"]
yields = [
    { kind = "customer_no", column = "no" }, { kind = "msisdn", column = "phone" },
    { kind = "email", column = "email" }, { kind = "company", column = "company" },
]

[[source.collection]]
key = "company"
category = "account"
NAME
table = "company"
key_columns = ["no"]
find = { company = "no" }

[[source.collection]]
key = "account"
category = "account"
NAME
table = "account"
key_columns = ["no"]
find = { customer_no = "payer" }
yields = [{ kind = "account_no", column = "no" }]

[[source.collection]]
key = "invoice"
category = "invoices"
NAME
table = "invoice"
key_columns = ["id"]
find = { account_no = "account" }

[[source.collection]]
key = "use"
category = "account"
NAME
table = "use"
key_columns = ["id"]
find = { customer_no = "person" }
yields = [{ kind = "msisdn", column = "msisdn", from = "since", to = "until" }]

[[source.collection]]
key = "living"
category = "account"
NAME
table = "living"
key_columns = ["id"]
find = { customer_no = "person" }
yields = [{ kind = "line", column = "line", from = "since", to = "until" }]

[[source.collection]]
key = "lease"
category = "devices"
NAME
table = "lease"
key_columns = ["id"]
find = { line = "line" }
interval = false
yields = [{ kind = "ip", column = "ip", from = "since", to = "until" }]

[[source.collection]]
key = "call"
category = "usage"
NAME
table = "call"
key_columns = ["id"]
find = { msisdn = "msisdn" }
at = "at"

[[source]]
key = "archive"
NAME
kind = "sql"
url = "env:WHOSE_ARCHIVE"
time_zone = "UTC"

[[source.collection]]
key = "traffic"
category = "traffic"
NAME
table = "traffic"
key_columns = ["id"]
find = { msisdn = { column = "msisdn", written = "digits" } }
at = "at"

[[source.collection]]
key = "flow"
category = "web"
NAME
table = "flow"
key_columns = ["id"]
find = { ip = "ip" }
at = "at"

[[source.collection]]
key = "shop"
category = "correspondence"
NAME
table = "shop"
key_columns = ["id"]
find = { email = "email" }
link = ["email"]
yields = [{ kind = "customer_no", column = "customer" }]

[[source.collection]]
key = "post"
category = "surveys"
NAME
table = "post"
key_columns = ["id"]
find = { email = "email" }
"""
CRM = """
CREATE TABLE customer (no TEXT PRIMARY KEY, email TEXT, phone TEXT, company TEXT);
CREATE TABLE company (no TEXT PRIMARY KEY);
CREATE TABLE account (no TEXT PRIMARY KEY, payer TEXT);
CREATE TABLE invoice (id INTEGER PRIMARY KEY, account TEXT);
CREATE TABLE use (id INTEGER PRIMARY KEY, msisdn TEXT, person TEXT, since DATETIME, until DATETIME);
CREATE TABLE living (id INTEGER PRIMARY KEY, line TEXT, person TEXT, since DATETIME, until DATETIME);
CREATE TABLE lease (id INTEGER PRIMARY KEY, line TEXT, ip TEXT, since DATETIME, until DATETIME);
CREATE TABLE call (id INTEGER PRIMARY KEY, msisdn TEXT, at DATETIME);
"""
ARCHIVE = """
CREATE TABLE traffic (id INTEGER PRIMARY KEY, msisdn TEXT, at DATETIME);
CREATE TABLE flow (id INTEGER PRIMARY KEY, ip TEXT, at DATETIME);
CREATE TABLE shop (id INTEGER PRIMARY KEY, email TEXT, customer TEXT);
CREATE TABLE post (id INTEGER PRIMARY KEY, email TEXT);
"""
N1, N2 = "+46701740605", "+46701740606"
Span = tuple[str, str, str | None, str | None]  # what, whose, since, until; in Swedish local time


def local(moment: str) -> datetime:
    """What the register's clock shows, as an instant; an hour shown twice is its first showing."""
    return datetime.fromisoformat(moment).replace(tzinfo=SWEDEN, fold=0)


@dataclass
class World:
    """Two systems, and what a person may see of them by the plain rule."""

    crm: sqlite3.Connection
    archive: sqlite3.Connection
    spans: list[Span] = field(default_factory=list)
    calls: dict[int, tuple[str, datetime]] = field(default_factory=dict)

    def customer(
        self, no: str, email: str | None = None, phone: str | None = None, company: str | None = None
    ) -> None:
        self.crm.execute(
            "INSERT INTO customer VALUES (?, ?, ?, ?)", [no, email or f"{no}@example.com", phone, company]
        )

    def uses(self, *spans: Span) -> None:
        """Numbers, from when and until when."""
        self.spans += spans
        self.crm.executemany(
            "INSERT INTO use (msisdn, person, since, until) VALUES (?, ?, ?, ?)",
            [tuple(one) for one in spans],
        )

    def call_at(self, number: str, *moments: datetime) -> None:
        """A call at each of these instants: in the register by its local clock, in the archive in UTC."""
        for moment in moments:
            place, utc = len(self.calls), moment.astimezone(UTC)
            self.calls[place] = number, moment
            shown = moment.astimezone(SWEDEN).replace(tzinfo=None)
            self.crm.execute("INSERT INTO call VALUES (?, ?, ?)", [place, number, str(shown)])
            values = [place, number.removeprefix("+"), str(utc.replace(tzinfo=None))]
            self.archive.execute("INSERT INTO traffic VALUES (?, ?, ?)", values)

    def around(self, number: str, *moments: str) -> None:
        """Calls a microsecond before, at, and after moments of the register's clock."""
        for moment in map(local, moments):
            self.call_at(number, *(moment + timedelta(microseconds=off) for off in (-1, 0, 1)))

    def owned_by(self, person: str) -> set[int]:
        return {
            place
            for place, (number, at) in self.calls.items()
            for what, who, since, until in self.spans
            if (what, who) == (number, person)
            and (since is None or local(since).astimezone(UTC) <= at.astimezone(UTC))
            and (until is None or at.astimezone(UTC) < local(until).astimezone(UTC))
        }


@pytest.fixture
def world(describe: Callable[..., object], tmp_path: Path) -> World:
    systems = {}
    for name, tables in {"crm": CRM, "archive": ARCHIVE}.items():
        systems[name] = sqlite3.connect(tmp_path / f"{name}.sqlite", isolation_level=None)
        systems[name].executescript(tables)
    describe(
        CONNECTORS,
        WHOSE_CRM=f"sqlite:///{tmp_path}/crm.sqlite",
        WHOSE_ARCHIVE=f"sqlite:///{tmp_path}/archive.sqlite",
    )
    return World(systems["crm"], systems["archive"])


@pytest.fixture
def found(ask: Callable[..., Case], gather: Callable[[Case], Case]) -> Callable[..., dict[str, list[object]]]:
    """found("anna"): the keys of everything that is gathered for whoever has this mailbox, by collection."""

    def work(person: str) -> dict[str, list[object]]:
        case = gather(ask(email=person if "@" in person else f"{person}@example.com"))
        assert case.stage == "holds", [(run.collection, run.error) for run in case.runs.all()]
        return keys(case)

    return work


def keys(case: Case) -> dict[str, list[object]]:
    names = case.runs.values_list("collection", flat=True)
    return {name: [next(iter(row.values())) for row in rows(case, name)] for name in names}


Found = Callable[..., dict[str, list[object]]]
HANDOVERS = {
    "on one day": "2026-03-14 13:00:00",
    "to the second": "2026-03-14 13:37:41",
    "to the microsecond": "2026-03-14 13:37:41.000003",
    "at midnight, which is yesterday in the archive": "2026-03-15 00:00:00",
    "when clocks go forward": "2026-03-29 03:00:00",
    "before clocks go back": "2026-10-25 02:00:00",
    "in the hour that is shown twice": "2026-10-25 02:30:00",
    "after clocks went back": "2026-10-25 03:00:00",
}


@pytest.mark.parametrize("handover", HANDOVERS.values(), ids=HANDOVERS)
def test_a_number_that_passes_on_parts_the_calls_at_that_very_moment(
    world: World, found: Found, handover: str
) -> None:
    for person in ("anna", "bo"):
        world.customer(person)
    world.uses((N1, "anna", "2026-01-01 00:00:00", handover), (N1, "bo", handover, None))
    world.around(N1, "2026-01-01 00:00:00", handover)
    for person in ("anna", "bo"):
        got = found(person)
        assert set(got["traffic"]) == world.owned_by(person), person
        assert set(got["call"]) == world.owned_by(person), person


def test_in_the_archive_the_hour_that_is_shown_twice_is_two_hours(world: World, found: Found) -> None:
    """The register hands over at the first 02:30; the archive knows both, and an hour of rows lies between."""
    for person in ("anna", "bo"):
        world.customer(person)
    handover = "2026-10-25 02:30:00"
    world.uses((N1, "anna", None, handover), (N1, "bo", handover, None))
    first = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    minutes = [first + timedelta(minutes=step) for step in range(0, 150, 10)]
    for place, moment in enumerate(minutes):
        values = [place, N1.removeprefix("+"), str(moment.replace(tzinfo=None))]
        world.archive.execute("INSERT INTO traffic VALUES (?, ?, ?)", values)
    assert found("anna")["traffic"] == [0, 1, 2]
    assert found("bo")["traffic"] == list(range(3, 15))


def test_a_number_that_came_back_is_theirs_twice(world: World, found: Found) -> None:
    for person in ("anna", "bo"):
        world.customer(person)
    world.uses(
        (N1, "anna", None, "2026-02-01 00:00:00"),
        (N1, "bo", "2026-02-01 00:00:00", "2026-04-01 00:00:00"),
        (N1, "anna", "2026-05-01 00:00:00", None),
    )
    world.around(N1, *(f"2026-0{month}-01 00:00:00" for month in range(1, 7)))
    for person in ("anna", "bo"):
        assert set(found(person)["traffic"]) == world.owned_by(person)


def test_intervals_that_overlap_give_every_row_once(world: World, found: Found) -> None:
    world.customer("anna")
    world.uses(
        (N1, "anna", "2026-01-01 00:00:00", "2026-03-01 00:00:00"),
        (N1, "anna", "2026-02-01 00:00:00", "2026-04-01 00:00:00"),
        (N1, "anna", "2026-02-01 00:00:00", "2026-04-01 00:00:00"),
    )
    world.around(N1, *(f"2026-0{month}-01 00:00:00" for month in range(1, 6)))
    got = found("anna")["traffic"]
    assert (sorted(got), len(set(got))) == (sorted(world.owned_by("anna")), len(got))


def test_a_contact_number_on_a_card_opens_nobodys_calls(world: World, found: Found) -> None:
    """Anna gave her husband's number as hers to call; the register of numbers says when it was whose."""
    world.customer("anna", phone=N2)
    world.customer("bo")
    world.uses((N1, "anna", None, None), (N2, "bo", "2026-01-01 00:00:00", None))
    for number in (N1, N2):
        world.around(number, "2026-02-01 00:00:00")
    got = found("anna")
    assert set(got["call"]) == set(got["traffic"]) == world.owned_by("anna") == {0, 1, 2}


@pytest.mark.parametrize("written", [N1, "0701740605", "0046 70-174 06 05", "070-174 06 05"])
def test_a_number_told_with_and_without_an_interval_is_theirs_in_the_interval(
    world: World, found: Found, written: str
) -> None:
    """The same number in two sources, however each writes it: who says when is believed about when."""
    world.customer("anna", phone=written)
    world.customer("bo")
    handover = "2026-03-01 00:00:00"
    world.uses((N1, "bo", None, handover), (N1, "anna", handover, None))
    world.around(N1, "2026-01-01 00:00:00", handover)
    for person in ("anna", "bo"):
        assert set(found(person)["traffic"]) == world.owned_by(person)


def test_a_number_that_is_always_theirs_in_one_source_yields_to_an_interval_in_another(
    world: World, found: Found
) -> None:
    world.customer("anna", phone=N1)
    world.uses((N1, "anna", "2026-03-01 00:00:00", None))
    world.crm.execute("INSERT INTO use (msisdn, person) VALUES (?, 'anna')", [N1])
    world.around(N1, "2026-01-01 00:00:00", "2026-03-01 00:00:00")
    assert set(found("anna")["traffic"]) == world.owned_by("anna")


def test_a_number_without_any_end_is_theirs_although_a_card_told_it_first(world: World, found: Found) -> None:
    world.customer("anna", phone=N1)
    world.uses((N1, "anna", None, None))
    world.around(N1, "2026-01-01 00:00:00")
    assert set(found("anna")["traffic"]) == world.owned_by("anna") == {0, 1, 2}


def test_a_family_on_one_account(world: World, found: Found) -> None:
    """The holder pays for all and gets the invoices; a member gets the calls they made, and no invoice."""
    for person in ("anna", "kim"):
        world.customer(person)
    world.crm.execute("INSERT INTO account VALUES ('A1', 'anna')")
    world.crm.execute("INSERT INTO invoice VALUES (1, 'A1')")
    world.uses((N1, "anna", None, None), (N2, "kim", None, None))
    for number in (N1, N2):
        world.around(number, "2026-01-01 00:00:00")
    holder, member = found("anna"), found("kim")
    assert (holder["invoice"], set(holder["traffic"])) == ([1], world.owned_by("anna"))
    assert ("invoice" in member, set(member["traffic"])) == (False, world.owned_by("kim"))


def test_an_employee_gets_the_firm_but_none_of_its_people(world: World, found: Found) -> None:
    world.crm.execute("INSERT INTO company VALUES ('F1')")
    for person in ("anna", "bo"):
        world.customer(person, company="F1")
    world.uses((N1, "anna", None, "2026-02-01 00:00:00"), (N1, "bo", "2026-02-01 00:00:00", None))
    world.around(N1, "2026-02-01 00:00:00")
    got = found("anna")
    assert (got["customer"], got["company"]) == (["anna"], ["F1"])
    assert set(got["traffic"]) == world.owned_by("anna")


def test_a_line_that_people_live_on_in_turn_parts_its_addresses(world: World, found: Found) -> None:
    """One lease runs on while the tenants change: whose the traffic is, the tenancy says, not the lease."""
    for person in ("anna", "bo"):
        world.customer(person)
    moved = "2026-03-01 12:00:00"
    world.crm.executemany(
        "INSERT INTO living (line, person, since, until) VALUES ('L1', ?, ?, ?)",
        [("anna", "2026-01-01 00:00:00", moved), ("bo", moved, None)],
    )
    world.crm.executemany(
        "INSERT INTO lease (line, ip, since, until) VALUES ('L1', ?, ?, ?)",
        [
            ("192.0.2.1", "2025-06-01 00:00:00", None),
            ("192.0.2.2", "2025-01-01 00:00:00", "2025-06-01 00:00:00"),
        ],
    )
    times = [
        local("2025-12-31 23:59:59"),
        local("2026-01-01 00:00:00"),
        local(moved) - timedelta(microseconds=1),
    ]
    times += [local(moved), local("2026-06-01 00:00:00")]
    for place, moment in enumerate(times):
        utc = str(moment.astimezone(UTC).replace(tzinfo=None))
        world.archive.execute("INSERT INTO flow VALUES (?, '192.0.2.1', ?)", [place, utc])
        world.archive.execute("INSERT INTO flow VALUES (?, '192.0.2.2', ?)", [place + 10, utc])
    assert found("anna")["flow"] == [1, 2]
    assert found("bo")["flow"] == [3, 4]


def test_a_shared_mailbox_gives_nobody_the_other_ones_rows(
    world: World, ask: Callable[..., Case], gather: Callable[[Case], Case], staff: Callable[..., User]
) -> None:
    """Whoever reads the family's mail could be either of them: a caseworker has to say who asks."""
    for person in ("anna", "bo"):
        world.customer(person, email="Family@Example.com")
    world.archive.execute("INSERT INTO post VALUES (1, 'family@example.com')")
    world.uses((N1, "anna", None, None), (N2, "bo", None, None))
    for number in (N1, N2):
        world.around(number, "2026-01-01 00:00:00")
    case = gather(ask(email="family@example.com"))
    assert (case.stage, case.blocked_by) == ("matching", "claims-to-check")
    assert not case.runs.exists()
    claimed = {known.plain(case, one): one for one in claims.open_claims(case)}
    assert claimed.keys() == {"anna", "bo"}
    claims.confirm_claimed(claimed["anna"], by=staff("caseworker"))
    got = keys(gather(case))
    assert (got["customer"], set(got["traffic"])) == (["anna"], world.owned_by("anna"))
    claims.reject_claimed(claimed["bo"], by=staff("caseworker"))
    assert keys(gather(case)) == got


def test_a_mailbox_that_another_system_ties_to_somebody_else_is_shared_too(
    world: World, ask: Callable[..., Case], gather: Callable[[Case], Case]
) -> None:
    """The register knows Anna by it; Bo typed it when he ordered in the shop."""
    world.customer("anna")
    world.customer("bo")
    world.archive.execute("INSERT INTO shop VALUES (1, 'anna@example.com', 'bo')")
    world.uses((N2, "bo", None, None))
    world.around(N2, "2026-01-01 00:00:00")
    case = gather(ask(email="anna@example.com"))
    got = keys(case)
    assert (got["customer"], got["shop"], "traffic" in got) == (["anna"], [], False)
    assert [known.plain(case, one) for one in claims.open_claims(case)] == ["bo"]


def test_a_mailbox_of_one_person_with_two_customer_numbers_takes_both_once_they_are_checked(
    world: World, ask: Callable[..., Case], gather: Callable[[Case], Case], staff: Callable[..., User]
) -> None:
    for number in ("anna-1", "anna-2"):
        world.customer(number, email="anna@example.com")
    case = gather(ask())
    for claimed in claims.open_claims(case):
        claims.confirm_claimed(claimed, by=staff("caseworker"))
        case = gather(case)
    assert (case.stage, keys(case)["customer"]) == ("holds", ["anna-1", "anna-2"])


def test_a_confirmed_number_finds_no_calls_of_those_who_had_it_before(
    world: World, ask: Callable[..., Case], gather: Callable[[Case], Case], staff: Callable[..., User]
) -> None:
    """That it is the person's now, a caseworker can check; since when, only a source can tell."""
    world.customer("bo")
    world.uses((N1, "bo", None, "2026-03-01 00:00:00"))
    world.around(N1, "2026-02-01 00:00:00", "2026-04-01 00:00:00")
    case = gather(ask(email="anna@example.com", phone="070-174 06 05"))
    [claimed] = claims.open_claims(case)
    claims.confirm_claimed(claimed, by=staff("caseworker"))
    assert keys(gather(case))["traffic"] == []


def test_a_confirmed_number_finds_its_calls_once_somebody_says_since_when(
    world: World,
    ask: Callable[..., Case],
    gather: Callable[[Case], Case],
    staff: Callable[..., User],
    client: Client,
) -> None:
    """Days of the operator's calendar, the last one included; what has days already is refused."""
    world.customer("bo")
    world.uses((N1, "bo", None, "2026-03-01 00:00:00"))
    world.around(N1, "2026-02-01 00:00:00", "2026-04-01 00:00:00", "2026-05-01 00:00:00")
    case = gather(ask(email="anna@example.com", phone="070-174 06 05"))
    worker = staff("caseworker")
    claims.confirm_claimed(claims.open_claims(case)[0], by=worker)
    case = gather(case)
    client.force_login(worker, backend="django.contrib.auth.backends.ModelBackend")
    unknown = "unknown since when: finds no rows that have a time"
    assert unknown in client.get(case.get_absolute_url()).content.decode()
    add, typed = reverse("desk:identifier-add", args=[case.reference]), {"kind": "msisdn", "value": N1}
    backwards = client.post(add, typed | {"since": "2026-04-30", "until": "2026-04-01"})
    assert "The last day lies before the first." in backwards.content.decode()
    assert client.post(add, typed | {"since": "2026-04-01", "until": "2026-04-30"}).status_code == 302
    case = gather(case)
    april = local("2026-04-01 00:00:00"), local("2026-05-01 00:00:00")
    theirs = {place for place, (_, at) in world.calls.items() if april[0] <= at < april[1]}
    assert len(theirs) == 3
    assert set(keys(case)["traffic"]) == theirs
    assert unknown not in client.get(case.get_absolute_url()).content.decode()
    with pytest.raises(Refusal, match="identifier-known"):
        claims.add_by_hand(case, **typed, since=date(2026, 1, 1), by=worker)


def test_a_mailbox_is_the_same_in_capitals(
    world: World, ask: Callable[..., Case], gather: Callable[[Case], Case]
) -> None:
    world.customer("anna", email="Anna.Berg@Example.com")
    case = gather(ask(email="ANNA.BERG@example.com"))
    assert keys(case)["customer"] == ["anna"]
    assert case.identifiers.filter(kind="email").count() == 1


def test_an_address_that_changed_a_thousand_times_finds_what_is_theirs(world: World) -> None:
    """As many intervals as leases: more than some databases take as one condition in a row."""
    start, hour = datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=1)
    leases = [
        Identifier(
            "ip", f"192.0.{number // 200}.{number % 200}", start + number * hour, start + (number + 1) * hour
        )
        for number in range(1050)
    ]
    flows = [
        (one.value, str((start + number * hour).replace(tzinfo=None))) for number, one in enumerate(leases)
    ]
    strangers = [
        (one.value, str((start + (number + 2) * hour).replace(tzinfo=None)))
        for number, one in enumerate(leases)
    ]
    world.archive.executemany("INSERT INTO flow (ip, at) VALUES (?, ?)", flows + strangers)
    page = connector_of("tele2-se", "archive").read("flow", leases, None, 5000)
    assert [parsed(line)["id"] for line in page.lines] == list(range(1, len(leases) + 1))
