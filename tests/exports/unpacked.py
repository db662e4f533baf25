"""A package as whoever opens every file finds it."""

from io import BytesIO
from zipfile import ZipFile


def texts(package: bytes) -> dict[str, str]:
    """Every file but the letter as text, by name: of a workbook the text of all its parts."""
    with ZipFile(BytesIO(package)) as archive:
        return {
            name: _text(name, archive.read(name)) for name in archive.namelist() if not name.endswith(".pdf")
        }


def _text(name: str, content: bytes) -> str:
    if not name.endswith(".xlsx"):
        return content.decode("utf-8", "replace")
    with ZipFile(BytesIO(content)) as parts:
        return "\n".join(parts.read(part).decode() for part in parts.namelist())
