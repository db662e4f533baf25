"""A run of tests that is still going when it is killed: `test_left_behind.py` begins it, nobody else collects it."""

import time

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.timeout(600)
def test_it_goes_on_until_it_is_killed() -> None:
    time.sleep(300)
