"""What rows refer to tells nobody of a secret order: it goes in everybody's case alike, or in nobody's."""

import re
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from cases.execution import failed_actions
from cases.execution.carrying_out import execute
from cases.models import Action, Case, Operator
from cases.sources.configured import connector_of
from connectors.contract.base import SourceMisconfigured
from exports import delivery
from exports.answer import building
from tests.cases.orders.secrecy_over_time import ROLES, preserve
from tests.cases.orders.uncleared import Views, looked_at, told_apart
from tests.operators.by_hand import carry_out
from tests.operators.fixtures import NAME
from tests.operators.line import Staff, approve, decide, finish, work

pytestmark = pytest.mark.django_db
Ask = Callable[..., Case]
Story = Callable[[str], Iterator[Views]]
BO = "bo@example.com"
TABLES = """
    DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;
    CREATE TABLE customer (no text PRIMARY KEY, email text, left_on date);
    CREATE TABLE card (id int PRIMARY KEY, customer_no text, text text);
    CREATE TABLE logged (id int PRIMARY KEY, customer_no text, card_id int, kind text, at timestamptz);
    INSERT INTO customer VALUES ('C2', 'bo@example.com', '2020-01-31');
    INSERT INTO card VALUES (5, 'C2', 'Blue.');
    INSERT INTO logged VALUES (1, 'C2', 5, '', '2026-10-01 10:00+00'), (2, 'C2', 5, '', '2026-11-01 10:00+00');
"""
CONNECTORS = """
[[source]]
key = "crm"
NAME
kind = "sql"
url = "env:TABLES_URL"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "customer"
category = "contact"
NAME
table = "customer"
key_columns = ["no"]
find = { customer_no = "no", email = "email" }
link = ["email"]
contract_end = "left_on"
on_erase = "none"
yields = [{ kind = "customer_no", column = "no" }]

[[source.collection]]
key = "card"
category = "correspondence"
NAME
table = "card"
key_columns = ["id"]
find = { customer_no = "customer_no" }
other_person = false
on_erase = "delete"

[[source.collection]]
key = "logged"
category = "retained"
NAME
table = "logged"
key_columns = ["id"]
find = { customer_no = "customer_no" }
at = "at"
record_kind = { column = "kind" }
other_person = false
on_erase = "delete"
"""
KEY = "ALTER TABLE logged ADD CONSTRAINT of_card FOREIGN KEY (card_id) REFERENCES card"
THROUGH = """
    CREATE TABLE line (id int PRIMARY KEY, card_id int REFERENCES card ON DELETE CASCADE);
    INSERT INTO line VALUES (5, 5);
    ALTER TABLE logged ADD FOREIGN KEY (card_id) REFERENCES line ON DELETE CASCADE;
"""
VIEW = KEY + "; ALTER TABLE logged RENAME TO log_book; CREATE VIEW logged AS SELECT * FROM log_book"
TRIGGER = """
    CREATE FUNCTION keep_card() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT FROM logged WHERE card_id = OLD.id) THEN RAISE 'logged rows are left'; END IF;
        RETURN OLD;
    END $$;
    CREATE TRIGGER keep_card BEFORE DELETE ON card FOR EACH ROW EXECUTE FUNCTION keep_card();
"""
TIES = {
    "a foreign key": (KEY, "guarded-reference: logged (card_id) refers to card"),
    "one that deletes along": (
        f"{KEY} ON DELETE CASCADE",
        "guarded-reference: logged (card_id) refers to card",
    ),
    "one through another table": (THROUGH, "guarded-reference: line (card_id) refers to card"),
    "one behind a view": (VIEW, "guarded-reference: log_book (card_id) refers to card"),
    "a trigger": (TRIGGER, "guarded-trigger: keep_card on card"),
}
HEAD, CARD, LOGGED = re.split(r'(?=key = "card")|(?=\[\[source.collection\]\]\nkey = "logged")', CONNECTORS)
ANONYMISED = HEAD + CARD.replace('"delete"', '"anonymise"\nanonymise = { text = "null" }') + LOGGED
ties = pytest.mark.parametrize("tie", TIES)


@pytest.fixture(scope="session")
def tables_url(postgres_url: str, worker_id: str) -> str:
    """A database for the operator's own system."""
    name = f"referring_{worker_id}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name}")
    return re.sub(r"/postgres(?=\?|$)", f"/{name}", postgres_url, count=1)


