"""Members and their roles at the desk: nobody changes their own, and power takes two people."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import AuditEntry, Case, Membership, Operator, ProposedRole, User
from cases.models.operators import TWO_PERSON_ROLES
from tests.operators.by_hand import staff_mails

pytestmark = pytest.mark.django_db
URL = "/desk/members/tele2-se/"
BY_TWO = [role.value for role in TWO_PERSON_ROLES]


@pytest.fixture
def admin(signed_in: Callable[..., Client]) -> Client:
    return signed_in("admin")


@pytest.fixture
def second(staff: Callable[..., User], signed_in: Callable[..., Client]) -> Callable[[str], Client]:
    """second("cleared") is another person who holds this role, with an address, signed in."""

    def make(role: str) -> Client:
        user = staff(role, name=f"second-{role}")
        User.objects.filter(pk=user.pk).update(email=f"second-{role}@example.org")
        return signed_in(role, name=user.username)

    return make


def add(client: Client, username: str, role: str, email: str = "") -> str:
    typed = {"username": username, "role": role, "email": email}
    return client.post(URL, typed, follow=True).content.decode()


def press(client: Client, name: str, proposed: ProposedRole) -> int:
    return client.post(reverse(f"desk:{name}", args=[proposed.pk])).status_code


def roles_of(username: str) -> set[str]:
    return set(Membership.objects.filter(user__username=username).values_list("role", flat=True))


def actions() -> list[tuple[str, str]]:
    told = AuditEntry.objects.filter(action__regex="^(member|role)").order_by("number")
    return list(told.values_list("action", "actor"))


def test_an_administrator_adds_a_caseworker_at_once(admin: Client) -> None:
    assert "maja is a member now." in add(admin, "maja", "caseworker", "maja@example.org")
    assert roles_of("maja") == {"caseworker"}
    assert Membership.objects.get(user__username="maja").given_by == User.objects.get(username="admin")
    assert actions() == [("member.added", "admin")]


@pytest.mark.parametrize("role", ["caseworker", "auditor", *BY_TWO])
def test_nobody_gives_oneself_a_role(role: str, admin: Client, second: Callable[[str], Client]) -> None:
    second(role)
    assert "Nobody changes their own roles" in add(admin, "admin", role)
    assert roles_of("admin") == {"admin"}
    assert not ProposedRole.objects.exists()


@pytest.mark.parametrize("role", ["admin", "caseworker"])
def test_nobody_takes_away_a_role_of_ones_own(
    role: str, staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    client = signed_in("admin", "caseworker", name="both")
    own = Membership.objects.get(user__username="both", role=role)
    url = reverse("desk:member-remove", args=["tele2-se", own.pk])
    assert "Nobody changes their own roles" in client.post(url, follow=True).content.decode()
    assert roles_of("both") == {"admin", "caseworker"}


@pytest.mark.parametrize("role", BY_TWO)
def test_power_is_in_force_when_a_second_person_who_has_it_confirms(
    role: str, admin: Client, second: Callable[[str], Client]
) -> None:
    other = second(role)
    assert "maja is proposed" in add(admin, "maja", role, "maja@example.org")
    assert roles_of("maja") == set()
    assert staff_mails("invited") == [], "nobody is invited to an account that can do nothing yet"
    assert [mail["to"] for mail in staff_mails("role_proposed")] == [f"second-{role}@example.org"]
    page = other.get("/desk/roles/").content.decode()
    assert "maja@example.org" in page, "the second person sees whose account it is"

    assert press(other, "role-confirm", ProposedRole.objects.get()) == 302
    got = Membership.objects.get(user__username="maja")
    assert (got.role, str(got.given_by), str(got.confirmed_by)) == (role, "admin", f"second-{role}")
    assert not ProposedRole.objects.exists()
    assert [mail["to"] for mail in staff_mails("invited")] == ["maja@example.org"]
    assert actions() == [("role.proposed", "admin"), ("role.confirmed", f"second-{role}")]


@pytest.mark.parametrize("role", BY_TWO)
def test_a_proposal_opens_no_page(
    role: str, admin: Client, second: Callable[[str], Client], staff: Callable[..., User], review_case: Case
) -> None:
    second(role)
    maja = staff(name="maja")
    add(admin, "maja", role)
    client = Client()
    client.force_login(maja, backend="django.contrib.auth.backends.ModelBackend")
    for url in (review_case.get_absolute_url(), "/desk/orders/", "/desk/roles/", URL):
        assert client.get(url).status_code in {403, 404}, url


def test_who_proposed_cannot_confirm_with_another_role_of_their_own(
    signed_in: Callable[..., Client], second: Callable[[str], Client], staff: Callable[..., User]
) -> None:
    second("cleared")
    both = signed_in("admin", "cleared", name="both")
    add(both, "maja", "cleared", "maja@example.org")
    proposed = ProposedRole.objects.get()
    assert "maja" not in both.get("/desk/roles/").content.decode()
    assert press(both, "role-confirm", proposed) == 404
    assert roles_of("maja") == set()


@pytest.mark.parametrize("who", ["legal", "caseworker", "admin"])
def test_only_who_holds_the_role_confirms_it(
    who: str, admin: Client, second: Callable[[str], Client], signed_in: Callable[..., Client]
) -> None:
    second("cleared")
    add(admin, "maja", "cleared", "maja@example.org")
    assert press(signed_in(who, name="another"), "role-confirm", ProposedRole.objects.get()) == 404


def test_a_holder_at_another_operator_is_no_second_person(
    admin: Client,
    second: Callable[[str], Client],
    signed_in: Callable[..., Client],
    other_operator: Operator,
) -> None:
    second("cleared")
    add(admin, "maja", "cleared", "maja@example.org")
    elsewhere = signed_in("cleared", at=other_operator, name="elsewhere")
    assert press(elsewhere, "role-confirm", ProposedRole.objects.get()) == 404


def test_the_person_concerned_does_not_confirm(
    admin: Client, second: Callable[[str], Client], signed_in: Callable[..., Client], operator: Operator
) -> None:
    second("cleared")
    add(admin, "maja", "cleared", "maja@example.org")
    proposed, maja = ProposedRole.objects.get(), User.objects.get(username="maja")
    Membership.objects.create(user=maja, operator=operator, role="cleared")  # given on the server meanwhile
    client = signed_in("cleared", name="maja")
    assert press(client, "role-confirm", proposed) == 404


@pytest.mark.parametrize("role", BY_TWO)
def test_without_a_second_person_the_page_names_the_command(role: str, admin: Client) -> None:
    page = add(admin, "maja", role, "maja@example.org")
    assert f"manage.py add_member NAME tele2-se {role}" in page
    assert not User.objects.filter(username="maja").exists()


def test_the_second_person_refuses(admin: Client, second: Callable[[str], Client]) -> None:
    other = second("approver")
    add(admin, "maja", "approver", "maja@example.org")
    assert press(other, "role-refuse", ProposedRole.objects.get()) == 302
    assert roles_of("maja") == set()
    assert actions()[-1] == ("role.refused", "second-approver")
    assert staff_mails("invited") == []


def test_an_administrator_takes_a_proposal_back(admin: Client, second: Callable[[str], Client]) -> None:
    second("approver")
    add(admin, "maja", "approver", "maja@example.org")
    url = reverse("desk:role-withdraw", args=["tele2-se", ProposedRole.objects.get().pk])
    assert "taken back" in admin.post(url, follow=True).content.decode()
    assert not ProposedRole.objects.exists()
    assert actions()[-1] == ("role.withdrawn", "admin")


def test_what_a_removed_administrator_proposed_is_gone(
    admin: Client, second: Callable[[str], Client], signed_in: Callable[..., Client]
) -> None:
    second("cleared")
    add(signed_in("admin", name="leaving"), "maja", "cleared", "maja@example.org")
    leaving = Membership.objects.get(user__username="leaving")
    admin.post(reverse("desk:member-remove", args=["tele2-se", leaving.pk]))
    assert not ProposedRole.objects.exists()


@pytest.mark.parametrize("role", ["caseworker", *BY_TWO])
def test_a_role_is_taken_away_at_once_and_the_person_is_told(
    role: str, admin: Client, signed_in: Callable[..., Client], staff: Callable[..., User], review_case: Case
) -> None:
    client = signed_in(role, "auditor", name="maja")
    User.objects.filter(username="maja").update(email="maja@example.org")
    membership = Membership.objects.get(user__username="maja", role=role)
    admin.post(reverse("desk:member-remove", args=["tele2-se", membership.pk]))
    assert roles_of("maja") == {"auditor"}
    page = client.get("/desk/")
    assert (page.status_code, page["Location"].partition("?")[0]) == (302, reverse("account_login"))
    [mail] = staff_mails("role_taken")
    assert mail["to"] == "maja@example.org"
    assert actions() == [("member.removed", "admin")]


def test_the_account_of_a_system_gets_no_role_at_the_desk(admin: Client, staff: Callable[..., User]) -> None:
    staff("system", name="portal")
    assert "manage.py api_token" in add(admin, "portal", "caseworker")
    add(admin, "maja", "system", "maja@example.org")
    assert not User.objects.filter(username="maja").exists()
    assert roles_of("portal") == {"system"}


@pytest.mark.parametrize("action", ["member-link", "member-remove"])
def test_no_administrator_reaches_another_operators_members(
    action: str, admin: Client, staff: Callable[..., User], other_operator: Operator
) -> None:
    staff("legal", at=other_operator, name="there")
    there = Membership.objects.get(user__username="there")
    for operator in ("tele2-se", other_operator.pk):
        assert admin.post(reverse(f"desk:{action}", args=[operator, there.pk])).status_code == 404
