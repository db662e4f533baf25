"""A case walked to its end with words that stand nowhere else: whatever is written on the way is searched for them."""

import io
import json
import logging
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core import mail as outbox
from django.core.management import call_command
from django.db import connection
from django.test import Client

from cases.assessment import deciding
from cases.casework import mail
from cases.identity import claimed
from cases.models import Operator, OutgoingMail, Run, User
from cases.rows import chunks
from exports import worded
from exports.masking import by_hand
from tests.cases.public.public_person import Person, mailed_code
from tests.operators.line import decide, finish, work

pytestmark = [pytest.mark.pango, pytest.mark.django_db(transaction=True)]

NAME, MAILBOX, NUMBER = "Zqanna Canaryzq", "zqanna@canaryzq.example", "+46701740605"
NOTE, ROW, REASON, KEY = (
    "zqnote in the note",
    "zqrow in a row",
    "zqreason of a caseworker",
    "zqkey-of-a-link-zq",
)
CUSTOMER, NATIONAL_ID, CONTACT = "ZQ471147", "19671019-2391", "zqcontact, ring my sister"
WORDS, MASKED = "zqwords of a caseworker", "zqmasked for somebody else"
PERSONAL = (
    *(NAME, MAILBOX, NUMBER[3:], "070-174 06 05", "zqnote", "zqrow", "zqreason", CUSTOMER),
    *(NATIONAL_ID, "6710192391", "zqcontact", "zqwords", "zqmasked"),
)
METRICS_TOKEN = "zqtoken-of-the-metrics"


def secrets() -> tuple[str, ...]:
    password = str(settings.DATABASES["default"].get("PASSWORD") or "zq-none")
    of_the_desk = (
        getattr(settings, f"{name}_KEY") for name in ("SECRET", "MASTER", "INDEX", "ORDERS", "ANCHOR")
    )
    return (*of_the_desk, METRICS_TOKEN, password, KEY)


@dataclass
class Listening:
    """What is written while the case is walked."""

    broker: redis.Redis
    aside: Path
    log: io.StringIO = field(default_factory=io.StringIO)
    # Of this walk alone: tokens and secrets, keys of sessions, and codes of six digits.
    made: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)

    def places(self) -> Iterator[tuple[str, str]]:
        """Each place with all that is written there."""
        yield "log", self.log.getvalue()
        yield from (("queue", repr(self._read(key))) for key in self.broker.scan_iter())
        yield from ((f"table {name}", text) for name, text in tables())
        for folder in (self.aside, Path(settings.VAULT)):
            yield from ((str(path), path.read_bytes().decode("latin-1")) for path in files(folder))
        for sent in outbox.outbox:
            heads = {**sent.message(), "To": ""}
            yield "head of a mail", repr(heads)
            if sent.to != [MAILBOX]:
                yield "mail to somebody else", str(sent.message())

    def _read(self, key: bytes) -> object:
        kinds: dict[bytes, Callable[[bytes], object]] = {
            b"list": lambda name: self.broker.lrange(name, 0, -1),
            b"hash": self.broker.hgetall,
            b"set": self.broker.smembers,
            b"zset": lambda name: self.broker.zrange(name, 0, -1),
            b"string": self.broker.get,
        }
        return key, kinds[self.broker.type(key)](key)  # type: ignore[index]

    def finds(self) -> list[tuple[str, str]]:
        words = [*PERSONAL, *secrets(), *self.made, *self.sessions]
        forms = {form: word for word in words for form in (word, word.encode().hex())}
        # Nor a fraction of a second, nor a part of a longer number.
        codes = [re.compile(rf"(?<![\w.]){code}(?!\w)") for code in self.codes]
        found = []
        for place, text in self.places():
            found += [(place, forms[form]) for form in forms if form in text]
            found += [(place, code.pattern) for code in codes if code.search(text)]
        return found


def tables() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names():
            cursor.execute(f'SELECT t::text FROM "{name}" t')
            for (row,) in cursor.fetchall():
                yield name, row


def files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def listening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(aside))
    monkeypatch.setattr(settings, "METRICS_TOKEN", METRICS_TOKEN)
    root = logging.getLogger()
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.flushdb()
        found = Listening(broker, aside)
        handler = logging.StreamHandler(found.log)
        handler.setFormatter(next(one.formatter for one in root.handlers if one.formatter))
        root.addHandler(handler)
        yield found
        root.removeHandler(handler)
        broker.flushdb()


@pytest.fixture
def person(operator: Operator, crm: sqlite3.Connection) -> Person:
    crm.execute(
        "UPDATE customer SET name = ?, email = ? WHERE customer_no = 'C1'", (f"{NAME} {ROW}", MAILBOX)
    )
    for table in ("customer", "subscription", "invoice"):
        crm.execute(f"UPDATE {table} SET customer_no = ? WHERE customer_no = 'C1'", (CUSTOMER,))
    return Person(operator)


