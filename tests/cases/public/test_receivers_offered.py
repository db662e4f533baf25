"""Another provider is offered where the operator has one and somebody asks for their own data to take elsewhere."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from cases.public.drafts.draft import Draft
from cases.public.forms import Asking
from cases.public.more import MoreForm
from cases.public.summary import summary_of
from cases.registers.register import load_register

REGISTER = load_register(Path(__file__).parents[3] / "operators" / "tele2-se")
RECEIVERS = {"nordlind": "Nordlind Mobil"}
FOUND = {"name": "Anna", "email": "anna@example.com"}


def asking(rights: list[str], standing: str = "self", receivers: dict[str, str] = RECEIVERS) -> Asking:
    return Asking(REGISTER, "en", {"rights": rights, "standing": standing, **FOUND}, receivers)


def test_it_is_asked_where_data_are_asked_for_to_take_elsewhere_by_the_person_alone() -> None:
    offered = MoreForm(asking=asking(["access", "portability"])).choice("send_to")
    assert list(offered.choices) == [("", "No, to me alone"), ("nordlind", "Nordlind Mobil")]
    for other in (
        asking(["access"]),
        asking(["portability"], "proxy"),
        asking(["portability"], receivers={}),
    ):
        assert "send_to" not in MoreForm(asking=other).fields


def drafted(rights: list[str], standing: str = "self") -> Draft:
    more: dict[str, Any] = {"send_to": "nordlind", "note": ""}
    steps = {"rights": {"rights": rights}, "you": {"standing": standing}, "find": FOUND, "more": more}
    return Draft(uuid4(), steps=steps)


@pytest.mark.parametrize(
    ("rights", "standing", "sent"),
    [(["portability"], "self", True), (["access"], "self", False), (["portability"], "proxy", False)],
)
def test_what_was_chosen_counts_only_while_it_can_be_chosen(
    rights: list[str], standing: str, sent: bool
) -> None:
    draft = drafted(rights, standing)
    assert (draft.intake(None, "en").send_to == "nordlind") is sent  # type: ignore[arg-type]
    lines = [line for row in summary_of(draft, asking(rights, standing)) for line in row.lines]
    assert ("Nordlind Mobil" in lines) is sent
