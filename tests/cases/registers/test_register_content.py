"""What the five registers say, against tables written from the policies' fact base."""

import re
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from cases.registers.categories import CATEGORIES
from cases.registers.register import Register
from cases.registers.texts import LANGUAGES, Text
from tests.cases.registers.register_samples import SHIPPED

CONTRACT, LAW, INTEREST, CONSENT, NONE = (
    "contract",
    "legal-obligation",
    "legitimate-interest",
    "consent",
    "none-stated",
)

BASES = {
    "T2-P01": {CONTRACT},
    "T2-P02": {CONTRACT},
    "T2-P03": {INTEREST},
    "T2-P04": {INTEREST},
    "T2-P05": {INTEREST},
    "T2-P06": {INTEREST},
    "T2-P07": {INTEREST},
    "T2-P08": {CONSENT},
    "T2-P09": {INTEREST},
    "T2-P10": {LAW},
    "TF-P01": {CONTRACT},
    "TF-P02": {INTEREST},
    "TF-P03": {INTEREST},
    "TF-P04": {INTEREST, CONSENT},
    "TF-P05": {CONTRACT},
    "TF-P06": {LAW},
    "TS-P01": {NONE},
    "HK-P01": {CONTRACT},
    "HK-P02": {INTEREST},
    "HK-P03": {CONSENT, INTEREST},
    "HK-P04": {CONSENT, INTEREST},
    "HK-P05": {CONTRACT, LAW},
    "HK-P06": {LAW},
    "TD-P01": {CONTRACT},
    "TD-P02": {CONTRACT},
    "TD-P03": {LAW, NONE},
    "TD-P04": {NONE},
    "TD-P05": {CONSENT},
    "TD-P06": {NONE},
    "TD-P07": {LAW},
    "TD-P08": {NONE},
    "TD-P09": {CONTRACT},
    "TD-P10": {CONSENT},
}

# the category codes the fact base lists for a purpose; a register may know more, never less
CATEGORIES_OF = {
    "T2-P01": "C01 C02 C03 C04 C05 C06",
    "T2-P02": "C10 C03 C11 C01",
    "T2-P03": "C10 C03 C11 C01 C13",
    "T2-P04": "C02 C14",
    "T2-P05": "C01 C02 C03 C04 C12 C13 C15 C16 C17",
    "T2-P06": "C18 C13 C10 C11 C17 C12",
    "T2-P07": "C01 C12",
    "T2-P08": "C18 C13 C12 C19",
    "T2-P09": "C01 C02 C03 C06 C21",
    "T2-P10": "C01 C02 C03 C04 C05 C06 C22",
    "TF-P01": "C01 C03 C04 C05 C14 C16 C02",
    "TF-P02": "C01 C16",
    "TF-P03": "C15 C16 C25",
    "TF-P04": "C01 C12 C20",
    "TF-P05": "C21 C01 C02 C03 C04 C05 C06",
    "TF-P06": "C24 C01 C02 C05",
    "TS-P01": "C12 C13 C19",
    "HK-P01": "C01 C03 C06",
    "HK-P02": "C15 C16 C01",
    "HK-P03": "C06 C01 C03 C25",
    "HK-P04": "C06 C12 C01",
    "HK-P05": "C21 C06 C01",
    "HK-P06": "C05 C06",
    "TD-P01": "C01 C02 C05 C03 C16",
    "TD-P02": "C06 C12",
    "TD-P03": "C07 C08",
    "TD-P04": "C14",
    "TD-P05": "C19 C12 C20",
    "TD-P06": "C25",
    "TD-P07": "C22",
    "TD-P08": "C01 C06 C08",
    "TD-P09": "C01 C02 C03 C04 C05 C16",
    "TD-P10": "C19 C12",
}

DIRECT_MARKETING = {"T2-P03", "T2-P07", "T2-P08", "TF-P04", "TS-P01", "HK-P04", "TD-P05", "TD-P10"}

AD_PARTNERS = [
    *("Meta", "LinkedIn", "X", "Pinterest", "Snapchat", "TikTok", "YouTube", "Reddit", "Tumblr"),
    *("Google", "Microsoft Advertising", "Amazon Advertising"),
    *("Schibsted", "Bonnier", "TV4 Media", "NENT Group", "Viaplay"),
]


@pytest.fixture(scope="session")
def purposes(shipped: dict[str, Register]) -> dict[str, tuple[Register, object]]:
    return {each.code: (register, each) for register in shipped.values() for each in register.purposes}


