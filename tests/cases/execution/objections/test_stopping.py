"""What stops, and what goes on, at the systems of two operators as they are shipped: customer register in PostgreSQL,
preferences behind a web service (Articles 7(3) and 21; scenarios F02 and F06)."""

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from http.server import ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from cases.casework import operators
from cases.execution.objections import probing
from cases.execution.recipients import notices
from cases.models import Case, Operator, Suppression, Task
from cases.sources import configured
from cases.sources.loading import load_operator
from demo.servers.consents import connect, handler
from demo.servers.postgres import create_database
from demo.stack import database_url, env_name
from demo.systems.build import consents_file
from demo.systems.cast import Casting, Person, cast
from demo.systems.crm import fill
from demo.systems.preferences import write_consents
from dsar.scratch.desk import write_register
from tests.operators.line import Staff, decide, finish, letter, said, work
from tests.operators.scenes import TELLING, Scene

pytestmark = pytest.mark.django_db
Ask = Callable[..., Case]
TODAY = date(2026, 11, 21)
TELE2 = pytest.mark.parametrize("slug", ["tele2-se"])
HEKTOR = pytest.mark.parametrize("slug", ["hektor-se"])
SWITCH_IN = {"tele2-se": ("tv_setting", "adapted_ads"), "hektor-se": ("directory_entry", "listed")}
SWITCHES = ("marketing", "email", "sms", "phone", "letter", "personal_ads", "traffic_data")


@pytest.fixture
def scene() -> Scene:
    return TELLING


@dataclass(frozen=True)
class Systems:
    """One operator's systems, looked into past the desk."""

    slug: str
    database: str
    consents: Path

    @property
    def customers(self) -> list[Person]:
        return [one for one in cast(self.slug, TODAY) if one.role == "ordinary" and not one.left]

    @property
    def person(self) -> Person:
        return self.customers[0]

    def sql(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database, autocommit=True) as connection:
            found = connection.execute(query, values)
            return found.fetchall() if found.description else []

    def says_no(self, person: Person) -> set[str]:
        """Everything that is switched off for a customer."""
        number = person.customer_no
        off = (
            set()
            if self.sql("select 1 from customer where customer_no = %s and marketing_allowed", number)
            else {"register"}
        )
        with closing(connect(self.consents)) as db:
            row = db.execute("select * from preferences where customer_no = ?", [number]).fetchone()
            off |= {name for name in SWITCHES if not row[name]}
        table, column = SWITCH_IN[self.slug]
        on = self.sql(f"select 1 from {table} where customer_no = %s and {column}", number)
        return off | (set() if on else {table})


@pytest.fixture(scope="module")
def filled(postgres_url: str) -> Iterator[Callable[[str], str]]:
    """filled(slug) is the address of the operator's customer register, filled once."""
    made = dict[str, str]()

    def fill_once(slug: str) -> str:
        if slug not in made:
            name = f"crm_stopping_{slug.replace('-', '_')}_{os.getpid()}"
            create_database(postgres_url, name)
            made[slug] = name
            fill(database_url(postgres_url, name), Casting(slug, TODAY))
        return database_url(postgres_url, made[slug])

    yield fill_once
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for name in made.values():
            connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def systems(
    slug: str, tmp_path: Path, filled: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Systems]:
    """Everybody has said yes to everything."""
    consents = consents_file(tmp_path, slug)
    consents.parent.mkdir(parents=True)
    write_consents(consents, Casting(slug, TODAY))
    with closing(connect(consents)) as db:
        db.execute("update preferences set " + ", ".join(f"{one} = 1" for one in SWITCHES))
    service = ThreadingHTTPServer(("127.0.0.1", 0), handler(consents.parent, "secret"))
    threading.Thread(target=service.serve_forever, daemon=True).start()
    found = Systems(slug, filled(slug), consents)
    found.sql("update customer set marketing_allowed = true")
    found.sql("update {} set {} = true".format(*SWITCH_IN[slug]))
    monkeypatch.setenv(env_name(slug, "CRM_URL"), found.database)
    monkeypatch.setenv(env_name(slug, "CONSENTS_URL"), f"http://127.0.0.1:{service.server_port}/{slug}")
    monkeypatch.setenv(env_name(slug, "CONSENTS_TOKEN"), "secret")
    yield found
    service.shutdown()
    service.server_close()


