"""Letters as words."""

import pytest

from exports import pdf
from exports.letter.document import Document
from tests.operators.line import said


@pytest.fixture
def unset_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters are compared word by word: to set them as PDF would take most of the time."""

    def words(document: Document) -> pdf.Letter:
        return pdf.Letter(said(document).encode(), 1)

    monkeypatch.setattr(pdf, "pdf", words)
