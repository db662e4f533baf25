"""Cases go from one caseworker to another, also from who has left; whoever stands in has them among their own."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.casework.commands import assign
from cases.models import Absence, AuditEntry, Case, NamedStaff, Operator, User
from tests.operators.placed import hand_in

pytestmark = pytest.mark.django_db


def mine(client: Client) -> set[str]:
    return {case.reference for case in client.get("/desk/?view=mine").context["page"]}


def test_all_cases_of_somebody_who_left_go_to_another_but_those_they_may_not_know(
    operator: Operator, staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    ada, bo = staff("caseworker", name="ada"), staff("caseworker", name="bo")
    first, second, named = (hand_in(operator) for _ in range(3))
    for case in (first, second, named):
        assign(case, to=ada, by=bo)
    Case.objects.filter(pk=named.pk).update(named_only=True)
    NamedStaff.objects.create(case=named, user=ada)
    NamedStaff.objects.create(case=named, user=staff("caseworker", name="cy"))
    ada.memberships.all().delete()
    cy, bos = signed_in("caseworker", name="cy"), signed_in("caseworker", name="bo")
    url = reverse("desk:handing-over", args=[operator.pk])
    assert "works no cases here any more" in cy.get(url).content.decode()
    listed = cy.get(f"{url}?of={ada.pk}").content.decode()
    assert all(case.reference in listed for case in (first, second, named))
    chosen = {"case": [first.reference, second.reference, named.reference], "to": str(bo.pk)}
    said = cy.post(
        reverse("desk:hand-over", args=[operator.pk, ada.pk]), chosen, follow=True
    ).content.decode()
    assert "2 cases are handed over to bo" in said
    assert f"Only named staff know of these; name bo for them first: {named.reference}" in said
    assert mine(bos) == {first.reference, second.reference}
    again = cy.post(reverse("desk:hand-over", args=[operator.pk, ada.pk]), chosen, follow=True)
    assert "is handed over" not in again.content.decode()
    assert AuditEntry.objects.filter(action="case.assigned", actor="cy").count() == 2
    assert signed_in("approver").get(url).status_code == 404


def test_who_stands_in_has_the_cases_among_their_own_for_those_days(
    operator: Operator, staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    ada, bo, today = staff("caseworker", name="ada"), signed_in("caseworker", name="bo"), timezone.localdate()
    case = hand_in(operator)
    assign(case, to=ada, by=ada)
    deputy = User.objects.get(username="bo")
    typed = {"user": ada.pk, "deputy": deputy.pk, "first": today, "last": today + timedelta(days=3)}
    assert mine(bo) == set()
    away = reverse("desk:away", args=[operator.pk])
    for wrong in (typed | {"deputy": ada.pk}, typed | {"last": today - timedelta(days=1)}):
        bo.post(away, wrong)
    assert not Absence.objects.exists()
    assert "bo stands in" in bo.post(away, typed, follow=True).content.decode()
    assert mine(bo) == {case.reference}
    assert "bo stands in" in bo.get(case.get_absolute_url()).content.decode()
    bo.post(reverse("desk:back", args=[operator.pk, Absence.objects.get().pk]))
    assert mine(bo) == set()