@pytest.fixture
def operator(
    slug: str, systems: Systems, db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Operator]:
    """The operator as shipped, but for the archive of its network, which stops nothing, and the proof it asks for."""
    shipped = settings.BASE_DIR / "operators" / slug
    folder = write_register(tmp_path / "operators", slug, like=slug)
    sources = re.split(r"(?m)^(?=\[\[source\]\]$)", (shipped / "connectors.toml").read_text())
    kept = [one for one in sources if 'key = "network"' not in one]
    assert len(kept) == len(sources) - 1
    (folder / "connectors.toml").write_text("".join(kept))
    monkeypatch.setattr(settings, "OPERATORS_DIR", tmp_path / "operators")
    configured.sources_of.cache_clear()
    yield load_operator(slug)[0]
    configured.sources_of.cache_clear()


def neighbours_are_left_alone(systems: Systems) -> bool:
    rest = [one for one in cast(systems.slug, TODAY) if one.role == "ordinary" and one != systems.person]
    return all(not systems.says_no(one) for one in rest[:10])


@TELE2
def test_no_more_marketing_stops_the_tv_ads_and_the_ad_profile_too(
    systems: Systems, ask: Ask, staff: Staff
) -> None:
    case = work(ask("marketing-objection", systems.person.email))
    everything = {"register", "tv_setting", *SWITCHES} - {"traffic_data"}
    assert systems.says_no(systems.person) == everything
    assert neighbours_are_left_alone(systems)
    decide(case, staff("caseworker"))
    finish(case, staff)
    partners = {one[0] for one in systems.sql(
        "select shared_with from profile where customer_no = %s", systems.person.customer_no
    )}  # fmt: skip
    told = {notice.recipient for notice in notices.notices_of(case)}
    register = operators.register_of_case(case)
    assert told == {register.resolve(str(one))[0] for one in partners} | {"Programbolaget Exempel AB"}  # type: ignore[index]
    assert "Programbolaget Exempel AB" in said(letter(case))


@TELE2
def test_one_consent_taken_back_is_no_other(systems: Systems, ask: Ask) -> None:
    """A source ends every consent at once: what goes on for the rest is a person's work."""
    case = work(ask("consent-withdrawal", systems.person.email, consents=("T2-P05",)))
    assert systems.says_no(systems.person) == set()
    assert [(task.kind, task.detail) for task in case.tasks.filter(kind__startswith="carry-out")] == [
        ("carry-out-consent-withdrawal", "T2-P05")
    ]
    other = work(ask("consent-withdrawal", systems.person.email, consents=("T2-P08",)))
    assert systems.says_no(systems.person) == {"personal_ads"}
    assert not other.tasks.filter(kind__startswith="carry-out").exists()


@TELE2
def test_taking_back_the_consent_leaves_marketing_and_tv_ads_alone(
    systems: Systems, ask: Ask, staff: Staff
) -> None:
    case = work(ask("consent-withdrawal", systems.person.email))
    assert systems.says_no(systems.person) == {"personal_ads", "traffic_data"}
    assert neighbours_are_left_alone(systems)
    decide(case, staff("caseworker"))
    finish(case, staff)
    assert "Programbolaget Exempel AB" not in {notice.recipient for notice in notices.notices_of(case)}
    assert set(Suppression.objects.values_list("channel", flat=True)) == {"ad-profiling", "consent"}


