"""The demo operators' own systems: enough of everything, nothing real, the same every time."""

import json
import os
import re
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from random import Random

import duckdb
import psycopg
import pytest

from cases.identity.identifiers import normalise
from cases.registers.register import load_register
from connectors.description.config import load_sources
from demo.servers.consents import connect
from demo.servers.postgres import create_database
from demo.stack import database_url
from demo.systems import names, tables
from demo.systems.build import build_operator, consents_file, describe, network_folder, played
from demo.systems.cast import COUNTRY, ORDINARY, SLUGS, ZONES, Casting, cast, midnight
from demo.systems.crm import HELD as TABLES
from demo.systems.network import HELD as FILES
from demo.systems.network import WRITERS
from demo.systems.scene import Scene
from demo.walk.truth import FILES_OF_OTHERS, TABLES_OF_OTHERS, Systems

TODAY = date(2026, 11, 21)
OPERATORS = Path("operators")

every_operator = pytest.mark.parametrize("slug", SLUGS)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> tuple[Path, str]:
    """Tele2's systems, built once: the folder and the database's address."""
    folder, name = tmp_path_factory.mktemp("systems"), f"crm_test_systems_{os.getpid()}"
    create_database(postgres_url, name)
    database = database_url(postgres_url, name)
    build_operator(folder, "tele2-se", database, TODAY)
    yield folder, database
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def rows_of(folder: Path, files: str, where: str) -> int:
    pattern = network_folder(folder, "tele2-se") / files / "*" / "*.parquet"
    return duckdb.sql(f"select count(*) from '{pattern}' where {where}").fetchall()[0][0]


@every_operator
def test_there_are_at_least_200_subscribers_and_nobody_shares_an_identity(slug):
    people = cast(slug, TODAY)
    assert len(people) >= 200 <= ORDINARY
    for one in ("customer_no", "email", "national_id"):
        assert len({getattr(person, one) for person in people}) == len(people)


@every_operator
def test_the_same_date_gives_the_same_people(slug):
    assert cast(slug, TODAY) == cast(slug, TODAY)
    assert cast(slug, TODAY) != cast(slug, TODAY + timedelta(days=1))


@every_operator
def test_every_number_is_plainly_fictional_and_still_accepted_by_the_desk(slug):
    numbers = [number.msisdn for person in cast(slug, TODAY) for number in person.numbers]
    assert all(normalise("msisdn", number, COUNTRY[slug]) == number for number in numbers)
    fiction = r"\+46701740(60[5-9]|6[1-9]\d)|\+46700000\d{3}" if COUNTRY[slug] == "SE" else r"\+459999\d{4}"
    assert all(re.fullmatch(fiction, number) for number in numbers)


@every_operator
def test_identity_numbers_have_the_right_form_but_belong_to_nobody(slug):
    for person in cast(slug, TODAY):
        assert normalise("national_id", person.national_id, COUNTRY[slug]) == person.national_id
        if COUNTRY[slug] == "SE":
            assert person.national_id[8:11] in ("238", "239")  # serials of test numbers
        else:
            assert person.national_id[6] in "5678"  # with these years: born in the 1800s
            assert int(person.national_id[4:6]) >= 58


@every_operator
def test_a_number_that_changed_hands_was_never_two_peoples_at_once(slug):
    roles = played(slug, TODAY)
    before, now = roles["earlier"].numbers[0], roles["subscriber"].numbers[0]
    assert before.msisdn == now.msisdn
    assert before.end < now.start


@every_operator
def test_a_family_has_one_account_and_three_people(slug):
    roles = played(slug, TODAY)
    family = [roles[role] for role in ("parent", "partner", "child")]
    assert len({person.account_no for person in family}) == 1
    assert len({person.numbers[0].msisdn for person in family}) == 3


def test_the_employees_of_a_business_customer_share_its_account_and_hold_none():
    employees = cast("hektor-se", TODAY)
    colleagues = [person for person in employees if person.employer == employees[0].employer]
    assert len(colleagues) > 3
    assert len({person.account_no for person in colleagues}) == 1
    assert not any(person.holds_account for person in employees)


def test_the_heavy_subscriber_has_over_12000_traffic_and_location_rows(built):
    folder, _ = built
    number = played("tele2-se", TODAY)["subscriber"].numbers[0]
    own = [f"msisdn = '{number.msisdn}' and {at} >= '{number.start}'" for at in ("started_at", '"at"')]
    assert rows_of(folder, "traffic", own[0]) + rows_of(folder, "location", own[1]) >= 12_000


def test_the_earlier_holder_left_rows_of_the_same_number_behind(built):
    folder, roles = built[0], played("tele2-se", TODAY)
    number, later = roles["earlier"].numbers[0], roles["subscriber"].numbers[0]
    mine = f"msisdn = '{number.msisdn}'"
    assert rows_of(folder, "traffic", f"{mine} and started_at < '{number.end}'") > 50
    assert (
        rows_of(folder, "traffic", f"{mine} and started_at between '{number.end}' and '{later.start}'") == 0
    )


def test_files_are_partitioned_by_local_month_over_14_months(built):
    months = {path.name for path in (network_folder(built[0], "tele2-se") / "traffic").iterdir()}
    assert {"month=2025-09", "month=2026-11"} <= months
    assert len(months) == 15


