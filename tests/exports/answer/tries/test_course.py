"""A build that breaks off loses no more than a file, and tells meanwhile how far it is."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Case, User
from cases.models.keys import KeyUse
from cases.sealed import vault
from exports.answer import building
from exports.answer.tries import course
from exports.answer.tries.course import Building, far
from exports.letter.items import annexes as rule
from exports.models import Answer
from exports.package.data import rows_of
from exports.package.layout import DataFile, Layout
from exports.paper import annexes as paper
from tests.operators.by_hand import decide, work, written

HIDDEN = "+46701740697"
# Of the package, what is no file of rows, letter or page.
OTHERS = ("schema.json", "register.json", "readme.txt", "manifest.json")
pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What a worker sees of its end: nothing that it could catch."""


@pytest.fixture
def case(ask: Callable[..., Case], staff: Callable[..., User]) -> Case:
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    return case


@pytest.fixture
def desk_page(staff: Callable[..., User], client: Client) -> Callable[[Case], str]:
    """What the page of a case asks for while something moves."""

    def asked(case: Case) -> str:
        client.force_login(staff("caseworker"))
        url = reverse("desk:progress", args=[case.reference])
        return client.get(url, {"stage": "answer", "done": "0"}).content.decode()

    return asked


def test_killed_at_each_file_it_goes_on_from_there(
    case: Case,
    staff: Callable[..., User],
    monkeypatch: pytest.MonkeyPatch,
    desk_page: Callable[..., str],
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    monkeypatch.setattr(course, "WORTH", 0)
    monkeypatch.setattr(course, "SECONDS", 0)
    answer = building.prepare(case, by=staff("caseworker"))
    assert far(answer) is None
    begun, made, tries = list[str](), list[str](), 0
    really_begins, really_done = Building.begins, Building.done

    def begins(self: Building, name: str, *, reading: bool = False) -> None:
        really_begins(self, name, reading=reading)
        if name not in begun:
            begun.append(name)
            raise Killed

    def done(self: Building, name: str, *more: Any) -> None:
        really_done(self, name, *more)
        made.append(name)

    with patch.object(Building, "begins", begins), patch.object(Building, "done", done):
        while Answer.objects.get(pk=answer.pk).status == "building":
            with suppress(Killed), django_capture_on_commit_callbacks(execute=True):
                building.build(case.pk)
            tries += 1
            if tries == 3:
                now = far(answer)
                assert now is not None
                assert (now.name, now.number, now.reading) == (begun[2], 3, False)
                assert f"File 3 of {now.of} is being written: {begun[2]}" in desk_page(case)
    # Each was written once, although a try was killed at every one.
    assert sorted(made) == sorted(set(made)) == sorted(name for name in begun if name.startswith("data/"))
    answer.refresh_from_db()
    assert (now.of, far(answer)) == (len([*answer.files]) - len(OTHERS), None)
    assert answer.files == written(case, staff("caseworker")).files, "as if nothing had disturbed it"


def test_what_was_kept_of_other_verdicts_is_not_taken_up(case: Case, staff: Callable[..., User]) -> None:
    answer = building.prepare(case, by=staff("caseworker"))
    file = DataFile(stem="a", name="A", source_name="S", rows=list, count=course.WORTH)
    first, same, other = (Building(case, answer, seen, [file]) for seen in ("x", "x", "y"))
    for name in ("data/a.json", "data/a.csv"):
        with first.kept(name) as out:
            assert out
            out.write(zlib.compress(b"[]", wbits=-15))
    first.done("data/a.json", 7, Layout(("at",)))
    found = same.found("data/a.json")
    assert found
    assert (found.rows, found.layout, b"".join(found.content)) == (7, Layout(("at",)), b"[]")
    # Of the one nobody said that it is whole.
    assert [other.found("data/a.json"), same.found("data/a.csv")] == [None, None]
    case.keys.filter(use=KeyUse.PACKAGE).delete()
    assert same.found("data/a.json") is None
    vault.recipient(case, KeyUse.PACKAGE)
    assert same.found("data/a.json") is None, "kept under a key that is lost"


@pytest.mark.pango
def test_an_annex_goes_out_masked_or_not_at_all(
    case: Case, staff: Callable[..., User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rule, "PRINTED_ROWS", 0)
    answer = written(case, staff("caseworker"))
    assert (answer.status, answer.error) == ("written", "")
    assert "data/usage-crm-calls.pdf" in [line["name"] for line in answer.files]

    def unmasked(file: DataFile) -> Iterator[dict[str, object]]:
        for row in rows_of(file):
            yield {**row, **({"other": HIDDEN} if "other" in row else {})}

    monkeypatch.setattr(paper, "rows_of", unmasked)
    answer = written(case, staff("caseworker"))
    assert answer.error.startswith("read-back-cell: data/usage-crm-calls.pdf||")
    assert HIDDEN not in answer.error
