"""A day's work in the queue: pages that go on where the last ended, names, several cases at once, few questions."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.desk.queue import listing
from cases.models import Case, NameWord, Operator, User
from cases.models.case import Stage
from cases.sealed import names
from cases.sealed.typed import read_file, write_file
from tests.operators.placed import hand_in, move

pytestmark = pytest.mark.django_db
MOST_QUESTIONS, MOST_OF_A_CASE = 8, 62


def shown(client: Client, query: str = "") -> list[str]:
    return [case.reference for case in client.get(f"/desk/{query}").context["page"]]


def find(client: Client, typed: str) -> str:
    return str(client.post("/desk/find/", {"q": typed})["Location"])


@pytest.mark.parametrize("view", ["open", "all"])
def test_pages_go_on_where_the_last_ended_and_back(
    view: str, signed_in: Callable[..., Client], operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "SIZE", 2)
    today, cases = timezone.localdate(), [hand_in(operator) for _ in range(5)]
    for number, case in enumerate(cases):
        # Two of a day, and one that waits.
        move(case, Stage.DECISIONS, due_on=today + timedelta(days=5 + number // 2), paused=number == 4)
    client, seen, after = signed_in("caseworker"), list[str](), ""
    pages = []
    for _ in range(3):
        page = client.get(f"/desk/?view={view}&after={after}").context["page"]
        pages.append(page)
        seen += [case.reference for case in page]
        after = page.after
    assert after == ""
    assert sorted(seen) == sorted(case.reference for case in cases)
    assert cases[4].reference == (seen[-1] if view == "open" else seen[0])
    assert pages[0].before == ""
    back = client.get(f"/desk/?view={view}&before={pages[2].before}").context["page"]
    assert [one.reference for one in back] == seen[2:4]
    assert (bool(back.before), bool(back.after)) == (True, True)
    # What cannot be read begins at the beginning.
    assert (
        shown(client, f"?view={view}&after=x.y")
        == shown(client, f"?view={view}&before=2026-13-40.26")
        == seen[:2]
    )


def test_the_rail_keeps_what_is_chosen_and_counts_what_is_open(
    signed_in: Callable[..., Client], operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, *_ours = (hand_in(operator) for _ in range(3))
    move(closed, Stage.CLOSED, outcome="granted", closed_at=timezone.now())
    client = signed_in("caseworker")
    rail = {item.key: item for item in client.get("/desk/?view=mine&right=access&after=x").context["rail"]}
    assert rail["open"].query == "view=open&right=access"
    assert (rail["open"].count, rail["open"].more, rail["all"].count) == (2, False, None)
    monkeypatch.setattr(listing, "COUNTED", 1)
    bounded = client.get("/desk/").content.decode()
    assert '<span class="number">1+</span>' in bounded
    # With a filter the list alone is sent, and the rail beside it.
    part = client.get("/desk/?right=erasure", headers={"HX-Request": "true"}).content.decode()
    assert "?view=mine&amp;right=erasure" in part


def test_a_page_asks_few_questions_whoever_looks_and_however_many_cases_there_are(
    signed_in: Callable[..., Client], staff: Callable[..., User], operator: Operator, other_operator: Operator
) -> None:
    for _ in range(3):
        hand_in(operator), hand_in(other_operator, phone="20 12 34 56")
    staff("caseworker", at=other_operator)
    client = signed_in("caseworker")
    client.get("/desk/")
    for query in ("", "?view=mine&right=access", "?view=all&stage=verification", "?view=found"):
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/desk/{query}")
        assert len(asked) <= MOST_QUESTIONS, [one["sql"] for one in asked]


@pytest.mark.parametrize("typed", ["Astrid", "berg ASTRID", "Åstrid", "astrid berg"])
def test_a_case_is_found_by_whole_words_of_a_name(
    typed: str, signed_in: Callable[..., Client], review_case: Case
) -> None:
    assert find(signed_in("caseworker"), typed) == review_case.get_absolute_url()


def test_names_stand_nowhere_and_go_with_the_file(
    signed_in: Callable[..., Client], review_case: Case
) -> None:
    client = signed_in("caseworker")
    words = set(NameWord.objects.values_list("digest", flat=True))
    assert words == set(names.digests(review_case.operator_id, "Astrid Berg"))
    assert not words & set(names.digests("another", "Astrid Berg"))
    assert find(client, "Astrid Holm") == find(client, "Astri") == "/desk/"
    write_file(review_case, replace(read_file(review_case), name="Astrid Holm"))
    assert find(client, "Holm") == review_case.get_absolute_url()
    assert find(client, "Berg") == "/desk/"
    Case.objects.filter(pk=review_case.pk).update(file_sealed=b"")
    assert find(client, "Holm") == "/desk/"


def test_a_name_of_a_case_for_named_staff_finds_nothing(
    signed_in: Callable[..., Client], review_case: Case
) -> None:
    Case.objects.filter(pk=review_case.pk).update(named_only=True)
    assert find(signed_in("caseworker"), "Astrid Berg") == "/desk/"


def test_several_cases_are_given_to_somebody(
    signed_in: Callable[..., Client], staff: Callable[..., User], operator: Operator, other_operator: Operator
) -> None:
    ours, more, theirs = hand_in(operator), hand_in(operator), hand_in(other_operator, phone="20 12 34 56")
    client, other = signed_in("caseworker"), staff("caseworker", name="other")
    ticked = [ours.reference, more.reference, theirs.reference]
    sent = {"case": ticked, "do": "assign", "to": other.pk, "back": "&view=unassigned&right=access"}
    answer = client.post("/desk/several/", sent)
    assert answer["Location"] == "/desk/?view=unassigned&right=access"
    assert set(Case.objects.filter(assigned_to=other)) == {ours, more}
    client.post("/desk/several/", {"case": [ours.reference], "do": "assign", "to": ""})
    assert set(Case.objects.filter(assigned_to=other)) == {more}
    # Nobody is given cases who works none, and nobody gives any who does not.
    said = client.post("/desk/several/", {**sent, "to": staff("auditor").pk}, follow=True).content.decode()
    assert "Left as they were" in said
    assert signed_in("auditor").post("/desk/several/", sent).status_code == 403


def test_several_cases_are_agreed_with_only_where_nothing_is_to_be_looked_at(
    signed_in: Callable[..., Client], review_case: Case, operator: Operator
) -> None:
    client, other = signed_in("caseworker"), hand_in(operator)
    sent = {"case": [review_case.reference, other.reference], "do": "accept"}
    marked = review_case.decisions.first()
    assert marked
    marked.review = {"code": "balance"}
    marked.save()
    said = client.post("/desk/several/", sent, follow=True).content.decode()
    assert "Something has to be looked at by itself" in said
    assert not review_case.decisions.exclude(status="proposed").exists()
    review_case.decisions.update(review={}, outcome="give")
    client.post("/desk/several/", sent)
    assert not review_case.decisions.filter(status="proposed").exists()
    assert not other.decisions.exists()
    assert (
        "Tick the cases first"
        in client.post("/desk/several/", {"do": "accept"}, follow=True).content.decode()
    )


def test_a_case_page_asks_for_nothing_twice_that_several_parts_are_made_of(
    signed_in: Callable[..., Client], review_case: Case
) -> None:
    client = signed_in("caseworker")
    client.get(review_case.get_absolute_url())
    with CaptureQueriesContext(connection) as asked:
        client.get(review_case.get_absolute_url())
    tables = Counter(match[1] for one in asked if (match := re.search(r'FROM "(\w+)"', one["sql"])))
    for table in ("wrappedkey", "run", "action", "decision", "clockevent", "proof"):
        assert tables[f"cases_{table}"] <= 2, (table, tables)
    assert len(asked) <= MOST_OF_A_CASE, (len(asked), tables)
