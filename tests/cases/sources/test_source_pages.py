"""The source pages of the desk: health from regular checks, masked values, how the search goes on."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import AuditEntry, SourceHealth
from cases.sources import health
from tests.cases.sources.test_check_sources import CRM, MANUAL, TABLES, VISITS

pytestmark = pytest.mark.django_db
LINK = 'link = ["email"]\nyields = [{ kind = "customer_no", column = "customer_no" }]'
LINKED = CRM.replace('email = "email" }', f'email = "email" }}\n{LINK}')


@pytest.fixture
def crm(describe: Callable[..., object], tmp_path: Path) -> Path:
    """The database's file; away while it has another name."""
    path = tmp_path / "crm.sqlite"
    with sqlite3.connect(path) as database:
        database.executescript(TABLES)
    describe(LINKED + VISITS + MANUAL, CHECKED_CRM=f"sqlite:///{path}")
    return path


def rename_table(crm: Path, old: str, new: str) -> None:
    with sqlite3.connect(crm) as database:
        database.execute(f"ALTER TABLE {old} RENAME TO {new}")


def pretend_later() -> None:
    SourceHealth.objects.update(checked_at=timezone.now() - timedelta(minutes=15))


def test_each_system_is_asked_and_what_it_says_is_kept(crm: Path) -> None:
    health.check_all()
    assert [(one.source, one.error) for one in SourceHealth.objects.all()] == [("crm", "")]
    rename_table(crm, "visit", "moved")
    pretend_later()
    assert health.check_all() == 1
    failing = SourceHealth.objects.get()
    assert failing.error == "no-table: visit"
    pretend_later()
    health.check_all()
    assert SourceHealth.objects.get().failing_since == failing.failing_since
    rename_table(crm, "moved", "visit")
    pretend_later()
    health.check_all()
    assert SourceHealth.objects.get().error == ""
    actions = AuditEntry.objects.filter(action__in=["source.failing", "source.well"])
    assert list(actions.order_by("number").values_list("action", flat=True)) == [
        "source.failing",
        "source.well",
    ]


def test_a_check_that_runs_twice_asks_once(crm: Path) -> None:
    health.check_all()
    rename_table(crm, "visit", "moved")
    assert health.check_all() == 0


def test_a_failing_source_shows_on_both_pages(crm: Path, signed_in: Callable[..., Client]) -> None:
    crm.rename(crm.with_suffix(".away"))
    health.check_all()
    client = signed_in("caseworker")
    for page in (reverse("desk:sources"), reverse("desk:source", args=["tele2-se", "crm"])):
        assert "The source does not answer" in client.get(page).content.decode()


def test_the_test_button_shows_columns_with_masked_values(
    crm: Path, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("caseworker")
    page = client.post(reverse("desk:source-test", args=["tele2-se", "crm"]), follow=True).content.decode()
    assert "a••••••••m" in page
    assert "anna@example.com" not in page
    assert SourceHealth.objects.get().error == ""


def test_a_test_takes_a_place_at_the_source_or_says_that_none_is_free(
    crm: Path, signed_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.sources.places.try_lock", lambda _name: False)
    client = signed_in("caseworker")
    page = client.post(reverse("desk:source-test", args=["tele2-se", "crm"]), follow=True).content.decode()
    assert "All places at the source are taken" in page
    assert health.check_all() == 0
    assert not SourceHealth.objects.exists()


def test_the_search_is_shown_wave_by_wave(crm: Path, signed_in: Callable[..., Client]) -> None:
    page = signed_in("caseworker").get(reverse("desk:sources")).content.decode()
    table = page[page.index("How they are searched") :]
    assert table.index("e-mail address") < table.index("customer number")
    assert "never" not in table


def test_a_collection_nothing_leads_to_is_marked(
    describe: Callable[..., object], crm: Path, signed_in: Callable[..., Client]
) -> None:
    describe(CRM + VISITS, CHECKED_CRM=f"sqlite:///{crm}")
    assert "never" in signed_in("caseworker").get(reverse("desk:sources")).content.decode()


def test_what_is_seldom_meant_stands_on_the_page(
    describe: Callable[..., object], crm: Path, signed_in: Callable[..., Client]
) -> None:
    address = reverse("desk:source", args=["tele2-se", "crm"])
    describe(CRM + VISITS, CHECKED_CRM=f"sqlite:///{crm}")
    assert "nothing that is proven leads here" in signed_in("caseworker").get(address).content.decode()
    describe(LINKED + VISITS, CHECKED_CRM=f"sqlite:///{crm}")
    assert "nothing that is proven leads here" not in signed_in("caseworker").get(address).content.decode()


def test_an_error_says_what_to_do(crm: Path, signed_in: Callable[..., Client]) -> None:
    rename_table(crm, "visit", "moved")
    client = signed_in("caseworker")
    page = client.post(reverse("desk:source-test", args=["tele2-se", "crm"]), follow=True).content.decode()
    assert "or give the account the right to read it" in page


def test_only_who_may_see_sources_sees_them(crm: Path, signed_in: Callable[..., Client]) -> None:
    assert signed_in("cleared").get(reverse("desk:source", args=["tele2-se", "crm"])).status_code == 404
