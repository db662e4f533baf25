"""Roles and accounts in the database and from the server: what no page, command or statement can get past."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client, override_settings

from cases.casework import mail
from cases.casework.members.accounts import choose_password, link_of
from cases.casework.members.staff import (
    add_from_server,
    add_member,
    confirm_role,
    refuse_role,
    remove_member,
    withdraw_role,
)
from cases.casework.workflow import Refusal
from cases.models import AuditEntry, Membership, Operator, OutgoingMail, ProposedRole, User
from cases.models.operators import TWO_PERSON_ROLES, Role
from tests.operators.by_hand import staff_mails

pytestmark = pytest.mark.django_db
Staff = Callable[..., User]


@pytest.fixture
def people(staff: Staff) -> tuple[User, User, User]:
    """An administrator, a cleared officer, and somebody without a role."""
    return staff("admin"), staff("cleared"), staff(name="maja")


def refused(constraint: str, act: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        act()


@pytest.mark.parametrize("role", list(Role))
def test_the_database_keeps_no_role_that_somebody_gave_oneself(
    role: Role, operator: Operator, people: tuple[User, User, User]
) -> None:
    admin, other, _maja = people
    Membership.objects.filter(user=admin).delete()
    give = Membership.objects.create
    refused(
        "membership_not_by_oneself",
        lambda: give(user=admin, operator=operator, role=role, given_by=admin, confirmed_by=other),
    )


@pytest.mark.parametrize("role", TWO_PERSON_ROLES)
def test_the_database_keeps_no_power_from_one_person(
    role: Role, operator: Operator, people: tuple[User, User, User]
) -> None:
    admin, other, maja = people
    for second in (None, admin, maja):
        refused(
            "membership_by_two",
            lambda second=second: Membership.objects.create(
                user=maja, operator=operator, role=role, given_by=admin, confirmed_by=second
            ),
        )
    Membership.objects.create(user=maja, operator=operator, role=role, given_by=admin, confirmed_by=other)


def test_a_role_of_one_person_is_not_turned_into_power(
    operator: Operator, people: tuple[User, User, User]
) -> None:
    admin, _other, maja = people
    member = Membership.objects.create(user=maja, operator=operator, role="caseworker", given_by=admin)
    refused("membership_by_two", lambda: Membership.objects.filter(pk=member.pk).update(role="cleared"))


def test_nobody_is_proposed_by_oneself(operator: Operator, people: tuple[User, User, User]) -> None:
    admin, _other, _maja = people
    refused(
        "proposed_by_another",
        lambda: ProposedRole.objects.create(user=admin, operator=operator, role="cleared", proposed_by=admin),
    )


def test_one_mailbox_is_of_one_account(people: tuple[User, User, User]) -> None:
    admin, other, _maja = people
    User.objects.filter(pk=admin.pk).update(email="admin@example.org")
    refused(
        "address_of_one_user",
        lambda: User.objects.filter(pk=other.pk).update(email="ADMIN@example.org"),
    )


def test_the_rules_hold_without_a_page(operator: Operator, people: tuple[User, User, User]) -> None:
    admin, cleared, maja = people
    for by in (cleared, maja):
        with pytest.raises(PermissionDenied):
            add_member(operator, username="maja", email="", role="caseworker", by=by)
    add_member(operator, username="maja", email="", role="cleared", by=admin)
    proposed = ProposedRole.objects.get()
    for by in (admin, maja):
        with pytest.raises(PermissionDenied):
            confirm_role(proposed, by=by)
        with pytest.raises(PermissionDenied):
            refuse_role(proposed, by=by)
    with pytest.raises(PermissionDenied):
        withdraw_role(proposed, by=cleared)
    confirm_role(proposed, by=cleared)
    with pytest.raises(Refusal, match="already-decided"):
        confirm_role(proposed, by=cleared)
    assert Membership.objects.filter(user=maja).count() == 1


def test_of_two_administrators_who_remove_each_other_one_stays(operator: Operator, staff: Staff) -> None:
    one, two = staff("admin", name="one"), staff("admin", name="two")
    first, last = (Membership.objects.get(user=user) for user in (one, two))
    remove_member(last, by=one)
    with pytest.raises(PermissionDenied):
        remove_member(first, by=two)
    with pytest.raises(Refusal, match="own-role"):
        remove_member(first, by=one)


def test_an_account_from_the_server_is_opened_by_the_link_on_the_terminal(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("add_member", "anna", operator.pk, "admin")
    out = capsys.readouterr().out
    link = re.search(re.escape(settings.BASE_URL) + r"(/accounts/link/\S+)", out)
    assert link
    assert "set-password" in Client().get(link[1])["Location"]
    assert not User.objects.get(username="anna").has_usable_password()


def test_of_two_who_use_a_link_at_once_one_chooses_the_password(operator: Operator, staff: Staff) -> None:
    user = staff("caseworker", name="maja")
    token = default_token_generator.make_token(user)
    choose_password(user, token, "min egen hemliga mening")
    with pytest.raises(Refusal, match="link-used"):
        choose_password(user, token, "en helt annan mening")
    user.refresh_from_db()
    assert user.check_password("min egen hemliga mening")


@pytest.mark.parametrize("role", TWO_PERSON_ROLES)
def test_the_server_makes_the_first_and_leaves_the_rest_to_two(
    role: Role, operator: Operator, staff: Staff
) -> None:
    staff("admin")
    call_command("add_member", "anna", operator.pk, role.value)
    with pytest.raises(CommandError, match="one proposes, one confirms"):
        call_command("add_member", "bo", operator.pk, role.value)
    assert not User.objects.filter(username="bo").exists()
    call_command("add_member", "bo", operator.pk, role.value, "--without-second")
    entry = AuditEntry.objects.filter(action="member.added").latest("number")
    assert (entry.actor, entry.data["role"], entry.data["alone"]) == ("system", role.value, True)


def test_a_link_from_the_server_is_recorded_at_every_operator_of_the_person(
    operator: Operator, staff: Staff, capsys: pytest.CaptureFixture[str]
) -> None:
    user, other = staff("legal", name="lena"), Operator.objects.create(slug="other", name="Other")
    staff("legal", at=other, name="lena")
    call_command("sign_in_link", "lena")
    assert settings.BASE_URL + link_of(user) in capsys.readouterr().out
    printed = AuditEntry.objects.filter(action="member.link-printed", actor="system")
    assert {entry.operator for entry in printed} == {operator.pk, other.pk}


@pytest.mark.parametrize("role", [None, "system"])
def test_no_link_for_who_does_not_work_at_the_desk(
    role: str | None, operator: Operator, staff: Staff
) -> None:
    staff(*([role] if role else []), name="portal")
    with pytest.raises(CommandError, match="no member of staff"):
        call_command("sign_in_link", "portal")


def test_a_mail_to_staff_that_nobody_takes_is_recorded(operator: Operator, staff: Staff) -> None:
    waiting = mail.queue_to_staff(
        operator, "role_taken", to="maja@example.org", user=staff(name="maja"), role=Role.LEGAL
    )
    OutgoingMail.objects.update(sealed=b"damaged")
    assert mail.deliver(waiting.pk) is False
    assert AuditEntry.objects.get(action="mail.failed").data["kind"] == "role_taken"


@pytest.mark.parametrize("kind", ["invited", "password", "address_changed", "role_taken", "role_proposed"])
def test_a_subject_names_the_operator_and_nobody(kind: str, operator: Operator, staff: Staff) -> None:
    user = staff(name="maja-lindqvist")
    proposed = ProposedRole(user=user, operator=operator, role="cleared", proposed_by=staff("admin"))
    mail.queue_to_staff(
        operator,
        kind,
        to="m@example.org",
        user=user,
        link=link_of(user),
        role=Role.CLEARED,
        proposed=proposed,
    )
    [sent] = staff_mails(kind)
    assert operator.name in sent["subject"]
    assert "maja" not in sent["subject"]
    assert "maja-lindqvist" in sent["body"]


@pytest.mark.parametrize(
    ("held", "role"),
    [
        ("cleared", "admin"),
        ("admin", "auditor"),
        ("auditor", "cleared"),
        ("legal", "dpo"),
        ("dpo", "caseworker"),
    ],
)
def test_roles_that_must_not_meet_in_one_person(
    held: str, role: str, operator: Operator, staff: Staff
) -> None:
    maja = staff(held, name="maja")
    with pytest.raises(Refusal, match="roles-apart"):
        add_member(operator, username="maja", email="", role=role, by=staff("admin"))
    with pytest.raises(CommandError, match="The same person can't be"):
        call_command("add_member", "maja", operator.pk, role)
    assert set(Membership.objects.filter(user=maja).values_list("role", flat=True)) == {held}


def test_roles_that_came_to_meet_while_one_was_proposed(operator: Operator, staff: Staff) -> None:
    admin, cleared = staff("admin"), staff("cleared")
    add_member(operator, username="maja", email="maja@example.org", role="cleared", by=admin)
    staff("auditor", name="maja")
    with pytest.raises(Refusal, match="roles-apart"):
        confirm_role(ProposedRole.objects.get(), by=cleared)


def test_which_roles_must_not_meet_is_a_setting(operator: Operator, staff: Staff) -> None:
    staff("cleared", name="maja")
    with override_settings(ROLES_APART=[]):
        add_from_server(operator, username="maja", email="", role=Role.ADMIN)


def test_others_concerned_are_told_of_every_change(operator: Operator, staff: Staff) -> None:
    everybody = {name: staff(name) for name in ("admin", "cleared", "auditor")}
    maja = staff(name="maja")
    for user in (*everybody.values(), maja, staff("admin", name="bo"), staff("cleared", name="eva")):
        User.objects.filter(pk=user.pk).update(email=f"{user.get_username()}@example.org")
    add_from_server(operator, username="maja", email="", role=Role.CLEARED, alone=True)
    assert told("role_given") == {"maja@example.org"}
    assert told("roles_changed") == {f"{name}@example.org" for name in ("admin", "bo", "cleared", "eva")}
    OutgoingMail.objects.all().delete()
    remove_member(Membership.objects.get(user=maja), by=everybody["admin"])
    assert told("role_taken") == {"maja@example.org"}
    assert told("roles_changed") == {f"{name}@example.org" for name in ("bo", "cleared", "eva")}


def told(kind: str) -> set[str]:
    return {each["to"] for each in staff_mails(kind)}
