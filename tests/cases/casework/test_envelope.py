"""Every mail comes from the operator, is answered where the operator reads, and reads well in three languages."""

from collections.abc import Callable
from datetime import date
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core import mail as outbox
from django.utils import translation

from cases.casework.mail import deliver, queue
from cases.casework.operators import register_of
from cases.models import Case, Operator, RegisterVersion
from cases.models.case import Right
from cases.public.rights import RIGHTS, wanted

pytestmark = pytest.mark.django_db
KINDS = sorted(
    path.name.removesuffix("_subject.txt")
    for path in (Path(settings.BASE_DIR) / "templates" / "emails").glob("*_subject.txt")
)
GREETING = {"sv": "Hej!", "da": "Hej", "en": "Hello,"}


@pytest.fixture
def case(ask: Callable[..., Case]) -> Case:
    return ask("access", proven=False)


def sent(case: Case, kind: str, language: str = "en", **context: Any) -> EmailMessage:
    """The mail as an SMTP server gets it."""
    told = {
        "case": case, "cases": [case], "code": "123456", "minutes": 30, "kinds": [], "reason": "Nine systems.",
        "until": date(2026, 12, 30), "source": "CRM", "collection": "letters", "days": 14,
        "link": "/owner/x/", "expires_on": date(2027, 1, 4), "action": "erased", "reference": case.reference,
        "earlier": case, "draft": UUID(int=1),
    }  # fmt: skip
    deliver(queue(case.submission, kind, to="anna@example.com", language=language, **told | context).pk)
    parsed = message_from_bytes(outbox.outbox[-1].message().as_bytes(), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def body(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def with_mail(operator: Operator, table: str) -> None:
    """The operator's register with this [mail] table."""
    assert operator.register
    content = operator.register.content.replace("[controller]", f"{table}\n[controller]")
    digest = sha256(content.encode()).hexdigest()
    version = RegisterVersion.objects.create(operator=operator, sha256=digest, content=content)
    Operator.objects.filter(pk=operator.pk).update(register=version)


def test_it_comes_from_the_operator_by_name_and_says_that_nobody_typed_it(case: Case) -> None:
    mail = sent(case, "code")
    assert mail["From"].addresses[0].display_name == case.operator.name
    assert mail["From"].addresses[0].addr_spec == settings.DEFAULT_FROM_EMAIL
    assert mail["Auto-Submitted"] == "auto-generated"


def test_each_operator_has_its_own_sender_and_its_own_answers(case: Case) -> None:
    with_mail(case.operator, '[mail]\nsender = "dsr@tele2.example"\nreply_to = "svar@tele2.example"')
    mail = sent(Case.objects.get(), "code")
    assert mail["From"].addresses[0].addr_spec == "dsr@tele2.example"
    assert mail["Reply-To"] == "svar@tele2.example"


def test_answers_go_to_the_controller_where_nothing_else_is_said(case: Case) -> None:
    assert sent(case, "code")["Reply-To"] == register_of(case.operator).controller.email


def test_the_words_are_there_twice_and_are_the_same(case: Case) -> None:
    mail = sent(case, "code", code="<123456>")
    page = body(mail, "html")
    assert mail.get_content_type() == "multipart/alternative"
    assert "&lt;123456&gt;" in page
    assert f'<a href="http://localhost:8000/{case.operator_id}/status/?reference={case.reference}"' in page
    assert '<html lang="en">' in page


@pytest.mark.parametrize("language", GREETING)
@pytest.mark.parametrize("kind", KINDS)
def test_a_capital_letter_follows_the_greeting(case: Case, kind: str, language: str) -> None:
    greeting, empty, first, *_rest = body(sent(case, kind, language)).splitlines()
    assert (greeting, empty) == (GREETING[language], "")
    assert first[0].isupper()


# The nouns of the rights, as lawyers and letters name them; whoever reads over a shoulder learns none of them.
NAMED = {
    "sv": [
        "tillgång",
        "radering",
        "invändning",
        "marknadsföring",
        "samtycke",
        "rättelse",
        "begränsning",
        "portabil",
    ],
    "da": [
        "indsigt",
        "sletning",
        "indsigelse",
        "markedsføring",
        "samtykke",
        "berigtigelse",
        "begrænsning",
        "portabil",
    ],
    "en": [
        "erasure",
        "objection",
        "marketing",
        "consent",
        "correction",
        "restriction",
        "portab",
        "automated decision",
    ],
}
# To a company that received the data: what was done is the message (Article 19).
TO_RECIPIENTS = "recipient"


@pytest.mark.parametrize("language", GREETING)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != TO_RECIPIENTS])
def test_no_mail_names_a_right(ask: Callable[..., Case], kind: str, language: str) -> None:
    """Neither in its subject nor in its text, whichever right it is and however it ended."""
    case = ask("objection", proven=False)
    with translation.override(language):
        labels = [str(right.label).lower() for right in Right]
        labels += [str(wanted(right, for_other=other)).lower() for right in RIGHTS for other in (False, True)]
    for outcome in ("withdrawn", "unidentified", "granted") if kind == "closed" else ("",):
        case.outcome = outcome
        mail = sent(case, kind, language)
        words = f"{mail['Subject']}\n{body(mail)}".lower()
        assert not [word for word in [*labels, *NAMED[language]] if word in words]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != TO_RECIPIENTS])
def test_a_name_with_signs_is_written_as_it_is(case: Case, kind: str) -> None:
    Operator.objects.filter(pk=case.operator_id).update(name="A & B's <Tele>")
    mail = sent(Case.objects.get(), kind)
    assert "&" not in f"{mail['Subject']}{body(mail)}".replace("A & B's <Tele>", "")


# What leads back to the request; a code is typed where it was asked for, and the others are to staff.
NO_LINK = {"status_code", "address_code", "more", "recipient", "owner", *(
    "address_changed", "anchor_missing", "came_late", "digest", "draft_code",
    "factor_lost", "factor_taken", "invited", "partial", "password", "role_given",
    "role_proposed", "role_taken", "roles_changed"
)}  # fmt: skip


@pytest.mark.parametrize("language", GREETING)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in NO_LINK])
def test_the_way_back_has_the_reference_in_it(case: Case, kind: str, language: str) -> None:
    case.outcome = "granted"
    link = f"http://localhost:8000/{case.operator_id}/status/?reference={case.reference}"
    assert link in body(sent(case, kind, language)).split()
