"""One canonical form for every identifier: what is mailed is what is proven is what is searched."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from cases.casework.mail import deliver
from cases.casework.workflow import Refusal
from cases.execution.objections.stoplist import enlist
from cases.identity.identifier_words import sentence
from cases.identity.identifiers import NotAnIdentifier, normalise, reply_mailbox
from cases.identity.identifiers import typed as as_typed
from cases.identity.known import identifiers_of, plain
from cases.identity.verification import check_code
from cases.models import Case, MailedCode, Operator, Submission, User
from cases.orders.court_orders import register_order
from cases.request.asked import IntakeProblem
from cases.request.intake import submit
from cases.sealed import vault
from connectors.description.spelling import in_ascii
from demo.servers.processes import free_port
from tests.operators.by_hand import request, work
from tests.operators.scenes import SMALL

DECOMPOSED = "info@ra\u0308ksmo\u0308rga\u030as.se"

# kind, country, what is typed, what it means
MEANS = [
    ("email", "SE", "anna@example.com", "anna@example.com"),
    ("email", "SE", "  Anna@Example.COM ", "anna@example.com"),
    ("email", "SE", "anna+dsar@example.com", "anna+dsar@example.com"),
    ("email", "SE", "info@räksmörgås.se", "info@räksmörgås.se"),
    ("email", "SE", "Info@RÄKSMÖRGÅS.se", "info@räksmörgås.se"),
    ("email", "SE", DECOMPOSED, "info@räksmörgås.se"),
    ("email", "SE", "info@xn--rksmrgs-5wao1o.se", "info@räksmörgås.se"),
    ("email", "SE", "info@XN--RKSMRGS-5WAO1O.se", "info@räksmörgås.se"),
    ("email", "SE", "anna@ｅｘａｍｐｌｅ．com", "anna@example.com"),
    ("email", "SE", "anna@example。com", "anna@example.com"),
    ("email", "DK", "bo@straße.de", "bo@straße.de"),
    ("email", "DK", "bo@strasse.de", "bo@strasse.de"),
    ("email", "SE", "anna@intranet_1.example.com", "anna@intranet_1.example.com"),
    ("email", "SE", "a\u030asa@example.com", "åsa@example.com"),
    ("msisdn", "SE", "0701740605", "+46701740605"),
    ("msisdn", "SE", "070 174 06 05", "+46701740605"),
    ("msisdn", "SE", "070\u00a0174\u00a006\u00a005", "+46701740605"),
    ("msisdn", "SE", "070\u2011174\u201106\u201105", "+46701740605"),
    ("msisdn", "SE", "+46 (0)70-174 06 05", "+46701740605"),
    ("msisdn", "SE", "0046701740605", "+46701740605"),
    ("msisdn", "SE", "０７０１７４０６０５", "+46701740605"),
    ("msisdn", "SE", "٠٧٠١٧٤٠٦٠٥", "+46701740605"),
    ("msisdn", "SE", "+46701740605", "+46701740605"),
    ("msisdn", "SE", "+46 70 174 06 05", "+46701740605"),
    ("msisdn", "SE", "0046 (0)70 174 06 05", "+46701740605"),
    ("msisdn", "SE", "070\u2013174\u201306\u201305", "+46701740605"),
    ("msisdn", "SE", "08-465 004 10", "+46846500410"),
    ("msisdn", "SE", "+45 20 12 34 56", "+4520123456"),
    ("msisdn", "DK", "20 12 34 56", "+4520123456"),
    ("msisdn", "DK", "2012\u00a03456", "+4520123456"),
    ("msisdn", "DK", "0045 20123456", "+4520123456"),
    ("national_id", "SE", "880320-0016", "198803200016"),
    ("national_id", "SE", "19880320 0016".replace(" ", "-"), "198803200016"),
    ("national_id", "SE", "１９８８０３２０００１６", "198803200016"),
    ("national_id", "SE", "880320 0016", "198803200016"),
    ("national_id", "SE", "19880320 0016", "198803200016"),
    ("national_id", "SE", "1988 03 20 00 16", "198803200016"),
    ("national_id", "SE", "1988-03-20-0016", "198803200016"),
    ("national_id", "SE", "880320 - 0016", "198803200016"),
    ("national_id", "SE", "880320\u00a00016", "198803200016"),
    ("national_id", "SE", "880320\u20110016", "198803200016"),
    ("national_id", "SE", "880320\u20130016", "198803200016"),
    ("national_id", "SE", "880320 \u2014 0016", "198803200016"),
    ("national_id", "SE", "880320\u22120016", "198803200016"),
    ("national_id", "SE", "180320+0011", "191803200011"),
    ("national_id", "SE", "180320 + 0011", "191803200011"),
    ("national_id", "SE", "１８０３２０＋００１１", "191803200011"),
    ("national_id", "SE", "19180320+0011", "191803200011"),
    ("national_id", "SE", "19180320-0011", "191803200011"),
    ("national_id", "SE", "701063-2391", "197010632391"),
    ("national_id", "SE", "19701063-2391", "197010632391"),
    ("national_id", "SE", "701063 2391", "197010632391"),
    ("national_id", "SE", "701063\u20132391", "197010632391"),
    ("national_id", "SE", "19701063\u20112391", "197010632391"),
    ("national_id", "DK", "211062-5629", "2110625629"),
    ("national_id", "DK", "２１１０６２５６２９", "2110625629"),
    ("national_id", "DK", "211062 5629", "2110625629"),
    ("national_id", "DK", "21 10 62 56 29", "2110625629"),
    ("national_id", "DK", "211062\u00a05629", "2110625629"),
    ("national_id", "DK", "211062\u20115629", "2110625629"),
    ("national_id", "DK", "211062 \u2013 5629", "2110625629"),
    ("national_id", "DK", "211062\u22125629", "2110625629"),
    ("national_id", "DK", "211062-5628", "2110625628"),
    ("customer_no", "SE", " C1 ", "C1"),
    ("customer_no", "SE", "c1", "c1"),
    ("customer_no", "SE", "Ｃ１", "C1"),
    ("customer_no", "SE", "a\u030a1", "å1"),
    ("account_no", "SE", " A\u030a-1 ", "A\u030a-1"),
]

# kind, what is typed, the sentence
REFUSED = [
    (
        "email",
        "anna\u200b@example.com",
        "An invisible character (zero-width space, U+200B) stands after “anna”.",
    ),
    ("email", "anna@exam\u200bple.com", "(zero-width space, U+200B) stands after “anna@exam”"),
    ("email", "anna@exam\u2060ple.com", "(word joiner, U+2060) stands after “anna@exam”"),
    ("email", "\ufeffanna@example.com", "(byte order mark, U+FEFF) stands at the beginning"),
    ("email", "anna@exam\u00adple.com", "(soft hyphen, U+00AD) stands after “anna@exam”"),
    ("email", "anna@exam\u200dple.com", "(zero-width joiner, U+200D) stands after “anna@exam”"),
    ("email", "anna\u200e@example.com", "(direction mark, U+200E) stands after “anna”"),
    ("email", "\u202emoc.elpmaxe@anna", "(direction mark, U+202E) stands at the beginning"),
    ("email", "anna@exam\ufe0fple.com", "(U+FE0F) stands after “anna@exam”"),
    ("email", "anna@exam\u3164ple.com", "(U+3164) stands after “anna@exam”"),
    ("email", "anna@example.com\u2028", "(U+2028) stands after “anna@example.com”"),
    ("msisdn", "\u202a0701740605\u202c", "(direction mark, U+202A) stands at the beginning"),
    ("msisdn", "070\u200b1740605", "(zero-width space, U+200B) stands after “070”"),
    ("national_id", "19880320\u00ad0016", "(soft hyphen, U+00AD) stands after “19880320”"),
    ("customer_no", "C\u20661", "(direction mark, U+2066) stands after “C”"),
    ("account_no", "A\u200b1", "(zero-width space, U+200B) stands after “A”"),
    ("customer_no", "C2\x7f", "(U+007F) stands after “C2”"),
    ("customer_no", "C\x852", "(U+0085) stands after “C”"),
    ("customer_no", "\0C2", "(U+0000) stands at the beginning"),
    ("email", '"anna"@example.com', "Write an e-mail address we can answer"),
    ("email", "anna@bo@example.com", "Write an e-mail address we can answer"),
    ("email", "an na@example.com", "Write an e-mail address we can answer"),
    ("email", "anna@♥.com", "Write an e-mail address we can answer"),
    ("email", "anna", "Write an e-mail address we can answer"),
    ("msisdn", "anna", "Write the phone number"),
    ("msisdn", "070-174", "This phone number is too short. Write all of its digits"),
    ("msisdn", "070-174 06 0", "too short"),
    ("msisdn", "070174", "too short"),
    ("msisdn", "+46 70 174", "too short"),
    ("msisdn", "174", "too short"),
    ("msisdn", "070-174 06 05, 070-174 06 06", "Write one number in each field"),
    ("msisdn", "0701740605/0701740606", "Write one number in each field"),
    ("msisdn", "0701740605 eller 0701740606", "Write one number in each field"),
    ("msisdn", "0701740605 0701740606", "Write one number in each field"),
    ("msisdn", "+46701740605;+46701740606", "Write one number in each field"),
    ("msisdn", "08-46500410 / 08-46500411", "Write one number in each field"),
    ("msisdn", "20 12 34 56, 20 12 34 57", "Write one number in each field"),
    ("msisdn", "070-174 06 05 anknytning 12", "Write the phone number with its digits only"),
    ("msisdn", "90 510", "too short"),
    ("national_id", "701063-2392", "The digits of this personal identity number do not fit together."),
    ("national_id", "19880320-001", "Write the personal identity number"),
    ("national_id", "880320/0016", "Write the personal identity number"),
    ("national_id", "88+0320-0016", "Write the personal identity number"),
    ("national_id", "19880320-0017", "The digits of this personal identity number do not fit together."),
    ("national_id", "880320 0017", "do not fit together"),
    ("national_id", "180320+0013", "do not fit together"),
    ("national_id", "19880231-0015", "do not fit together"),
]
# what is typed, the sentence
REFUSED_CPR = [
    ("211062-562", "Write the CPR number with ten digits"),
    ("211062/5629", "Write the CPR number with ten digits"),
    ("311362-5629", "The digits of this CPR number do not fit together"),
    ("310262 5629", "do not fit together"),
]
# A customer number as people and systems write it: one hash, so that a claim finds what a source tells.
ONE_CUSTOMER = ("C 1234", "c1234", "C1234", " c 12 34 ", "C\u00a01234", "Ｃ１２３４")


@pytest.mark.parametrize(("kind", "country", "typed", "means"), MEANS)
def test_every_spelling_means_one_value(kind: str, country: str, typed: str, means: str) -> None:
    assert normalise(kind, typed, country) == means
    assert normalise(kind, means, country) == means


@pytest.mark.parametrize(("kind", "typed", "said"), REFUSED)
def test_what_cannot_be_read_one_way_is_refused_by_name(kind: str, typed: str, said: str) -> None:
    with translation.override("en"), pytest.raises(NotAnIdentifier) as refused:
        normalise(kind, typed, "SE")
    with translation.override("en"):
        assert said in sentence(refused.value)


@pytest.mark.parametrize(("typed", "said"), REFUSED_CPR)
def test_a_danish_number_is_refused_by_what_is_wrong(typed: str, said: str) -> None:
    with translation.override("en"), pytest.raises(NotAnIdentifier) as refused:
        normalise("national_id", typed, "DK")
    with translation.override("en"):
        assert said in sentence(refused.value)


def test_a_customer_number_is_one_in_any_case_and_with_blanks() -> None:
    def hashed(value: str) -> str:
        return vault.digest("tele2-se", "customer_no", value)

    assert {hashed(normalise("customer_no", typed, "SE")) for typed in ONE_CUSTOMER} == {hashed("C1234")}
    assert {as_typed("customer_no", typed, "SE").upper() for typed in ONE_CUSTOMER} == {"C1234"}


@pytest.mark.django_db
def test_a_typed_customer_number_is_known_in_what_a_source_tells(ask: Callable[..., Case]) -> None:
    case = work(ask("access", customer_no="c\u00a01"))
    assert [one.confirmed_at is not None for one in case.claimed.filter(kind="customer_no")] == [True]


@pytest.mark.parametrize(("language", "said"), [("sv", "osynligt tecken"), ("da", "usynligt tegn")])
def test_the_person_reads_it_in_their_language(language: str, said: str) -> None:
    with pytest.raises(NotAnIdentifier) as refused:
        normalise("email", "anna\u200b@example.com", "SE")
    with translation.override(language):
        told = sentence(refused.value)
    assert said in told
    assert "U+200B" in told
    assert "“anna”" in told or "”anna”" in told or "»anna«" in told


def test_mail_goes_only_where_it_can_be_sent_as_it_stands() -> None:
    with pytest.raises(NotAnIdentifier, match="mailbox-letters"):
        reply_mailbox("åsa@example.com")
    assert reply_mailbox("Info@xn--rksmrgs-5wao1o.se") == "info@räksmörgås.se"


def test_what_was_hashed_before_is_found_still(operator: Operator) -> None:
    """Orders, stop lists and claims made when values were only put into lower case keep their hashes."""
    for kind, _country, _typed, means in MEANS:
        if kind in ("email", "customer_no"):
            assert vault.digest("tele2-se", kind, normalise(kind, means, "SE")) == vault.digest(
                "tele2-se", kind, means.strip().lower()
            )


# Every door

UNSEEN = {
    "email": "anna\u200b@example.com",
    "phone": "070\u20601740605",
    "customer_no": "C\u00ad1",
    "national_id": "19880320\ufeff0016",
}


@pytest.mark.django_db
@pytest.mark.parametrize("field", UNSEEN)
def test_a_request_with_an_unseen_character_is_no_request(operator: Operator, field: str) -> None:
    with translation.override("en"), pytest.raises(IntakeProblem) as refused:
        submit(request(operator, "access", **{field: UNSEEN[field]}))
    assert list(refused.value.errors) == [field]
    assert "invisible character" in refused.value.errors[field]
    assert not Submission.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("blank", ["\u200b", " \u200d ", "\u2800", "\ufeff\u00ad"])
def test_a_name_that_nobody_sees_is_none(operator: Operator, blank: str) -> None:
    asked = {"standing": "proxy", "on_behalf_of": blank, "name": blank, "note": blank}
    with translation.override("en"), pytest.raises(IntakeProblem) as refused:
        submit(request(operator, "rectification", **asked))
    assert refused.value.errors["name"] == "Write your name."
    assert refused.value.errors["on_behalf_of"] == "Write the name of the person you ask for."
    assert refused.value.errors["note"] == "Write what is wrong and what is right."


@pytest.mark.django_db
def test_a_name_with_a_joiner_in_it_is_one(operator: Operator) -> None:
    assert submit(request(operator, "access", name="\u0939\u093f\u0928\u094d\u200d\u0926\u0940")).cases.get()


@pytest.mark.django_db
def test_the_public_form_names_it_at_its_field(operator: Operator) -> None:
    client, draft = Client(headers={"accept-language": "en"}), uuid4()
    for step, answers in (("rights", {"rights": "access"}), ("you", {"standing": "self"})):
        assert (
            client.post(reverse("public:step", args=[operator.pk, draft, step]), answers).status_code == 302
        )
    page = client.post(
        reverse("public:step", args=[operator.pk, draft, "find"]),
        {"name": "Anna Test", "email": UNSEEN["email"]},
    )
    assert "(zero-width space, U+200B) stands after" in page.content.decode()


@pytest.mark.django_db
def test_an_order_and_the_search_box_name_it(operator: Operator, staff: Callable[..., User]) -> None:
    legal = staff("legal")
    with translation.override("en"), pytest.raises(Refusal) as refused:
        register_order(operator, by=legal, rule="SE-IPRED-PENDING", kind="email", value=UNSEEN["email"])
    with translation.override("en"):
        assert "zero-width space" in refused.value.message
    client = Client(headers={"accept-language": "en"})
    client.force_login(staff("caseworker"), backend="django.contrib.auth.backends.ModelBackend")
    page = client.post(reverse("desk:find"), {"q": UNSEEN["email"]}, follow=True)
    assert "(zero-width space, U+200B) stands after" in page.content.decode()


# The string that is mailed is the string that is proven is the string that is searched


class Wire:
    """What stood on the wire: the recipient and the code, as an SMTP server got them."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, str]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        text = envelope.content.decode()
        found = re.search(r"\b\d{6}\b", text.partition("\r\n\r\n")[2])
        self.arrived.append((envelope.rcpt_tos[0], found[0] if found else ""))
        return "250 taken"


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """An SMTP server that mail really goes through."""
    wire = Wire()
    server = Controller(wire, hostname="127.0.0.1", port=free_port())
    server.start()
    backend = "django.core.mail.backends.smtp.EmailBackend"
    for name, value in {"BACKEND": backend, "HOST": server.hostname, "PORT": server.port}.items():
        monkeypatch.setattr(settings, f"EMAIL_{name}", value)
    yield wire
    server.stop()