def session_of(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def test_nothing_of_a_person_or_a_key_is_written_where_it_can_be_read(
    person: Person,
    staff: Callable[..., User],
    signed_in: Callable[..., Client],
    listening: Listening,
    capsys: pytest.CaptureFixture[str],
) -> None:
    typed = {"name": NAME, "email": MAILBOX, "phone": "070-174 06 05"}
    typed |= {"customer_no": CUSTOMER, "national_id": NATIONAL_ID}
    said = {"note": NOTE, "contact": CONTACT}
    person.fill_in(find=typed, more=said)
    listening.sessions.append(session_of(person.client))
    assert not listening.finds(), "while the form is filled in"
    submission = person.send(find=typed, more=said)
    listening.codes.append(mailed_code())
    assert listening.broker.llen("mail"), "nothing was sent to the queue"
    assert not listening.finds(), "when it was sent"
    person.prove()
    case = work(submission.cases.get())
    assert not listening.finds(), "when it was gathered"
    desk, worker, app = signed_in("caseworker"), staff("caseworker"), generate_totp_secret()
    TOTP.activate(worker, app)
    call_command("api_token", "zq-system", operator=[case.operator_id])
    token = capsys.readouterr().out.strip()
    listening.made += [app, token]
    listening.sessions.append(session_of(desk))
    assert case.reference in desk.get(case.get_absolute_url()).content.decode()
    assert (
        Client().get(f"/api/cases/{case.reference}/", headers={"Authorization": f"Token {token}"}).status_code
        == 200
    )
    for claim in claimed.open_claims(case):
        claimed.reject_claimed(claim, by=worker)
    mask_in(case.runs.get(collection="invoice"), by=worker)
    worded.write(case, {"opening": WORDS}, by=worker)
    deciding.override(case.decisions.all()[0], outcome="give", reason=REASON, by=worker)
    decide(case, by=worker)
    assert not listening.finds(), "when it was decided"
    answer = finish(case, staff)
    assert case.stage == "closed"
    person.open_status(case)
    package = person.client.get(f"/{case.operator_id}/status/package/{answer.pk}/")
    assert b"".join(package).startswith(b"PK")  # type: ignore[call-overload]
    for each in OutgoingMail.objects.filter(sent_at=None):
        assert mail.deliver(each.pk)
    assert any(MAILBOX in sent.to for sent in outbox.outbox)
    assert not listening.finds(), "in the end"
    metrics = Client().get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"}).content.decode()
    assert "django_http" in metrics
    assert not [word for word in (*PERSONAL, *secrets()) if word in metrics]


def mask_in(run: Run, by: User) -> None:
    line = next(chunks.lines(run))
    by_hand.mask(
        run, line, column="status", text=json.loads(line)["status"], spans=[(0, 2)], why=MASKED, by=by
    )


def test_the_search_finds_what_lies_open(operator: Operator, listening: Listening) -> None:
    """Each place is looked into: what is put there is found there."""
    logging.getLogger("x").warning(NAME)
    listening.broker.lpush("celery", MAILBOX)
    (listening.aside / "left").write_text(NUMBER)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_operator SET name = %s", [NOTE])
    outbox.send_mail(NAME, "", None, ["somebody@example.com"])
    places = {place.partition(" ")[0].rpartition("/")[2] for place, _word in listening.finds()}
    assert places == {"log", "queue", "table", "left", "head", "mail"}


WRONG = [
    ("GET", f"/sources/{KEY}/", 404),
    ("POST", f"/sources/{KEY}/", 404),
    ("GET", f"/{KEY}/", 404),
    ("GET", f"/accounts/link/MQ/{KEY}/", 200),
    ("GET", f"/desk/cases/{KEY}/", 302),
    ("POST", f"/accounts/login/?next=/{KEY}/", 403),
    ("PUT", f"/sources/{KEY}/", 405),
    ("GET", f"/tele2-se/status/?reference={KEY}%00", 400),
    ("GET", f"/api/cases/{KEY}/", 401),
    ("POST", f"/api/{KEY}/", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), WRONG)
def test_an_address_that_is_a_key_is_in_no_log_and_on_no_page(
    operator: Operator, listening: Listening, method: str, path: str, status: int
) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    answer = client.generic(method, path, b"a=b", "application/x-www-form-urlencoded")
    assert answer.status_code == status
    assert KEY not in listening.log.getvalue()
    said = re.sub(r'(href|action|value)="[^"]*"', "", answer.content.decode())
    assert KEY not in said


def test_a_refused_call_is_named_by_its_route(operator: Operator, listening: Listening) -> None:
    Client().put(f"/sources/{KEY}/")
    assert '"route": "sources/<str:token>/"' in listening.log.getvalue()
    assert '"event": "Method Not Allowed"' in listening.log.getvalue()


def test_who_was_refused_is_in_the_log_by_number(
    listening: Listening, signed_in: Callable[..., Client], staff: Callable[..., User]
) -> None:
    assert signed_in("caseworker").get("/desk/audit/").status_code == 403
    [line] = [one for one in map(json.loads, listening.log.getvalue().splitlines()) if one.get("route")]
    assert (line["event"], line["route"], line["user"]) == (
        "Forbidden",
        "desk/audit/",
        staff("caseworker").pk,
    )


def test_a_host_that_is_not_ours_is_not_repeated(operator: Operator, listening: Listening) -> None:
    assert Client(headers={"host": f"{KEY}.example"}).get("/").status_code == 400
    assert KEY not in listening.log.getvalue()
    assert "Refused: DisallowedHost" in listening.log.getvalue()


def test_an_error_is_told_without_what_it_stumbled_over(
    operator: Operator, listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise ValueError(f"{NAME} {NOTE}")

    monkeypatch.setattr("cases.public.entry.get_operator", stumble)
    answer = Client(raise_request_exception=False).get(f"/tele2-se/status/?x={KEY}")
    assert answer.status_code == 500
    for text in (answer.content.decode(), listening.log.getvalue()):
        assert not [word for word in (*PERSONAL, KEY) if word in text]
    assert "builtins.ValueError" in listening.log.getvalue()