@TELE2
def test_a_consent_taken_back_and_its_profile_erased_in_one_request(
    systems: Systems, ask_together: Callable[..., list[Case]], staff: Staff
) -> None:
    """Scenario F06: the profile goes, whoever got it is told once, the contract and the proof of consent stay."""
    person, held = systems.customers[-1], "select count(*) from {} where customer_no = %s"
    shared = systems.sql("select shared_with from profile where customer_no = %s", person.customer_no)
    withdrawal, erasure = ask_together("consent-withdrawal", "erasure", email=person.email)
    for case in (withdrawal, erasure):
        decide(work(case), staff("caseworker"))
    texts = [said(letter(case)) for case in (withdrawal, erasure)]
    assert "what we did while it was in force does not become unlawful" in texts[0]
    assert "You can also object to marketing" in texts[0]
    assert "your number or address has been on a stop list" in texts[0]
    for case in (withdrawal, erasure):
        finish(case, staff)
    assert systems.says_no(person) >= {"personal_ads", "traffic_data"}
    assert systems.sql(held.format("profile"), person.customer_no) == [(0,)]
    assert systems.sql(held.format("customer"), person.customer_no) == [(1,)]
    assert systems.sql(
        "select marketing_allowed from customer where customer_no = %s", person.customer_no
    ) == [(True,)]
    with closing(connect(systems.consents)) as db:
        assert db.execute("select 1 from consents where customer_no = ?", [person.customer_no]).fetchone()
    register = operators.register_of_case(withdrawal)
    partners = {register.resolve(str(name))[0] for (name,) in shared}  # type: ignore[index]
    for case in (withdrawal, erasure):
        assert {one.recipient for one in notices.notices_of(case)} >= partners
    assert {one.recipient for one in notices.notices_of(withdrawal)} == partners


@TELE2
def test_an_objection_to_the_tv_ads_among_others_is_asked_after(
    systems: Systems, ask: Ask, staff: Staff
) -> None:
    """What an objection under Article 21(1) stops at execution is on the list like the rest."""
    case = work(ask("objection", systems.person.email))
    assert systems.says_no(systems.person) == set()
    decide(case, staff("caseworker"))
    finish(case, staff)
    assert "tv_setting" in systems.says_no(systems.person)
    assert set(Suppression.objects.values_list("channel", flat=True)) == {
        "marketing",
        "tv-ads",
        "ad-profiling",
    }
    systems.sql("update tv_setting set adapted_ads = true")
    Suppression.objects.update(next_probe_at="2026-01-01T00:00:00Z")
    assert probing.probe() == 1
    assert Task.objects.get(kind="objection-undone").detail == "crm/tv-setting"
    by_hand = set(Task.objects.filter(kind="carry-out-objection").values_list("detail", flat=True))
    stopped = set(case.decisions.filter(outcome="stop").values_list("subject", flat=True))
    assert by_hand == stopped - {"T2-P03", "T2-P07", "T2-P08"}


@HEKTOR
def test_out_of_the_directory(systems: Systems, ask: Ask, staff: Staff) -> None:
    case = work(ask("objection", systems.person.email, note="Take me out of the directory."))
    proposed = case.decisions.exclude(subject="HK-X01").values_list("subject", "proposed")
    decide(case, staff("caseworker"), **{
        code.replace("-", "_"): "continue" for code, outcome in proposed if outcome == "review"
    })  # fmt: skip
    finish(case, staff)
    assert "directory_entry" in systems.says_no(systems.person)
    assert neighbours_are_left_alone(systems)
    assert {notice.recipient for notice in notices.notices_of(case)} == {"Nummerupplysning Exempel AB"}
    assert not Task.objects.filter(kind="carry-out-objection").exists()
    systems.sql("update directory_entry set listed = true where customer_no = %s", systems.person.customer_no)
    Suppression.objects.update(next_probe_at="2026-01-01T00:00:00Z")
    assert probing.probe() == 1
    assert Task.objects.get(kind="objection-undone").detail == "crm/directory-entry"


@HEKTOR
def test_no_more_marketing_leaves_the_directory_alone(systems: Systems, ask: Ask) -> None:
    work(ask("marketing-objection", systems.person.email))
    assert systems.says_no(systems.person) == {"register", *SWITCHES} - {"traffic_data"}


@HEKTOR
def test_of_a_use_that_rests_on_consent_in_part_only_that_part_stops(systems: Systems, ask: Ask) -> None:
    work(ask("consent-withdrawal", systems.person.email))
    assert systems.says_no(systems.person) == {"traffic_data"}
