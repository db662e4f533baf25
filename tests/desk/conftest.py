from collections.abc import Callable

import pytest
from desk_cases import gathered, hand_in, proven
from django.test import Client

from cases.models import Case, Membership, Operator, User
from cases.operators import load_operator


@pytest.fixture
def operator(db: None) -> Operator:
    return load_operator("tele2-se")[0]


@pytest.fixture
def other_operator(db: None) -> Operator:
    return load_operator("telenor-dk")[0]


@pytest.fixture
def member(operator: Operator) -> Callable[..., User]:
    """member("caseworker", "legal") is a user with these roles at the operator, or at another one."""

    def make(*roles: str, at: Operator = operator, name: str = "") -> User:
        user, _created = User.objects.get_or_create(username=name or "-".join(roles) or "nobody")
        for role in roles:
            Membership.objects.get_or_create(user=user, operator=at, role=role)
        return user

    return make


@pytest.fixture
def signed_in(member: Callable[..., User]) -> Callable[..., Client]:
    """A browser in which a member with these roles is signed in."""

    def make(*roles: str, **kwargs: object) -> Client:
        client = Client()
        client.force_login(member(*roles, **kwargs), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def review_case(operator: Operator) -> Case:
    """An access case whose decisions are proposed."""
    return gathered(proven(hand_in(operator)))