@pytest.fixture
def crm(tables_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """Bo has left; two rows about him are kept by law and refer to his card."""
    monkeypatch.setenv("TABLES_URL", tables_url)
    with psycopg.connect(tables_url, autocommit=True) as connection:
        connection.execute(TABLES)
        yield connection


@pytest.fixture
def operator(crm: psycopg.Connection, describe: Callable[..., Operator]) -> Operator:
    return describe(CONNECTORS)


@pytest.fixture
def worlds(
    crm: psycopg.Connection,
    staff: Staff,
    operator: Operator,
    capsys: pytest.CaptureFixture[str],
) -> Callable[[str, Story], dict[str, list[str]]]:
    """worlds(tables, story): by what others could tell the story with a secret order from the same without."""
    for role in ROLES:
        staff(role)
    capsys.readouterr()
    call_command("api_token", "portal", operator=[operator.pk])
    token = capsys.readouterr().out.strip()

    def lived(tables: str, story: Story, *, secret: bool) -> list[Views]:
        crm.execute(TABLES + tables)
        with transaction.atomic():
            if secret:
                preserve(operator, staff)
            views = list(story(token))
            transaction.set_rollback(True)
        return views

    def compare(tables: str, story: Story) -> dict[str, list[str]]:
        return told_apart(lived(tables, story, secret=False), lived(tables, story, secret=True))

    return compare


def named(connectors: str) -> str:
    return re.sub(r"^NAME$", NAME, connectors, flags=re.MULTILINE)


def held(crm: psycopg.Connection) -> tuple[int, int]:
    """How many cards and how many logged rows there are."""
    row = crm.execute("SELECT (SELECT count(*) FROM card), (SELECT count(*) FROM logged)").fetchone()
    assert row
    return int(row[0]), int(row[1])


def approved(ask: Ask, staff: Staff) -> Case:
    case = work(ask("erasure", BO))
    decide(case, staff("caseworker"))
    approve(case, staff)
    execute(case.pk)
    case.refresh_from_db()
    return case


@ties
def test_an_erasure_stops_in_everybodys_case_alike(
    tie: str, worlds: Callable[[str, Story], dict[str, list[str]]], ask: Ask, staff: Staff
) -> None:
    def story(token: str) -> Iterator[Views]:
        yield looked_at(approved(ask, staff), staff, token)

    assert not worlds(TIES[tie][0], story)


def test_once_it_is_mended_it_goes_on_alike_and_a_second_request_tells_nothing_either(
    worlds: Callable[[str, Story], dict[str, list[str]]],
    ask: Ask,
    staff: Staff,
    configured: Callable[[str], None],
) -> None:
    def story(token: str) -> Iterator[Views]:
        case = approved(ask, staff)
        yield looked_at(case, staff, token)
        configured(named(ANONYMISED))
        failed_actions.retry(case.actions.get(collection="card"), by=staff("caseworker"))
        carry_out(case, staff("caseworker"))
        building.write_receipt(case.pk)
        delivery.deliver(case.pk)
        case.refresh_from_db()
        assert case.stage == "closed"
        yield looked_at(case, staff, token)
        again = work(ask("access", BO))
        decide(again, staff("caseworker"))
        finish(again, staff)
        yield looked_at(again, staff, token)
        configured(named(CONNECTORS))

    assert not worlds(KEY, story)


@pytest.mark.parametrize("secret", [False, True])
@ties
def test_it_stops_before_anything_is_touched_says_what_to_do_and_goes_on_once_it_is_mended(
    tie: str,
    secret: bool,
    ask: Ask,
    staff: Staff,
    crm: psycopg.Connection,
    operator: Operator,
    configured: Callable[[str], None],
) -> None:
    tables, said = TIES[tie]
    crm.execute(tables)
    if secret:
        preserve(operator, staff)
    case = approved(ask, staff)
    assert (case.stage, held(crm)) == ("execution", (1, 2))
    stopped = case.actions.get(collection="card")
    assert (stopped.status, stopped.error) == (Action.Status.FAILED, said)
    assert case.actions.get(collection="logged").done == 0
    configured(named(ANONYMISED))
    failed_actions.retry(stopped, by=staff("caseworker"))
    execute(case.pk)
    assert held(crm) == (1, 2 if secret else 0)


def test_what_the_order_holds_is_really_there(
    ask: Ask, staff: Staff, crm: psycopg.Connection, operator: Operator, configured: Callable[[str], None]
) -> None:
    """What the comparison is about: with the order the logged rows stay, without it they go."""
    crm.execute(KEY)
    configured(named(ANONYMISED))
    with transaction.atomic():
        approved(ask, staff)
        assert held(crm) == (1, 0)
        transaction.set_rollback(True)
    crm.execute(TABLES + KEY)
    preserve(operator, staff)
    approved(ask, staff)
    assert held(crm) == (1, 2)
    assert crm.execute("SELECT text FROM card").fetchall() == [(None,)]


@ties
def test_the_check_of_sources_names_it_with_its_line(
    tie: str, crm: psycopg.Connection, operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    crm.execute(TIES[tie][0])
    with pytest.raises(CommandError, match="not ready"):
        call_command("check_sources", operator.pk)
    told = capsys.readouterr().err
    assert re.search(
        r"connectors.toml:\d+: source\[0\].collection\[1\].on_erase: " + re.escape(TIES[tie][1]), told
    )
    assert 'Say `on_erase = "anonymise"` here' in told


HARMLESS = {
    "from what no secret rule reaches": "CREATE TABLE note (card_id int REFERENCES card)",
    "a trigger elsewhere": TRIGGER.replace("DELETE ON card", "DELETE ON customer"),
    "a trigger at another change": TRIGGER.replace("BEFORE DELETE", "BEFORE UPDATE"),
}


@pytest.mark.parametrize("tie", HARMLESS)
def test_what_tells_of_no_kept_row_is_no_fault(
    tie: str, crm: psycopg.Connection, operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    crm.execute(HARMLESS[tie])
    call_command("check_sources", operator.pk)
    assert "guarded" not in capsys.readouterr().err


def test_a_column_that_is_referred_to_is_not_anonymised_either(
    crm: psycopg.Connection, operator: Operator, configured: Callable[[str], None]
) -> None:
    crm.execute(
        "ALTER TABLE card ADD UNIQUE (text); ALTER TABLE logged ADD COLUMN said text REFERENCES card (text)"
    )
    configured(named(ANONYMISED))
    with pytest.raises(SourceMisconfigured, match=r"guarded-reference: logged \(said\) refers to card"):
        connector_of(operator.pk, "crm").check()
