"""Every open legal question is a setting with a default and words that explain it."""

from datetime import date

import pytest

from cases.registers.settings import Settings, explain


def test_each_setting_explains_itself_in_three_languages():
    for field in Settings.model_fields:
        words = explain(field)
        assert words.name.en
        assert words.text.en.endswith(".")
        assert len({words.text.sv, words.text.da, words.text.en}) == 3


def test_each_open_question_has_a_setting():
    flags = {explain(field).flag for field in Settings.model_fields} - {None}
    assert flags == {f"G-{number}" for number in range(1, 18)}


def test_nothing_but_a_setting_can_be_explained():
    with pytest.raises(KeyError):
        explain("colour")


def test_the_defaults_the_case_files_rely_on():
    shipped = Settings()
    assert (shipped.financial_year_end, shipped.general_logging_mandate) == ("12-31", False)
    assert shipped.pause_ask_working_days == 5


def test_a_logging_order_counts_on_its_own_days_both_included():
    order = {"first": date(2022, 3, 30), "last": date(2023, 3, 29), "law": "BEK 381 af 29.3.2022"}
    settings = Settings(general_logging_mandates=(order,))
    days = [date(2022, 3, 29), date(2022, 3, 30), date(2023, 3, 29), date(2023, 3, 30)]
    assert [settings.mandate_on(day) for day in days] == [False, True, True, False]


def test_a_mandate_without_dates_counts_always():
    assert Settings(general_logging_mandate=True).mandate_on(date(2030, 1, 1))
