"""Whatever a source can be at fault in is said in words, with what to do about it where somebody can."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from cases.sources.error_words import ADVICE, SOURCE_ERRORS, advice

RAISED = re.compile(r'Source(?:Down|Garbage|Misconfigured|Moved|Refused|StillAnswers)\(\s*"([a-z-]+)"')
CODES = sorted(
    {
        code
        for folder in ("connectors", "cases")
        for file in Path(settings.BASE_DIR, folder).rglob("*.py")
        for code in RAISED.findall(file.read_text())
    }
)


def test_the_codes_are_found() -> None:
    assert len(CODES) > 50


@pytest.mark.parametrize("code", CODES)
def test_every_fault_has_words(code: str) -> None:
    assert code in SOURCE_ERRORS


def test_advice_is_about_faults_there_are() -> None:
    assert set(ADVICE) <= set(SOURCE_ERRORS)
    assert "row groups" in advice("memory: a row group of this file is too big")
