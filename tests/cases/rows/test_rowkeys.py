"""The keys of rows that may be erased: sorted once, kept sealed, never believed when they do not fit."""

from collections.abc import Callable
from datetime import date

import pytest

from cases.models import Case, Run
from cases.rows import rowkeys
from cases.sealed import vault
from tests.operators.by_hand import work
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db


@pytest.fixture
def calls(ask: Callable[..., Case]) -> Run:
    return work(ask("erasure")).runs.get(collection="calls")


def _file(run: Run) -> str:
    return f"{run.chunks.get().name}-keys"


def _found(run: Run) -> dict[tuple[object, ...], int]:
    return {marks: len(keys) for _number, page in rowkeys.pages(run) for marks, keys in page.items()}


def test_judging_an_erasure_leaves_the_keys_of_every_row(calls: Run) -> None:
    assert vault.storage().exists(_file(calls))
    assert sum(_found(calls).values()) == calls.rows == 2


def test_what_is_read_back_is_what_was_sorted(calls: Run) -> None:
    kept = list(rowkeys.pages(calls))
    vault.delete(_file(calls))
    assert list(rowkeys.pages(calls)) == kept
    assert all(isinstance(key, tuple) for _number, page in kept for keys in page.values() for key in keys)
    assert all(isinstance(marks.at, date) for _number, page in kept for marks in page)


def test_an_access_case_keeps_no_keys(ask: Callable[..., Case]) -> None:
    run = work(ask("access")).runs.get(collection="calls")
    assert not vault.storage().exists(_file(run))


def test_keys_that_somebody_else_sealed_are_not_used(calls: Run) -> None:
    """Sealing needs only the public half of a key: what lies in the vault may be anybody's."""
    kept = list(rowkeys.pages(calls))
    forged = vault.seal(calls.case, vault.KeyUse.COLLECTED, b"[]")
    stored = vault.read(_file(calls))
    vault.write(_file(calls), stored[:64] + forged)
    assert list(rowkeys.pages(calls)) == kept
    assert vault.read(_file(calls)) != stored[:64] + forged


def test_keys_of_another_configuration_are_not_used(calls: Run, configured: Callable[[str], None]) -> None:
    """Another key column would make them the keys of other rows."""
    assert {kind for kind, *_rest in _found(calls)} == {""}
    configured(SMALL.connectors.replace('table = "calls"', 'table = "calls"\nrecord_kind = "telephony"'))
    assert {kind for kind, *_rest in _found(calls)} == {"telephony"}
