"""Where the law is not settled, the answer says which side the operator took, and only while it takes it."""

import pytest

from cases.registers.settings import explain

# setting, operator, purposes whose part of the answer carries the remark while the setting is on
CARRIED = [
    ("credit_objection_open", "tele2-se", {"T2-P01", "T2-P04"}),
    ("credit_objection_open", "telia-finance-dk", set()),
    ("credit_refusal_human_review", "telia-finance-dk", {"TF-P01"}),
    ("deidentified_is_personal", "tele2-se", {"T2-P06", "T2-P07", "T2-P08"}),
    ("deidentified_is_personal", "telenor-se", {"TS-P01"}),
    ("recording_needs_consent", "telia-finance-dk", {"TF-P03"}),
    ("recording_needs_consent", "tele2-se", set()),
    ("facebook_joint_control", "telenor-se", {"TS-X02"}),
    ("facebook_joint_control", "telenor-dk", set()),
    ("user_withdrawal_honoured", "hektor-se", {"HK-P03", "HK-P04"}),
    ("user_withdrawal_honoured", "tele2-se", set()),
    ("directory_offer_removal", "hektor-se", {"HK-X01"}),
    ("cite_current_logging_law", "telenor-dk", {"TD-P07"}),
    ("cite_current_logging_law", "tele2-se", set()),
]


def carrying(register, field):
    text = explain(field).remark.text
    return {purpose.code for purpose in register.purposes if text in register.remarks(purpose)}


@pytest.mark.parametrize(("field", "slug", "codes"), CARRIED)
def test_a_remark_stands_at_the_purposes_it_concerns(shipped, field, slug, codes):
    assert carrying(shipped[slug], field) == codes


@pytest.mark.parametrize(("field", "slug"), [(field, slug) for field, slug, codes in CARRIED if codes])
def test_a_setting_that_is_off_says_nothing(shipped, field, slug):
    register = shipped[slug]
    off = register.model_copy(update={"settings": register.settings.model_copy(update={field: False})})
    assert carrying(off, field) == set()


def test_the_purposes_own_conditions_come_first(shipped):
    tele2 = shipped["tele2-se"]
    first, *_ = tele2.remarks(tele2.purpose("T2-P06"))
    assert first == tele2.purpose("T2-P06").special
