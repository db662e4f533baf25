"""The customer system: one PostgreSQL database an operator, filled once."""

from collections.abc import Iterable
from itertools import count
from random import Random

import psycopg
from psycopg import sql

from demo.systems import habits, tables
from demo.systems.cast import Casting, Person, cast
from demo.systems.scene import Row, Scene, Table

_BY = "customer_no text not null"

TABLES: dict[str, Table] = {
    "customer": Table(
        "customer_no text primary key, full_name text, email text, phone text, street text, "
        "postcode text, city text, marketing_allowed boolean not null, customer_since date, left_on date, "
        "address_protected boolean not null",
        tables.customer,
    ),
    "identity": Table(
        "customer_no text primary key, national_id text, checked_with text, checked_on date, left_on date",
        tables.identity,
    ),
    "account": Table(
        "account_no text primary key, holder_no text not null, user_name text, paid_by text, opened_on date, "
        "closed_on date",
        tables.account,
    ),
    "subscription": Table(
        "account_no text, user_no text not null, msisdn text not null, imsi text, plan text, "
        "valid_from timestamptz not null, valid_to timestamptz",
        tables.subscription,
        "subscription_id",
    ),
    "orders": Table(
        f"{_BY}, ordered_on date, item text, price numeric(10,2), delivered_to text, status text",
        tables.orders,
        "order_no",
    ),
    "invoice": Table(
        "account_no text not null, issued_on date, due_on date, amount numeric(10,2), vat numeric(10,2), "
        "currency char(3), status text, demanded_on date, paid_on date",
        tables.invoices,
        "invoice_no",
    ),
    "invoice_line": Table(
        f"org_no text, {_BY}, month date, amount numeric(10,2), currency char(3)",
        tables.statement_lines,
        "line_no",
    ),
    "service_note": Table(
        f"{_BY}, written_at timestamptz, channel text, topic text, note text, analysis jsonb, "
        "about_others boolean",
        tables.notes,
        "note_id",
    ),
    "recording": Table(
        f"{_BY}, started_at timestamptz, seconds integer, transcript text, other_voice boolean",
        tables.recordings,
        "recording_id",
    ),
    "credit_check": Table(
        f"{_BY}, checked_on date, bureau text, score integer, decision text, automated boolean",
        tables.credit,
        "check_id",
    ),
    "device": Table(
        f"{_BY}, model text, system text, resolution text, band text, first_seen date, last_seen date",
        habits.devices,
        "device_id",
    ),
    "viewing": Table(
        f"{_BY}, watched_at timestamptz, programme text, minutes integer, interests text[]",
        habits.viewing,
        "view_id",
    ),
    "tv_setting": Table(
        "customer_no text primary key, adapted_ads boolean, provider text, changed_on date", habits.tv_setting
    ),
    "usage": Table(
        f"{_BY}, month date, calls integer, messages integer, megabytes numeric(14,3), "
        "primary key (customer_no, month)",
        habits.usage,
    ),
    "demographics": Table(
        "customer_no text primary key, gender text, birth_year integer, area text, household jsonb, "
        "origin text",
        habits.demographics,
    ),
    "web_visit": Table(
        f"{_BY}, visited_at timestamptz, page text, cookie_id text, advertising_id text",
        habits.web,
        "visit_id",
    ),
    "profile": Table(
        f"{_BY}, segment text, score numeric(4,3), computed_on date, shared_with text",
        habits.profile,
        "profile_id",
    ),
    "survey": Table(
        "customer_no text, answered_on date, question text, answer integer", habits.surveys, "answer_id"
    ),
    "security_event": Table(
        f"{_BY}, happened_at timestamptz, kind text, ip inet, equipment text", tables.security, "event_id"
    ),
    "disclosure": Table(
        f"{_BY}, kind text, handed_over_on date, recipient text, court_case text, what text, "
        "concerns timestamptz",
        tables.disclosures,
        "disclosure_id",
    ),
    "kyc": Table(f"{_BY}, kind text, ended_on date, detail text", tables.kyc, "kyc_id"),
    "directory_entry": Table(
        f"{_BY}, listed_name text, listed_number text, given_to text, listed boolean, since date",
        tables.directory,
        "entry_id",
    ),
    "employment": Table("customer_no text primary key, org_no text, unit text", tables.employment),
    "company": Table(
        "org_no text primary key, name text, employees integer, account_no text", tables.company
    ),
}

_EVERYBODY = ("customer", "subscription", "service_note", "usage")
_CONSUMERS = ("account", "orders", "invoice", "credit_check")

# Which of the tables an operator's system has, as its register describes what it keeps.
HELD: dict[str, tuple[str, ...]] = {
    "tele2-se": (*_EVERYBODY, *_CONSUMERS, "identity", "recording", "device", "viewing", "tv_setting",
                 "demographics", "web_visit", "profile", "survey", "security_event", "disclosure"),
    "telia-finance-dk": (*_EVERYBODY, *_CONSUMERS, "identity", "recording", "kyc"),
    "telenor-se": (*_EVERYBODY, *_CONSUMERS, "identity", "device", "viewing", "demographics", "web_visit",
                   "profile", "disclosure"),
    "hektor-se": (*_EVERYBODY, "invoice_line", "recording", "web_visit", "security_event", "disclosure",
                  "directory_entry", "employment", "company"),
    "telenor-dk": (*_EVERYBODY, *_CONSUMERS, "identity", "profile"),
}  # fmt: skip


def fill(url: str, casting: Casting) -> None:
    """Creates and fills the operator's tables in one transaction: a killed start leaves nothing half made."""
    people = cast(casting.slug, casting.today)
    with psycopg.connect(url) as connection:
        for name in HELD[casting.slug]:
            _fill_table(connection, name, TABLES[name], _rows(TABLES[name], name, casting, people))


def filled(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("select to_regclass('customer')").fetchone() != (None,)


def _rows(table: Table, name: str, casting: Casting, people: Iterable[Person]) -> Iterable[Row]:
    """The rows of one table, those of a company once only."""
    numbers, once = count(1001), set[object]()
    for person in people:
        # Dice of its own for each table and customer: another table changes nothing in these rows.
        scene = Scene(casting.slug, casting.today, casting.begin, Random(f"{name} {person.customer_no}"))
        for row in table.rows(scene, person):
            if table.rows is tables.company and row[0] in once:
                continue
            once.add(row[0])
            yield (next(numbers), *row) if table.numbered else row


def _fill_table(connection: psycopg.Connection, name: str, table: Table, rows: Iterable[Row]) -> None:
    numbered = f"{table.numbered} bigint primary key, " if table.numbered else ""
    connection.execute(f"create table {name} ({numbered}{table.columns})")
    with connection.cursor().copy(sql.SQL("copy {} from stdin").format(sql.Identifier(name))) as copy:
        for row in rows:
            copy.write_row(row)
    for column in ("customer_no", "user_no", "holder_no", "account_no", "email"):
        if f"{column} text" in table.columns:
            connection.execute(f"create index on {name} ({column})")