def test_every_stated_purpose_is_there_and_no_other(shipped):
    stated = {each.code for register in shipped.values() for each in register.purposes if each.stated}
    assert stated == set(BASES)


@pytest.mark.parametrize("code", BASES)
def test_bases_are_those_the_policy_states(purposes, code):
    assert {basis.kind for basis in purposes[code][1].bases} == BASES[code]


@pytest.mark.parametrize("code", CATEGORIES_OF)
def test_categories_of_a_purpose_include_those_of_the_policy(purposes, code):
    register, purpose = purposes[code]
    codes = {register.categories[key].code for key in purpose.categories}
    assert set(CATEGORIES_OF[code].split()) <= codes


def test_direct_marketing_is_flagged_exactly_where_article_21_2_stops_it(purposes):
    assert {code for code, (_, purpose) in purposes.items() if purpose.direct_marketing} == DIRECT_MARKETING


@pytest.mark.parametrize("code", ["T2-P05", "T2-P06", "T2-P07"])
def test_separate_consent_for_traffic_is_not_a_basis_of_the_purpose(purposes, code):
    purpose = purposes[code][1]
    assert purpose.consent_for == ("traffic",)
    assert not purpose.rests_on(CONSENT)


@pytest.mark.parametrize(
    ("code", "category", "kind"),
    [
        ("HK-P03", "traffic", CONSENT),
        ("HK-P03", "contact", INTEREST),
        ("HK-P04", "traffic", CONSENT),
        ("HK-P04", "usage", INTEREST),
        ("HK-P05", "traffic", LAW),
        ("HK-P05", "account", CONTRACT),
    ],
)
def test_hektors_split_bases_follow_the_category(purposes, code, category, kind):
    assert [basis.kind for basis in purposes[code][1].bases_for(category)] == [kind]


def test_hektors_consent_is_the_customers(purposes):
    consents = [
        basis for code in ("HK-P03", "HK-P04") for basis in purposes[code][1].bases if basis.kind == CONSENT
    ]
    assert {basis.consent_of for basis in consents} == {"customer"}


def test_tele2_checks_credit_under_contract_and_under_legitimate_interest(shipped):
    uses = {each.code: each.bases[0].kind for each in shipped["tele2-se"].purposes_using("credit")}
    assert uses == {"T2-P01": CONTRACT, "T2-P04": INTEREST}


@pytest.mark.parametrize("code", ["T2-P04", "TF-P01", "TD-P04"])
def test_credit_decisions_explain_themselves(purposes, code):
    register, purpose = purposes[code]
    assert purpose.automated is not None
    assert register.automated(purpose) is not None


def test_seventeen_advertising_partners_are_named_and_belong_to_fifteen_companies(shipped):
    tele2 = shipped["tele2-se"]
    named = [tele2.recipients[key] for key in tele2.purpose("T2-P08").recipients]
    assert [partner.name.en for partner in named] == AD_PARTNERS
    assert all(partner.kind == "ad-partner" and partner.own_controller for partner in named)
    assert len({tele2.resolve(partner.name.en)[0] for partner in named}) == 15


@pytest.mark.parametrize(
    ("said", "company"),
    [
        ("YouTube", "google"),
        ("google/youtube", "google"),
        ("Twitter", "x"),
        ("NENT", "viaplay"),
        ("NENT Group", "viaplay"),
        ("Viaplay", "viaplay"),
        ("meta", "meta"),
        ("D&B", "dun-bradstreet"),
        ("Bing", "microsoft-advertising"),
    ],
)
def test_a_partner_is_found_under_any_of_its_names(shipped, said, company):
    assert shipped["tele2-se"].resolve(said)[0] == company


@pytest.mark.parametrize(
    ("key", "printed"),
    [
        ("google", "Google (YouTube)"),
        ("x", "X (tidigare Twitter)"),
        ("viaplay", "Viaplay (tidigare NENT Group)"),
        ("meta", "Meta"),
    ],
)
def test_a_company_is_printed_with_the_names_it_goes_by(shipped, key, printed):
    assert shipped["tele2-se"].recipient_name(key, "sv") == printed


def test_former_names_can_be_left_out(shipped):
    tele2 = shipped["tele2-se"]
    plain = tele2.model_copy(
        update={"settings": tele2.settings.model_copy(update={"former_names_shown": False})}
    )
    assert [plain.recipient_name(key, "en") for key in ("x", "viaplay", "google")] == [
        "X",
        "Viaplay",
        "Google (YouTube)",
    ]


