"""A small letter is read back as the answer is: what is masked for the person stands in none."""

from collections.abc import Callable
from datetime import timedelta

import orjson
import pytest

from cases.casework.workflow import Refusal
from cases.models import AuditEntry, Case, ClockEvent, Run, User
from cases.orders.court_orders import register_order
from cases.rows import chunks
from exports.answer.read_back.letters import read_back_letter
from exports.answer.read_back.problem import ReadBack
from exports.notices import rights_holder
from exports.notices.extension import extend
from tests.operators.by_hand import work

pytestmark = [pytest.mark.django_db, pytest.mark.pango]


def test_a_caseworkers_words_cannot_tell_in_a_letter_what_is_masked(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case, worker = work(ask("access")), staff("caseworker")
    for told in ("070-174 06 97", "+46 70 174 06 97", "0046701740697"):
        with pytest.raises(Refusal, match="letter-masked"):
            extend(case, ground="complexity", reason=f"Whoever has {told} has to be asked first.", by=worker)
    assert not case.letters.exists()
    assert not ClockEvent.objects.filter(case=case, kind="extended").exists()
    # The other number of the calls is given, and so may be said.
    extend(case, ground="complexity", reason="Whoever has 070-174 06 98 has to be asked first.", by=worker)
    assert case.letters.get().kind == "extension"


def test_a_letter_that_cannot_be_opened_goes_nowhere(ask: Callable[..., Case]) -> None:
    with pytest.raises(ReadBack, match=r"read-back-unread: receipt\.pdf"):
        read_back_letter(ask("access"), "receipt.pdf", b"%PDF-1.7 and no more")


def test_every_row_counts_however_many_there_are(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case, worker = work(ask("access")), staff("caseworker")
    run = Run.objects.select_related("case__operator").get(case=case, collection="calls")
    row = {
        **orjson.loads(next(chunks.lines(run))), "other": "+46701740601", "hidden": 0, "note": "Kort",
    }  # fmt: skip
    chunks.forget(run)
    told = {**row, "other": "+46701740633", "hidden": 1}
    for page in ([row] * 20_000, [row, told]):
        chunks.keep(run, [orjson.dumps(one) for one in page])
    with pytest.raises(Refusal, match="letter-masked"):
        extend(case, ground="complexity", reason="Whoever has 070-174 06 33 has to be asked.", by=worker)
    with pytest.raises(ReadBack, match=r"calls\.json 20002"):
        read_back_letter(case, "note.txt", b"070-174 06 33")
    read_back_letter(case, "note.txt", b"070-174 06 01")


def test_the_notice_of_a_hand_over_is_read_back_for_every_case_of_the_person(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case, legal = work(ask("access")), staff("legal")
    handed_over = case.received_on - timedelta(days=40)
    order = register_order(
        case.operator, by=legal, rule="SE-IPRED-NOTICE", kind="customer_no", value="C1",
        court="Patent- och marknadsdomstolen", court_case="PMT 1-26", handed_over_on=handed_over,
    )  # fmt: skip
    typed = {
        "name": "Anna Test",
        "address": ("Storgatan 1",),
        "rights_holder": "Filmbolaget AB",
        "language": "sv",
    }
    with pytest.raises(Refusal, match="notice-masked") as refused:
        rights_holder.write_notice(order, **typed | {"address": ("c/o +46 70 174 06 97",)}, by=legal)  # type: ignore[arg-type]
    assert "case" not in refused.value.message
    case.runs.filter(collection="calls").update(collection="left")
    with pytest.raises(Refusal, match="notice-unchecked"):
        rights_holder.write_notice(order, **typed, by=legal)  # type: ignore[arg-type]
    case.runs.filter(collection="left").update(collection="calls")
    assert not AuditEntry.objects.filter(action="notice.written").exists()
    # Whom it was handed over to is what the notice is there to say.
    typed |= {"rights_holder": "Filmbolaget 070-174 06 97"}
    assert rights_holder.write_notice(order, **typed, by=legal).startswith(b"%PDF")  # type: ignore[arg-type]
