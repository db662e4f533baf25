"""What an access answer has to wait for: exactly what its own categories need, and no more."""

import pytest

from cases.registers.register import Register, parse_register
from tests.cases.registers.register_samples import SMALL

EUROPE = """
[[set_by_operator.transfers]]
recipients = ["helper"]
countries = []
safeguard = "none-needed"
text = { sv = "EU", da = "EU", en = "EU" }
"""


def gaps(register: Register, *categories: str) -> list[tuple[str, str]]:
    return [(gap.what, gap.about) for gap in register.missing(categories)]


def changed(old: str, new: str) -> Register:
    assert old in SMALL
    return parse_register(SMALL.replace(old, new, 1), "small-se/register.toml")


def with_europe(text: str = SMALL) -> Register:
    return parse_register(text + EUROPE, "small-se/register.toml")


def test_a_transfer_nobody_described_blocks_the_answer(small):
    assert gaps(small, "contact") == [("transfer", "helper")]
    assert gaps(with_europe(), "contact") == []


def test_a_period_nobody_gave_blocks_only_its_own_category(small):
    assert gaps(small, "traffic") == [("retention", "traffic")]


def test_a_period_the_operator_set_is_enough_and_known_as_such():
    text = SMALL + '[set_by_operator.retention]\ntraffic = { sv = "a", da = "b", en = "c" }\n'
    register = parse_register(text, "small-se/register.toml")
    assert gaps(register, "traffic") == []
    assert register.retention("traffic").stated is False
    assert register.retention("contact").stated is True


def test_a_purpose_without_any_basis_blocks_the_answer():
    silent = changed('[set_by_operator.bases]\nSM-P02 = [{ kind = "contract" }]\n', "")
    assert ("basis", "SM-P02") in gaps(silent, "traffic")
    assert ("basis", "SM-P02") not in gaps(silent, "contact")


def test_a_group_of_recipients_without_names_blocks_the_answer():
    group = changed('name = "Helper"', 'name = "Helpers"\nnaming = "by-operator"')
    assert ("names", "helper") in gaps(group, "contact")


def test_who_is_named_in_the_record_of_a_disclosure_needs_no_name_beforehand():
    recorded = changed('name = "Helper"', 'name = "Helper"\nnaming = "by-record"')
    assert ("names", "helper") not in gaps(recorded, "contact")


def test_an_unnamed_source_blocks_the_answer():
    unnamed = changed('name = "Du"', 'name = "Någon"\nnaming = "by-operator"')
    assert ("names", "subject") in gaps(unnamed, "traffic")


def test_an_authority_at_home_needs_no_word_on_third_countries():
    assert gaps(changed('kind = "processor"', 'kind = "authority"'), "contact") == []


def test_a_transfer_whose_countries_are_open_is_still_a_gap():
    open_countries = EUROPE.replace("countries = []\n", "")
    assert gaps(parse_register(SMALL + open_countries, "x"), "contact") == [("transfer", "helper")]


def test_a_recipient_counts_only_for_what_it_receives():
    other = SMALL.replace('categories = ["contact"]', 'categories = ["contact", "traffic"]')
    narrow = other.replace('name = "Helper"', 'name = "Helper"\nreceives = ["traffic"]')
    register = parse_register(narrow, "x")
    assert gaps(register, "contact") == []
    assert ("transfer", "helper") in gaps(register, "traffic")


def test_a_category_the_register_does_not_know_blocks_the_answer(small):
    (gap,) = small.missing(["kyc"])
    assert (gap.what, gap.fill_in) == ("category", "categories.kyc")


def test_each_gap_is_told_once_however_many_categories_need_it():
    both = SMALL.replace('categories = ["contact"]', 'categories = ["contact", "traffic"]')
    assert gaps(parse_register(both, "x"), "contact", "traffic").count(("transfer", "helper")) == 1


def test_the_message_says_what_to_write_in_every_language(small):
    (gap,) = small.missing(["traffic"])
    for words in (gap.text.sv, gap.text.da, gap.text.en):
        assert "set_by_operator.retention.traffic" in words
    assert "Trafikuppgifter" in gap.text.sv


@pytest.mark.parametrize(("kind", "about"), [("retention", "traffic"), ("transfer", "contact")])
def test_an_operator_may_choose_a_warning_instead(kind, about):
    warned = changed("[controller]", f'[settings]\n{kind}_gaps = "warn"\n[controller]')
    (gap,) = warned.missing([about])
    assert (gap.what, gap.blocks) == (kind, False)


def test_a_credit_decision_must_be_explained():
    text = SMALL.replace("traffic", "credit").replace(
        'bases = [{ kind = "none-stated" }]',
        'automated = { sv = "x", da = "x", en = "x" }\nbases = [{ kind = "none-stated" }]',
    )
    assert ("automated", "SM-P02") in gaps(parse_register(text, "x"), "credit")