def test_an_unknown_partner_is_nobody(shipped):
    assert shipped["tele2-se"].resolve("Myspace") is None


@pytest.mark.parametrize(
    ("slug", "category", "recipient"),
    [
        ("tele2-se", "national-id", "dun-bradstreet"),
        ("tele2-se", "demographics", "content-providers"),
        ("tele2-se", "retained", "authorities"),
        ("hektor-se", "traffic", "other-operators"),
        ("hektor-se", "location", "sos-alarm"),
        ("hektor-se", "directory", "directory-services"),
        ("hektor-se", "disclosures", "rights-holders"),
        ("hektor-se", "invoices", "employer"),
        ("hektor-se", "contact", "group-companies"),
        ("hektor-se", "contact", "subcontractors"),
        ("hektor-se", "contact", "acquirers"),
        ("telenor-dk", "retained", "police"),
        ("telenor-dk", "profile", "selected-third-parties"),
        ("telia-finance-dk", "contact", "local-telia-companies"),
        ("telia-finance-dk", "kyc", "authorities"),
    ],
)
def test_named_recipients_get_what_the_policy_says(shipped, slug, category, recipient):
    assert recipient in dict(shipped[slug].recipients_for(category))


def test_nobody_but_the_content_provider_is_told_of_viewers_contact_details_at_tele2(shipped):
    contact = dict(shipped["tele2-se"].recipients_for("contact"))
    assert set(contact) == {"content-providers", "authorities"}


def test_telenor_swedens_ten_sources_are_there(shipped):
    sources = [key for key in shipped["telenor-se"].sources if key.startswith("TS-")]
    assert sources == [f"TS-S{number:02}" for number in range(1, 11)]
    assert shipped["telenor-se"].sources["TS-S08"].name.sv == "Skatteverket"


STATED_RETENTION = {
    "tele2-se": set(),
    "telia-finance-dk": set(),
    "telenor-se": set(),
    "hektor-se": {"contact", "account", "invoices", "traffic", "location"},
    "telenor-dk": {"retained", "consents"},
}


@pytest.mark.parametrize("slug", SHIPPED)
def test_periods_are_stated_only_where_the_policy_states_them(shipped, slug):
    register = shipped[slug]
    stated = {key for key in register.categories if register.retention(key).stated}
    assert stated == STATED_RETENTION[slug]


@pytest.mark.parametrize(
    ("slug", "category", "words"),
    [
        ("hektor-se", "account", "24 months"),
        ("telenor-dk", "retained", "One year"),
        ("telenor-dk", "consents", "two years"),
    ],
)
def test_exact_periods(shipped, slug, category, words):
    assert words in shipped[slug].retention(category).text.en


@pytest.mark.parametrize("slug", SHIPPED)
def test_a_basis_is_recorded_for_every_purpose_whose_policy_is_silent(shipped, slug):
    register = shipped[slug]
    for purpose in register.purposes:
        recorded = [basis for basis in register.legal_bases(purpose) if not basis.stated]
        assert bool(recorded) == purpose.rests_on(NONE)
        assert all(basis.basis.kind != NONE for basis in recorded)


@pytest.mark.parametrize("slug", SHIPPED)
def test_the_shipped_operators_can_answer_about_everything_they_hold(shipped, slug):
    assert shipped[slug].missing(shipped[slug].categories) == ()


def test_operators_facts(shipped):
    heads = {
        slug: (
            each.country,
            each.calendars,
            each.time_zone,
            each.languages[0],
            each.authority,
            each.lead_authority,
        )
        for slug, each in shipped.items()
    }
    assert heads == {
        "tele2-se": ("SE", ("SE",), "Europe/Stockholm", "sv", "IMY", None),
        "telenor-se": ("SE", ("SE",), "Europe/Stockholm", "sv", "IMY", None),
        "hektor-se": ("SE", ("SE",), "Europe/Stockholm", "sv", "IMY", None),
        "telenor-dk": ("DK", ("DK",), "Europe/Copenhagen", "da", "Datatilsynet", None),
        "telia-finance-dk": ("DK", ("DK", "SE"), "Europe/Copenhagen", "da", "Datatilsynet", "IMY"),
    }
    assert [slug for slug, each in shipped.items() if each.business_users] == ["hektor-se"]
    assert shipped["telia-finance-dk"].controller.org_number == "556404-6661"
    assert shipped["telenor-dk"].controller.phone == "01 23 45 67"


