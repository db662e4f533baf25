"""A register that cannot be used is refused with file, line and key, and with words that tell what to write."""

from pathlib import Path

import pytest

from cases.registers.register import Register, load_register, parse_register
from connectors.description.tomlfile import ConfigError
from tests.cases.registers.register_samples import SMALL

NAME = "small-se/register.toml"

# (what to replace, by what, the complaint)
BROKEN = [
    ('slug = "small-se"', 'slug = "Small SE"', "1: slug: should look like a-name-se"),
    ('name = "Small"\n', "", "1: name: is missing"),
    ('country = "SE"', 'country = "NO"', "3: country: input should be 'SE' or 'DK'"),
    ('country = "SE"', 'country = "DK"', "4: calendars: lacks the operator's own country, DK"),
    ('calendars = ["SE"]', 'calendars = ["SE", "SE"]', "4: calendars[1]: `SE` is there twice"),
    (
        'time_zone = "Europe/Stockholm"',
        'time_zone = "Stockholm"',
        "5: time_zone: is not a time zone of the IANA list, such as Europe/Stockholm",
    ),
    ('languages = ["sv"]', 'languages = ["fi"]', "6: languages[0]: input should be 'sv', 'da' or 'en'"),
    ('languages = ["sv"]', 'languagse = ["sv"]', "6: languagse: unknown key; did you mean `languages`?"),
    ('accent = "#112233"', 'accent = "navy"', "7: accent: should look like #1d3f8f"),
    (
        'authority = "IMY"',
        'authority = "ICO"',
        "9: authority: unknown authority; known are IMY, Datatilsynet",
    ),
    (', en = "Go to the district court." }', " }", "10: court.en: is missing"),
    (
        "[categories.traffic]",
        "[categories.trafic]",
        "18: categories.trafic: `trafic` is not a data category; did you mean `traffic`?",
    ),
    (
        "[categories.traffic]\n",
        '[categories.traffic]\nproof = "strong"\n',
        "19: categories.traffic.proof: input should be 'low', 'substantial' or 'high'",
    ),
    (
        "[categories.traffic]\n",
        "[categories.traffic]\n[categories.web]\n",
        "19: categories.web: no purpose uses this category",
    ),
    (
        'categories = ["contact", "traffic"]',
        'categories = ["contact"]',
        "18: categories.traffic: no source says where this category comes from",
    ),
    ('code = "SM-P02"', 'code = "SM-P01"', "33: purposes[1].code: `SM-P01` is there twice"),
    ('code = "SM-P02"', 'code = "P2"', "33: purposes[1].code: should look like AB-P01"),
    (
        'bases = [{ kind = "contract" }]\ncategories = ["contact"]',
        'bases = [{ kind = "kontrakt" }]\ncategories = ["contact"]',
        "28: purposes[0].bases[0].kind: input should be 'contract', 'legal-obligation', 'legitimate-interest', "
        "'consent' or 'none-stated'",
    ),
    (
        'bases = [{ kind = "contract" }]\ncategories = ["contact"]',
        'bases = []\ncategories = ["contact"]',
        "28: purposes[0].bases: is empty",
    ),
    (
        'bases = [{ kind = "contract" }]\ncategories = ["contact"]',
        'bases = [{ kind = "contract", covers = ["traffic"] }]\ncategories = ["contact"]',
        "28: purposes[0].bases[0].covers[0]: `traffic` is not a category of this purpose",
    ),
    (
        'categories = ["contact"]\n',
        'categories = ["contact", "contracts"]\n',
        "29: purposes[0].categories[1]: `contracts` is not a category of this register; did you mean `contact`?",
    ),
    (
        'recipients = ["helper"]',
        'recipients = ["helpers"]',
        "31: purposes[0].recipients[0]: `helpers` is not a recipient of this register; did you mean `helper`?",
    ),
    ('recipients = ["helper"]\n', "", "38: recipients.helper: no purpose names this recipient"),
    (
        'recipients = ["helper"]',
        'recipients = ["helper"]\nstated = false',
        "28: purposes[0].bases: a purpose the policy does not name can only be none-stated; record the basis",
    ),
    (
        'name = "Helper"',
        'name = "Helper"\nsame_as = "nobody"',
        "42: recipients.helper.same_as: `nobody` is not another company's entry",
    ),
    (
        'SM-P02 = [{ kind = "contract" }]',
        'SM-P01 = [{ kind = "contract" }]',
        "44: set_by_operator.bases.SM-P01: `SM-P01` is not a purpose without a stated basis; did you mean `SM-P02`?",
    ),
    (
        'SM-P02 = [{ kind = "contract" }]',
        'SM-P02 = [{ kind = "none-stated" }]',
        "44: set_by_operator.bases.SM-P02[0].kind: a recorded basis must be one of Article 6",
    ),
    (
        "[set_by_operator.bases]",
        '[set_by_operator.retention]\ncontact = { sv = "x", da = "y", en = "z" }\n[set_by_operator.bases]',
        "44: set_by_operator.retention.contact: `contact` is not a category without a period",
    ),
    (
        "[set_by_operator.bases]",
        '[set_by_operator.names]\nhelper = ["Helper Ltd"]\n[set_by_operator.bases]',
        "44: set_by_operator.names.helper: `helper` is not a recipient or source to be named",
    ),
    (
        "[controller]",
        '[settings]\nfinancial_year_end = "31-12"\n[controller]',
        "12: settings.financial_year_end: should look like 12-31 (month-day)",
    ),
    ("[controller]\n", "[controller\n", "11: not TOML: expected ']' at the end of a table declaration"),
]


@pytest.mark.parametrize(("old", "new", "complaint"), BROKEN)
def test_a_broken_register_is_refused_with_line_and_key(old: str, new: str, complaint: str) -> None:
    assert SMALL.count(old) >= 1
    with pytest.raises(ConfigError) as refused:
        parse_register(SMALL.replace(old, new, 1), NAME)
    assert str(refused.value) == f"{NAME}:{complaint}"


def test_all_faults_are_told_at_once_in_the_files_order() -> None:
    text = SMALL.replace('country = "SE"', 'country = "NO"').replace('kind = "processor"', 'kind = "friend"')
    with pytest.raises(ConfigError) as refused:
        parse_register(text, NAME)
    assert [(fault.line, fault.key) for fault in refused.value.errors] == [
        (3, "country"),
        (40, "recipients.helper.kind"),
    ]


def test_a_folder_must_bear_its_registers_name(tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "register.toml").write_text(SMALL)
    with pytest.raises(ConfigError, match="slug: is `small-se`, but the folder is called `other`"):
        load_register(folder)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"name = '\xff'", "is not UTF-8 text"), (None, "cannot be read: No such file or directory")],
)
def test_a_file_that_cannot_be_read_says_so(tmp_path: Path, content: bytes | None, complaint: str) -> None:
    if content is not None:
        (tmp_path / "register.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=complaint):
        load_register(tmp_path)


def test_a_register_is_named_by_the_hash_of_its_content(small: Register) -> None:
    same, other = parse_register(SMALL, NAME), parse_register(SMALL + "# later\n", NAME)
    assert small.sha256 == same.sha256 != other.sha256
    assert len(small.sha256) == 64


def test_a_file_and_its_kept_text_are_the_same_version(tmp_path: Path) -> None:
    folder = tmp_path / "small-se"
    folder.mkdir()
    (folder / "register.toml").write_text(SMALL)
    assert load_register(folder) == parse_register(SMALL, NAME)


def test_a_register_never_changes(small: Register) -> None:
    with pytest.raises(ValueError, match="frozen"):
        small.name = "Other"  # type: ignore[misc]
