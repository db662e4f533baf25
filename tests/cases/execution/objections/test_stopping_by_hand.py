"""A system that stops a use, and in which nothing known of the person finds them, is a task; an empty list is not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.execution.objections import suppressing
from cases.models import Case, Operator, User
from tests.operators.looked_at import CRM

pytestmark = pytest.mark.django_db
CONNECTORS = (
    CRM
    + """
[[source.collection]]
key = "customer"
category = "contact"
NAME
table = "customer"
key_columns = ["no"]
find = { email = "email", customer_no = "no" }
link = ["email"]
yields = [{ kind = "customer_no", column = "no" }, { kind = "msisdn", column = "phone" }]
suppress = { channels = ["marketing"], set = { marketing = 0 } }

[[source.collection]]
key = "texting"
category = "contact"
NAME
table = "texting"
key_columns = ["id"]
find = { msisdn = "phone" }
suppress = { channels = ["marketing"], set = { allowed = 0 } }

[[source.collection]]
key = "newsletter"
category = "contact"
NAME
table = "newsletter"
key_columns = ["id"]
find = { email = "email" }
suppress = { channels = ["marketing"], set = { allowed = 0 } }
"""
)
WEB = """
[[source]]
key = "web"
NAME
kind = "http"
base_url = "http://127.0.0.1:1/"

[[source.collection]]
key = "preferences"
category = "contact"
NAME
path = "/preferences"
params = { customer = "{customer_no}", phone = "{msisdn}" }
key_columns = ["id"]
find = { customer_no = "customer_no", msisdn = "phone" }
suppress = { channels = ["marketing"], path = "/preferences/{msisdn}", shows = { allowed = false } }
"""
TABLES = """
CREATE TABLE customer (no TEXT PRIMARY KEY, email TEXT, phone TEXT, marketing INTEGER DEFAULT 1);
CREATE TABLE texting (id INTEGER PRIMARY KEY, phone TEXT, allowed INTEGER DEFAULT 1);
CREATE TABLE newsletter (id INTEGER PRIMARY KEY, email TEXT, allowed INTEGER DEFAULT 1);
INSERT INTO customer VALUES ('C1', 'anna@example.com', NULL, 1), ('C2', 'bo@example.com', '+46701740606', 1);
INSERT INTO texting VALUES (1, '+46701740605', 1);
INSERT INTO newsletter VALUES (1, 'eva@example.com', 1);
"""
UNKNOWN = "carry-out-where-unknown"


@pytest.fixture(autouse=True)
def crm(describe: Callable[..., Operator], crm_with: Callable[[str], object]) -> None:
    """Anna has no telephone number there; Bo's is not on the list of those who get texts."""
    crm_with(TABLES)
    describe(CONNECTORS)


def by_hand(case: Case) -> set[str]:
    return set(
        case.tasks.filter(kind=UNKNOWN, detail__endswith=".marketing").values_list("detail", flat=True)
    )


def told(case: Case) -> set[tuple[str, str, int]]:
    return set(case.actions.filter(detail="marketing").values_list("collection", "status", "done"))


def test_who_has_nothing_that_the_system_knows_people_by_is_looked_for_by_hand(
    objected: Callable[[str], Case], staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    case = objected("anna@example.com")
    assert by_hand(case) == {"crm/texting.marketing", "crm/newsletter.marketing"}
    assert told(case) == {("customer", "done", 1)}
    assert case.interim_at is None
    page = signed_in("caseworker").get(reverse("desk:tasks")).content.decode()
    assert "enough to find them there" in page
    assert "crm/texting" not in page
    case.tasks.update(done_at=timezone.now(), done_by=staff("caseworker"))
    suppressing.take_interim_measure(case.pk)
    case.refresh_from_db()
    assert case.interim_at
    assert told(case) == {("customer", "done", 1)}


def test_a_system_that_was_away_is_told_though_people_have_not_looked_yet(
    objected: Callable[[str], Case],
) -> None:
    case = objected("anna@example.com")
    Case.objects.filter(pk=case.pk).update(stage_since=timezone.now() - timedelta(hours=6))
    assert case.tasks.filter(kind=UNKNOWN, done_at=None).exists()
    assert not suppressing.due_interim().exists()
    actions = case.actions.filter(kind="suppress")
    actions.update(status="retrying", attempts=1, next_try_at=timezone.now() + timedelta(hours=1))
    assert not suppressing.due_interim().exists()
    actions.update(next_try_at=timezone.now() - timedelta(hours=1))
    assert list(suppressing.due_interim()) == [case]


def test_who_is_not_on_a_list_that_knows_such_numbers_is_not_on_it(objected: Callable[[str], Case]) -> None:
    case = objected("bo@example.com")
    assert ("texting", "done", 0) in told(case)
    assert by_hand(case) == {"crm/newsletter.marketing"}


def test_whom_no_source_knows_is_looked_for_only_where_the_mailbox_could_stand(
    objected: Callable[[str], Case],
) -> None:
    """A list of mailboxes that leads to nobody may not be searched by what is only proven."""
    case = objected("eva@example.com")
    suppressing.suppress(case)
    assert by_hand(case) == {"crm/newsletter.marketing"}


def test_an_api_that_is_told_by_another_identifier_than_the_persons_is_a_task(
    objected: Callable[[str], Case], describe: Callable[..., Operator]
) -> None:
    """Anna's customer number finds her rows there; the request that stops it needs a telephone number."""
    describe(CONNECTORS + WEB)
    case = objected("anna@example.com")
    assert "web/preferences.marketing" in by_hand(case)
    assert not case.actions.filter(source="web").exists()
