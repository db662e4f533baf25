"""No category can be had by electronic identity alone (Article 12(2)), and each way says what it proves."""

import re
from pathlib import Path

import pytest

from cases.registers import ways
from cases.registers.register import Register, load_register
from connectors.description.tomlfile import ConfigError
from tests.cases.registers.register_samples import OPERATORS, SHIPPED, SMALL

SHOP = re.search(r"(?s)\[ways\.shop\].*?(?=\[categories)", SMALL)


def read(folder: Path, content: str) -> Register:
    folder = folder / "small-se"
    folder.mkdir()
    (folder / "register.toml").write_text(content)
    return load_register(folder)


def unfit(folder: Path, content: str) -> list[str]:
    return [str(fault) for fault in ways.unfit(folder / "small-se", read(folder, content))]


def test_a_category_that_asks_more_than_a_code_and_has_no_way_is_a_fault_with_its_line(
    tmp_path: Path,
) -> None:
    assert SHOP
    without = SMALL.replace(SHOP[0], "")
    (fault,) = unfit(tmp_path, without)
    line = without.splitlines().index("[categories.traffic]") + 1
    assert f"register.toml:{line}: categories.traffic: asks substantial, and nobody without" in fault


def test_a_way_that_proves_too_little_is_none(tmp_path: Path) -> None:
    assert len(unfit(tmp_path, SMALL.replace('proves = "substantial"', 'proves = "low"'))) == 1


@pytest.mark.parametrize("proves", ["substantial", "high"])
def test_a_way_that_proves_enough_is_one_for_every_category(tmp_path: Path, proves: str) -> None:
    content = SMALL.replace('proves = "substantial"', f'proves = "{proves}"')
    assert unfit(tmp_path, content) == []


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ('["letter"]', "`letter` is not described: write [ways.letter]"),
        ('["shop"]\nproof = "high"', "`shop` proves substantial, and the category asks high"),
    ],
)
def test_a_category_can_name_only_ways_that_lead_to_it(tmp_path: Path, named: str, says: str) -> None:
    content = SMALL.replace("[categories.traffic]\n", f"[categories.traffic]\nways = {named}\n")
    with pytest.raises(ConfigError, match=re.escape(says)):
        read(tmp_path, content)


def test_a_category_that_names_its_ways_has_no_others(tmp_path: Path) -> None:
    letter = '[ways.letter]\nproves = "high"\ntext = { sv = "a", da = "a", en = "a" }\n'
    content = SMALL.replace("[ways.shop]", letter + "[ways.shop]").replace(
        "[categories.traffic]\n", '[categories.traffic]\nways = ["letter"]\n'
    )
    register = read(tmp_path, content)
    assert [kind for kind, _way in register.ways_to("traffic")] == ["letter"]
    assert [kind for kind, _way in register.ways_to("contact")] == ["letter", "shop"]


@pytest.mark.parametrize("slug", SHIPPED)
def test_every_operator_that_ships_has_two_ways_at_least_for_everything(slug: str) -> None:
    register = load_register(OPERATORS / slug)
    assert min(len(register.ways_to(key)) for key in register.categories) >= 2


def test_levels_are_ranked_as_they_are_everywhere() -> None:
    assert ways.STRENGTH == ("low", "substantial", "high")
