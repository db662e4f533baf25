"""Language, colour, caching and the frame around the pages."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from cases.casework.operators import register_of
from cases.models import Operator, User
from cases.registers.register import load_register
from cases.sources.loading import load_operator
from tests.cases.public.public_person import Person, at, text

OPERATORS = ("tele2-se", "telia-finance-dk", "telenor-se", "hektor-se", "telenor-dk")


def _language(client: Client, path: str, **headers: str) -> str:
    found = re.search(r'<html lang="(\w+)"', client.get(path, headers=headers).content.decode())
    assert found
    return found[1]


def test_the_browsers_language_counts_if_the_operator_speaks_it(operator: Operator) -> None:
    assert _language(Client(), "/tele2-se/", **{"accept-language": "da-DK,da;q=0.9"}) == "da"


def test_else_the_operators_own(operator: Operator) -> None:
    load_operator("telia-finance-dk")
    assert _language(Client(), "/tele2-se/") == "sv"
    assert _language(Client(), "/tele2-se/", **{"accept-language": "fr"}) == "sv"
    assert _language(Client(), "/telia-finance-dk/") == "da"


def test_changing_the_language_keeps_the_page_and_the_draft(person: Person) -> None:
    person.answer("rights", rights=["erasure"])
    person.answer("you", standing="self")
    assert at(person.see("step", "find", query="?lang=da"), person.url("step", "find"))
    assert _language(person.client, person.url("step", "find")) == "da"
    assert _language(person.client, person.url("status")) == "da"


def test_the_front_page_names_every_operator_with_its_country(operator: Operator) -> None:
    for slug in OPERATORS:
        load_operator(slug)
    page = text(Client(headers={"accept-language": "en"}).get("/"))
    assert "Telenor Denmark Telenor Sweden" in page


def test_an_operator_that_has_been_switched_off_is_gone(operator: Operator) -> None:
    Operator.objects.filter(pk=operator.pk).update(is_active=False)
    assert Client().get("/tele2-se/").status_code == 404
    assert "Tele2" not in text(Client().get("/"))


@pytest.mark.parametrize("name", ["landing", "status"])
def test_no_page_is_kept_by_a_shared_computer(person: Person, name: str) -> None:
    assert "no-store" in person.see(name)["Cache-Control"]


def test_pages_allow_nothing_inline(person: Person) -> None:
    """The policy forbids inline scripts and styles, so there must be none that would silently be dropped."""
    response = person.see("step", "rights")
    page = response.content.decode()
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*src=)|<style| style=| on\w+=", page)


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _token(name: str) -> tuple[str, str]:
    css = (settings.BASE_DIR / "static" / "dsar.css").read_text()
    found = re.search(rf"--{name}: light-dark\((#\w{{6}}), (#\w{{6}})\)", css)
    assert found
    return found[1], found[2]


@pytest.mark.parametrize("slug", OPERATORS)
def test_an_operators_colour_can_be_read_in_both_themes(db: None, slug: str) -> None:
    register = register_of(load_operator(slug)[0])
    for accent, paper, on_accent in zip(
        (register.accent, register.accent_dark), _token("paper"), _token("on-accent"), strict=True
    ):
        assert _contrast(accent, paper) >= 4.5
        assert _contrast(accent, on_accent) >= 4.5


@pytest.mark.parametrize("token", ["ink", "ink-2", "ok", "attention", "late", "stopped"])
@pytest.mark.parametrize("paper", ["paper", "paper-2", "float"])
def test_every_colour_of_words_can_be_read(token: str, paper: str) -> None:
    for colour, ground in zip(_token(token), _token(paper), strict=True):
        assert _contrast(colour, ground) >= 4.5


def test_the_colour_is_a_stylesheet_of_its_own(operator: Operator) -> None:
    response = Client().get("/tele2-se/accent.css")
    assert response["Content-Type"] == "text/css"
    assert register_of(operator).accent in response.content.decode()
    assert Client().get("/nobody/accent.css").status_code == 404


@pytest.mark.parametrize(("path", "status"), [("/desk/cases/26-22222-22/", 404), ("/desk/registers/", 403)])
def test_an_error_at_the_desk_leads_back_to_the_desk(operator: Operator, path: str, status: int) -> None:
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(
        User.objects.create(username="nobody"), backend="django.contrib.auth.backends.ModelBackend"
    )
    response = browser.get(path)
    page = response.content.decode()
    assert response.status_code == status
    assert f'<a class="name" href="{reverse("desk:queue")}">Desk</a>' in page
    assert "Your personal data" not in page


def test_an_error_elsewhere_stays_in_the_public_frame(operator: Operator) -> None:
    page = Client(headers={"accept-language": "en"}).get("/nobody/")
    assert page.status_code == 404
    assert "Your personal data" in page.content.decode()


def test_a_page_that_is_not_there_keeps_whose_pages_these_are(operator: Operator) -> None:
    browser = Client(headers={"accept-language": "da"}, enforce_csrf_checks=True)
    for path in ("nowhere/", "request/nowhere/", f"request/{uuid4()}/nowhere/"):
        page = browser.get(f"/{operator.pk}/{path}")
        shown = page.content.decode()
        assert page.status_code == 404
        assert '<html lang="da">' in shown
        assert f'<a class="name" href="/{operator.pk}/">{operator.name}</a>' in shown
        assert all(reverse(f"public:{name}", args=[operator.pk]) in shown for name in ("start", "status"))
    assert browser.get(f"/{operator.pk}/nowhere/?lang=en")["Location"] == f"/{operator.pk}/nowhere/"
    assert '<html lang="en">' in browser.get(f"/{operator.pk}/nowhere/").content.decode()
    refused = browser.post(f"/{operator.pk}/status/", {"reference": "x"})
    assert (refused.status_code, operator.name in refused.content.decode()) == (403, True)


def test_languages_stand_in_one_order_on_every_page(operator: Operator) -> None:
    danish = load_operator("telenor-dk")[0]
    orders = {
        tuple(re.findall(r'hreflang="(\w+)"', Client().get(path).content.decode()))
        for path in ("/", f"/{operator.pk}/", f"/{danish.pk}/status/", f"/{danish.pk}/nowhere/")
    }
    assert orders == {("sv", "da", "en")}


def test_the_demonstration_has_nobodys_telephone_number() -> None:
    """PTS keeps 08-465 004 00 to 99 for fiction; no Danish number begins with 0."""
    for folder in sorted(Path(settings.BASE_DIR, "operators").iterdir()):
        who = load_register(folder).controller
        number = (who.phone or "").removeprefix("+46 8").removeprefix("08-").strip()
        assert number.startswith(("465 004", "01 23")), folder.name
        assert (who.email or "").endswith(".example"), folder.name


def test_the_answer_is_not_promised_within_a_month_without_the_exception(person: Person) -> None:
    """Art. 12(3): two further months where a request is complex, told within the first."""
    assert "up to two months more" in text(person.see("landing"))