def test_the_former_customer_owes_money_and_was_named_to_a_rights_holder(built):
    former = played("tele2-se", TODAY)["former1"]
    with psycopg.connect(built[1]) as connection:
        owed = connection.execute(
            "select due_on, demanded_on, paid_on from invoice where account_no = %s and status = 'obetald'",
            [former.account_no],
        ).fetchall()
        named = connection.execute(
            "select handed_over_on from disclosure where customer_no = %s", [former.customer_no]
        ).fetchall()
    assert [(due < demanded < TODAY, paid) for due, demanded, paid in owed] == [(True, None)]
    assert named == [(TODAY - timedelta(days=40),)]


def test_nothing_is_older_than_the_register_says_it_is_kept(built):
    """Recordings 90 days, credit checks 12 months; consents no longer used go after two years at most."""
    oldest = {"recording": ("started_at::date", 90), "credit_check": ("checked_on", 365)}
    with psycopg.connect(built[1]) as connection:
        for table, (column, days) in oldest.items():
            (first,) = connection.execute(f"select min({column}) from {table}").fetchone()
            assert TODAY - timedelta(days=days) <= first <= TODAY
    with closing(connect(consents_file(built[0], "tele2-se"))) as service:
        (used,) = service.execute("select min(last_used_on) from consents").fetchone()
    assert used >= (TODAY - timedelta(days=730)).isoformat()


def test_credit_was_decided_by_people_as_the_register_says(built):
    assert load_register(OPERATORS / "tele2-se").set_by_operator.automated["T2-P04"].solely is False
    with psycopg.connect(built[1]) as connection:
        assert connection.execute("select distinct automated from credit_check").fetchall() == [(False,)]


def test_building_again_changes_nothing(built):
    folder, database = built
    before = consents_file(folder, "tele2-se").stat().st_mtime_ns
    build_operator(folder, "tele2-se", database, TODAY)
    assert consents_file(folder, "tele2-se").stat().st_mtime_ns == before


def test_a_start_that_was_killed_half_way_is_made_good(tmp_path, built):
    (tmp_path / "network" / "tele2-se.part" / "traffic").mkdir(parents=True)
    build_operator(tmp_path, "tele2-se", built[1], TODAY)
    assert (network_folder(tmp_path, "tele2-se") / "location").is_dir()
    assert not (tmp_path / "network" / "tele2-se.part").exists()


@every_operator
def test_every_table_and_file_set_is_connected_and_has_words_for_every_column(slug):
    sources = {source.key: source for source in load_sources(OPERATORS / slug)}
    assert {one.table for one in sources["crm"].collection} == set(TABLES[slug])
    assert {one.table.partition("/")[0] for one in sources["network"].collection} == set(FILES[slug])
    assert all(one.columns_text for source in sources.values() for one in source.collection)


@every_operator
def test_what_tells_of_others_is_masked_wherever_a_table_or_file_set_marks_it(slug):
    sources = {source.key: source for source in load_sources(OPERATORS / slug)}
    for source, held, of_others in (
        ("crm", TABLES[slug], TABLES_OF_OTHERS),
        ("network", FILES[slug], FILES_OF_OTHERS),
    ):
        marked = {
            one.table.partition("/")[0]: (one.hidden_number.column or one.other_person.column, one.redact)
            for one in sources[source].collection
            if one.marks_of_others
        }
        assert marked == {name: of_others[name] for name in of_others.keys() & held}


@every_operator
def test_a_row_that_is_marked_has_something_to_mask(slug):
    """Else the answer of whoever it is about would stop there."""
    draw, begin = Random(slug), Casting(slug, TODAY).begin
    scene = Scene(slug, TODAY, begin, draw)
    notes = [row for person in cast(slug, TODAY) for row in tables.notes(scene, person)]
    spoken = [row for person in cast(slug, TODAY) for row in tables.recordings(scene, person)]
    marked = [row[4] for row in notes if row[-1]] + [row[3] for row in spoken if row[-1]]
    at = midnight(begin, COUNTRY[slug])
    for kind in ("traffic", "retained"):
        events = [WRITERS[kind](draw, COUNTRY[slug], at) for _ in range(2000)]
        marked += [event["other_number"] for event in events if event["number_hidden"]]
    assert len(marked) > 50
    assert all(marked)


@every_operator
def test_a_number_is_somebodys_from_midnight_as_it_is_there(slug):
    zone = ZONES[COUNTRY[slug]]
    numbers = [number for person in cast(slug, TODAY) for number in person.numbers]
    ends = [end.astimezone(zone) for one in numbers for end in (one.start, one.end) if end]
    assert {f"{end:%H:%M}" for end in ends} == {"00:00"}


def test_what_is_ordered_costs_what_such_things_cost(built):
    with psycopg.connect(built[1]) as connection:
        costs = connection.execute("select item, min(price), max(price) from orders group by item").fetchall()
    found = {item: (least, most) for item, least, most in costs}
    for item, least, most in names.ITEMS["SE"]:
        assert least <= found[item][0] <= found[item][1] <= most


def test_the_subscriber_has_rows_of_each_kind_that_tell_of_others(built):
    systems = Systems("tele2-se", built[0], built[1], TODAY)
    found = systems.of_others(played("tele2-se", TODAY)["subscriber"])
    assert found.keys() == {"crm-service-note", "crm-recording", "network-traffic", "network-retained"}
    assert all("+4699" in row["note"] for row in found["crm-service-note"].values())
    assert all("+4699" in row["transcript"] for row in found["crm-recording"].values())
    assert len(found["network-traffic"]) > 50


def test_people_are_described_for_whoever_tries_the_demo_by_hand():
    people = json.loads(describe(TODAY))
    assert people["tele2-se"]["subscriber"]["email"] == "subscriber@tele2-se.example.org"
    assert Casting("tele2-se", TODAY).begin == date(2025, 9, 21)