def test_a_contact_detail_nobody_gave_is_a_visible_gap(shipped):
    assert shipped["tele2-se"].controller.shown("org_number", "sv") == "anges av operatören"
    assert "org_number" in shipped["tele2-se"].controller.unset()


def test_both_countries_duties_hold_telia_finances_data(shipped):
    assert shipped["telia-finance-dk"].settings.hold_countries == ("SE", "DK")


@pytest.mark.parametrize("slug", ["tele2-se", "telenor-se", "hektor-se", "telenor-dk"])
def test_only_cleared_staff_see_retained_data(shipped, slug):
    cleared = {key for key, entry in shipped[slug].categories.items() if entry.cleared_only}
    assert cleared == {"retained"}


SUBSTANTIAL = {"traffic", "location", "retained", "sites", "credit", "national-id"}


@pytest.mark.parametrize("slug", SHIPPED)
def test_intrusive_categories_ask_for_better_proof(shipped, slug):
    for key, entry in shipped[slug].categories.items():
        assert entry.proof == ("substantial" if key in SUBSTANTIAL else "low")


def test_the_shared_table_has_all_27_codes():
    assert [category.code for category in CATEGORIES.values()] == [f"C{number:02}" for number in range(1, 28)]


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("slug", SHIPPED)
def test_accents_can_be_read_in_both_themes(shipped, slug):
    register = shipped[slug]
    assert _contrast(register.accent, "#ffffff") >= 4.5
    assert _contrast(register.accent_dark, "#23282c") >= 4.5


def test_accents_tell_operators_apart(shipped):
    assert len({register.accent for register in shipped.values()}) == len(SHIPPED)


@pytest.mark.parametrize("slug", SHIPPED)
def test_no_text_is_the_same_in_swedish_and_danish_by_oversight(shipped, slug):
    """Names may be; a sentence that is the same in two languages was forgotten."""
    for text in _texts(shipped[slug].model_dump()):
        if text["sv"].endswith("."):
            assert text["sv"] != text["da"], text["sv"]
            assert text["en"] not in (text["sv"], text["da"]), text["en"]


@pytest.mark.parametrize("slug", SHIPPED)
def test_each_language_is_spelled_with_its_own_letters(shipped, slug):
    for text in _texts(shipped[slug].model_dump()):
        assert not re.search("[æøÆØ]", TERMS.sub("", text["sv"])), text["sv"]
        assert not re.search("[äöÄÖ]", TERMS.sub("", text["da"])), text["da"]


# the names of courts and laws stay as they are
TERMS = re.compile("tingsrätt|bokföringslagen|logningsbekendtgørelsen|bogføringsloven")


def _texts(value: object) -> list[dict[str, str]]:
    if isinstance(value, dict):
        if set(value) == set(LANGUAGES):
            return [value]
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list | tuple):
        return [text for each in value for text in _texts(each)]
    return []


def test_placeholders_are_filled_by_language():
    frame = Text(sv="Vad är {name}?", da="Hvad er {name}?", en="What is {name}?")
    filled = frame.filled(name=Text(sv="ett", da="to", en="three"))
    assert (filled.sv, filled.da, filled.en) == ("Vad är ett?", "Hvad er to?", "What is three?")


# A customer reads what is so; where a fact comes from is for whoever keeps the register, and stands in its notes.
OF_THE_POLICY = re.compile(r"\b(?:\w*polic(?:y|ies|yn|yns|yer)|\w*politik(?:ken|kens|ker)?)\b", re.IGNORECASE)


def said(value: object) -> Iterator[Text]:
    """Every text within."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, BaseModel):
        yield from said({name: getattr(value, name) for name in type(value).model_fields})
    elif isinstance(value, dict | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from said(part)


@pytest.mark.parametrize("slug", SHIPPED)
def test_no_text_that_goes_out_speaks_of_what_the_policy_leaves_unsaid(shipped, slug):
    texts = [
        text
        for name in Register.model_fields
        if name != "notes"
        for text in said(getattr(shipped[slug], name))
    ]
    assert len(texts) > 80
    spoken = [text.get(language) for text in texts for language in LANGUAGES]
    assert [words for words in spoken if OF_THE_POLICY.search(words)] == []
    assert OF_THE_POLICY.search("Integritetspolicyn nämner det inte.")
    assert not OF_THE_POLICY.search("The police. Politiet.")
