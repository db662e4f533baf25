"""The tables of answers. Everything is importable from here."""

from exports.models.answers import Answer, Breach, CaseLetter, Download
from exports.models.approving import OwnWords, Reading, StandardWords

__all__ = ["Answer", "Breach", "CaseLetter", "Download", "OwnWords", "Reading", "StandardWords"]
