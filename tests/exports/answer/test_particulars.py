"""What a letter says of one case besides rows and decisions."""

import pytest

from exports.letter.texts.reading import LANGUAGES, texts

pytestmark = pytest.mark.django_db
SIGN_IN = ("MitID", "e-legitimation", "electronic ID")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["kept.not-proven", "reasons.not-proven", "identity.visit"])
def test_no_sign_in_is_promised_that_no_page_has(key: str, language: str) -> None:
    assert [word for word in SIGN_IN if word in texts(language)(key)] == []
