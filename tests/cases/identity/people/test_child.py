"""A child's own request: who is old enough goes on, who is younger waits for a person, and no age is kept."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from cases.casework.workflow import Refusal
from cases.identity import matching
from cases.identity.people.child import age_of, hear
from cases.models import Case, ChildHeard, Task, User

pytestmark = pytest.mark.django_db
Ask, Staff = Callable[..., Case], Callable[..., User]


def number(age: int) -> str:
    """A personnummer of somebody who turned that old on 1 January, with its check digit."""
    nine = f"{(timezone.localdate().year - age) % 100:02}0101239"
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(nine))
    return f"{timezone.localdate().year - age}{nine[2:]}{-sum(sum(divmod(n, 10)) for n in doubled) % 10}"


def matched(case: Case) -> Case:
    matching.match(case.pk)
    case.refresh_from_db()
    return case


@pytest.mark.parametrize(("age", "waits"), [(9, True), (13, True), (16, False), (30, False)])
def test_a_young_child_waits_for_a_person(age: int, waits: bool, ask: Ask) -> None:
    case = matched(ask("access", national_id=number(age)))
    assert (case.blocked_by == "child-to-hear") is waits
    assert Task.objects.filter(case=case, kind="hear-child").count() == waits
    assert case.stage == ("matching" if waits else "collection")


def test_a_childs_no_to_marketing_waits_for_nobody(ask: Ask) -> None:
    assert matched(ask("marketing-objection", national_id=number(9))).stage == "collection"


def test_who_gives_no_number_is_not_asked_how_old_they_are(ask: Ask) -> None:
    case = matched(ask("access"))
    assert (age_of(case), case.stage) == (None, "collection")


def test_it_goes_on_once_somebody_has_looked(ask: Ask, staff: Staff) -> None:
    case, worker = matched(ask("access", national_id=number(13))), staff("caseworker")
    with pytest.raises(Refusal, match="reason-needed"):
        hear(case, checked=" ", by=worker)
    hear(case, checked="Spoke with her: she knows what she asks.", by=worker)
    assert matched(case).stage == "collection"
    assert not Task.objects.filter(case=case, kind="hear-child", done_at=None).exists()
    with pytest.raises(Refusal):
        hear(case, checked="Again", by=worker)


def test_nothing_tells_the_age_at_rest(ask: Ask, staff: Staff) -> None:
    case = matched(ask("access", national_id=number(13)))
    columns = {field.name for model in (Case, ChildHeard) for field in model._meta.get_fields()}
    assert not {one for one in columns if "age" in one.split("_") or "born" in one}
    assert number(13) not in str(Case.objects.filter(pk=case.pk).values())


def test_the_desk_tells_the_age_and_the_rule(ask: Ask, signed_in: Callable[..., Client]) -> None:
    case, client = matched(ask("access", national_id=number(13))), signed_in("caseworker")
    page = client.get(case.get_absolute_url()).content.decode()
    assert "the person is 13 years old" in page
    assert "A child may ask alone if it understands what it asks" in page
    task = Task.objects.get(case=case)
    client.post(f"/desk/tasks/{task.pk}/done/")
    task.refresh_from_db()
    assert task.done_at is None
    client.post(f"/desk/cases/{case.reference}/child/", {"reason": "Spoke with her."})
    assert matched(case).stage == "collection"
    assert "Spoke with her." in client.get(case.get_absolute_url()).content.decode()


def test_for_a_child_the_desk_is_told_what_custody_allows(ask: Ask, signed_in: Callable[..., Client]) -> None:
    more = {"standing": "proxy", "on_behalf_of": "Ida Test", "national_id": number(6)}
    case = matched(ask("erasure", **more))
    assert case.blocked_by == "authority-to-check"
    page = signed_in("caseworker").get(case.get_absolute_url()).content.decode()
    assert "A custodian may ask for a child this young" in page
    assert "Two custodians decide together" in page


def test_whoever_grew_up_is_no_child(ask: Ask, signed_in: Callable[..., Client]) -> None:
    case = matched(ask("access", national_id=number(30)))
    assert 'id="child"' not in signed_in("caseworker").get(case.get_absolute_url()).content.decode()