SPELLINGS = ("info@räksmörgås.se", "info@xn--rksmrgs-5wao1o.se", DECOMPOSED, "Info@RÄKSMÖRGÅS.SE")


@pytest.mark.django_db
@pytest.mark.parametrize("held", SPELLINGS[:2])
@pytest.mark.parametrize("typed", SPELLINGS)
def test_mailed_proven_and_searched_are_one(
    operator: Operator, crm: sqlite3.Connection, wire: Wire, typed: str, held: str
) -> None:
    crm.execute("UPDATE customer SET email = ? WHERE customer_no = 'C1'", (held,))
    submission = submit(request(operator, "access", email=typed))
    assert deliver(submission.mails.get().pk)
    [(recipient, code)] = wire.arrived
    check_code(submission, purpose=MailedCode.Purpose.PROVE, code=code)
    case = submission.cases.get()
    [proven] = case.identifiers.all()
    assert recipient == in_ascii(plain(case, proven))
    assert normalise("email", recipient, "SE") == plain(case, proven) == "info@räksmörgås.se"
    work(case)
    assert {one.value for one in identifiers_of(case) if one.kind == "email"} == {plain(case, proven)}
    assert case.runs.get(collection="customer").rows == 1
    assert case.runs.get(collection="calls").rows == 2


