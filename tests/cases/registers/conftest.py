import pytest

from cases.registers.register import Register, load_register, parse_register
from tests.cases.registers.register_samples import OPERATORS, SHIPPED, SMALL


@pytest.fixture(scope="session")
def shipped() -> dict[str, Register]:
    return {slug: load_register(OPERATORS / slug) for slug in SHIPPED}


@pytest.fixture
def small() -> Register:
    return parse_register(SMALL, "small-se/register.toml")
