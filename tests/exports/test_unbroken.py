"""No line ends within a date, an amount, a figure and its unit, or a place in a law, in any of the three languages."""

from collections.abc import Callable
from datetime import date

import pytest
from django.utils.translation import override

from cases.desk.wording import words
from cases.law.unbroken import TIE, tied, unbroken, unbroken_page
from cases.templatetags.desk import month
from cases.templatetags.public import day
from exports import pdf
from exports.letter import content
from exports.letter.facts import CaseFacts
from exports.letter.texts.reading import LANGUAGES, texts

# "_" where no line may end.
TOGETHER = (
    "senast den 14_december_2026 om inget", "den 4_mars kom", "i nov._2026 och", "bevaras i 7_år till", "om 14_dagar",
    "artikel_12.3 och artiklarna_7.1", "7_kap._2_§ bokföringslagen", "53_f_§ upphovsrättslagen", "1_234,50_kr i allt",
    "Referens_26-7KQXA-19.", "3_poster", "12,5_MB",
    "senest den 14._december_2026 hvis", "i nov._2026", "i 5_år", "14_dage", "artikel_15, stk._1", "§_12 i loven",
    "nr._4", "1.234,50_DKK", "2_poster",
    "by 14_December_2026 at", "on 4_May.", "in Nov_2026", "for 5_years", "within 14_days",
    "Articles_15(1) and Article_77",
    "chapter_9 section_21 of", "2,400_records in", "40_% of",
    "telefon_+46_8_657_61_00.", "telefon_08-657_61_00",
    # What is no such thing stays as it was.
    "the 2 of us", "call 14 people", "may 2 be given", "Storgatan 1, Linköping",
)  # fmt: skip


@pytest.mark.parametrize("said", TOGETHER)
def test_what_is_read_as_one_thing_stays_in_one_line(said: str) -> None:
    assert unbroken(said.replace("_", " ")) == said.replace("_", TIE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_write_no_day_that_breaks(language: str) -> None:
    on = date(2026, 12, 14)
    with override(language):
        written = [day(on), words.day(on), words.day(on, weekday=True), month(on)]
    assert not [one for one in written if " " in one]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_is_set_without_such_a_break_and_its_markup_stays(
    language: str, case: Callable[..., CaseFacts]
) -> None:
    page = pdf.html(content.answer(case("tele2-se", "erasure", "partly", language)))
    on = texts(language).day(date(2033, 12, 31))
    assert on not in page
    assert tied(on) in page
    assert "margin: 0 0 2.8mm" in page
    assert unbroken_page('<style>p { flex: 1 100 }</style><p title="4 May">4 May</p>') == (
        f'<style>p {{ flex: 1 100 }}</style><p title="4 May">4{TIE}May</p>'
    )