@pytest.mark.django_db
def test_two_domains_that_fold_alike_are_two(operator: Operator, crm: sqlite3.Connection, wire: Wire) -> None:
    """Whoever reads the mail of strasse.de has not proven a mailbox at straße.de."""
    crm.execute("UPDATE customer SET email = 'bo@strasse.de' WHERE customer_no = 'C2'")
    submission = submit(request(operator, "access", email="bo@straße.de"))
    assert deliver(submission.mails.get().pk)
    [(recipient, code)] = wire.arrived
    assert recipient == "bo@xn--strae-oqa.de"
    check_code(submission, purpose=MailedCode.Purpose.PROVE, code=code)
    case = submission.cases.get()
    assert case.identifiers.get().digest != vault.digest("tele2-se", "email", "bo@strasse.de")
    work(case)
    assert sum(case.runs.values_list("rows", flat=True)) == 0


@pytest.mark.django_db
def test_a_source_may_tell_either_spelling(
    configured: Callable[[str], None], ask: Callable[..., Case], crm: sqlite3.Connection
) -> None:
    """A claim, an order and the stop list know a mailbox that a source tells as mail programs spell it."""
    telling = SMALL.connectors.replace(
        'yields = [{ kind = "customer_no", column = "customer_no" }]',
        'yields = [{ kind = "customer_no", column = "customer_no" }, { kind = "email", column = "email" }]',
    )
    configured(telling)
    crm.execute("UPDATE customer SET email = 'info@xn--rksmrgs-5wao1o.se' WHERE customer_no = 'C1'")
    case = work(ask("marketing-objection", "info@räksmörgås.se"))
    assert case.identifiers.filter(kind="email").count() == 1
    enlist(case, ["marketing"])
    assert vault.digest("tele2-se", "email", "info@räksmörgås.se") in set(
        case.suppressions.values_list("digest", flat=True)
    )
