import pytest

from cases.models import Operator
from cases.sources.loading import load_operator
from tests.cases.public.public_person import Person


@pytest.fixture
def operator(db: None) -> Operator:
    return load_operator("tele2-se")[0]


@pytest.fixture
def person(operator: Operator) -> Person:
    return Person(operator)
