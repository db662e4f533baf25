"""The consent service and the mailbox, as processes of their own."""

import json
import smtplib
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from email.message import EmailMessage

import httpx
import pytest

from demo.servers.eid import FACES, Provider, authorize_page, known_to
from demo.servers.processes import Children, free_port
from demo.systems.build import describe
from demo.systems.cast import Casting, cast
from demo.systems.preferences import write_consents

TODAY = date(2026, 11, 21)
PERSON = cast("tele2-se", TODAY)[1].customer_no


@contextmanager
def service(folder, module, *args, port, env=None):
    children = Children(folder)
    children.start_module("service", module, *map(str, args), env=env)
    try:
        children.wait_for_port("service", port)
        yield f"http://127.0.0.1:{port}"
    finally:
        children.stop()


def test_whoever_tries_an_identity_is_told_who_there_is_and_nobody_is_proposed():
    described = json.loads(describe(TODAY))
    for face, slug in (("bankid", "tele2-se"), ("mitid", "telenor-dk")):
        people = known_to(FACES[face], described)
        assert {one["national_id"] for one in described[slug].values()} <= people.keys()
        page = authorize_page(Provider("http://localhost/x", FACES[face], people), {})
        assert 'list="people" value=""' in page
        for language, stop in (("sv", "Avbryt"), ("da", "Afbryd"), ("fr", "Stop")):
            told = authorize_page(
                Provider("http://localhost/x", FACES[face], people), {"ui_locales": language}
            )
            assert f">{stop}</button>" in told
        assert all(one["national_id"] in page and one["name"] in page for one in described[slug].values())


@pytest.fixture
def consents(tmp_path):
    write_consents(tmp_path / "tele2-se.sqlite", Casting("tele2-se", TODAY))
    port = free_port()
    with (
        service(
            tmp_path, "demo.servers.consents", tmp_path, port, port=port, env={"CONSENTS_TOKEN": "t0ken"}
        ) as address,
        httpx.Client(base_url=f"{address}/tele2-se", headers={"Authorization": "Bearer t0ken"}) as client,
    ):
        yield client


def held(client, **more):
    return client.get("/consents", params={"customer_no": PERSON, **more}).json()


def test_nobody_without_the_token(consents):
    for header in ("", "Bearer wrong"):
        assert consents.get("/consents", headers={"Authorization": header}).status_code == 401


def test_a_change_is_stamped_with_its_moment_and_zone(consents):
    changed = consents.put(f"/preferences/{PERSON}", json={"sms": False}).json()["changed_at"]
    assert datetime.fromisoformat(changed).utcoffset() == timedelta()


def test_pages_hold_every_consent_of_the_customer_once(consents):
    whole = held(consents)["consents"]
    pages = held(consents, size=1)["pages"]
    parts = [held(consents, size=1, page=page)["consents"][0] for page in range(1, pages + 1)]
    assert parts == whole
    assert {row["customer_no"] for row in whole} == {PERSON}


def test_a_dry_run_deletes_nothing(consents):
    one = held(consents)["consents"][0]
    path = f"/consents/{one['consent_id']}"
    assert consents.delete(path, params={"dry_run": "true"}).json() == {"deleted": 1}
    assert consents.get(path).json() == one


def test_what_was_deleted_is_gone_and_a_second_time_is_harmless(consents):
    path = f"/consents/{held(consents)['consents'][0]['consent_id']}"
    assert consents.delete(path).json() == {"deleted": 1}
    assert consents.delete(path).json() == {"deleted": 0}
    assert consents.get(path).status_code == 404


def test_marketing_is_switched_off_and_stays_off(consents):
    assert consents.get(f"/preferences/{PERSON}").json()["marketing"] is True
    assert consents.put(f"/preferences/{PERSON}", json={"marketing": False}).json()["marketing"] is False
    assert (
        consents.get("/preferences", params={"customer_no": PERSON}).json()["preferences"][0]["marketing"]
        is False
    )


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"marketing": "no"}', b'{"customer_no": true}', b"{}"])
def test_a_body_that_makes_no_sense_is_refused(consents, body):
    answer = consents.put(f"/preferences/{PERSON}", content=body)
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]


@pytest.mark.parametrize("path", ["/nothing", "/consents/99999999", "/preferences/XX1", "/../other/consents"])
def test_what_is_not_there_is_not_found(consents, path):
    assert consents.get(path).status_code == 404


def test_a_mail_is_kept_and_read(tmp_path):
    smtp, web = free_port(), free_port()
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "desk@example.org", "Åsa <asa@example.org>", "Din kod"
    mail.set_content("Koden är 123456 <b>")
    with service(tmp_path, "demo.servers.mailbox", tmp_path / "mail", smtp, web, port=web) as address:
        with smtplib.SMTP("127.0.0.1", smtp) as post:
            post.send_message(mail)
        found = httpx.get(f"{address}/mails.json", params={"to": "ASA@example.org"}).json()
        assert [(one["subject"], one["text"].strip()) for one in found] == [
            ("Din kod", "Koden är 123456 <b>")
        ]
        assert httpx.get(f"{address}/mails.json", params={"to": "bo@example.org"}).json() == []
        assert "&lt;b&gt;" in httpx.get(f"{address}/1").text
        assert "/1" in httpx.get(f"{address}/").text
        assert httpx.get(f"{address}/2").status_code == 404
