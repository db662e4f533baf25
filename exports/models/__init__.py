"""The tables of answers. Everything is importable from here."""

from exports.models.annexes import Annex
from exports.models.answers import Answer, Breach, CaseLetter, Download
from exports.models.approving import OwnWords, Reading, StandardWords
from exports.models.masking import CutFile, MaskedText
from exports.models.transfers import Transfer

__all__ = [
    "Annex", "Answer", "Breach", "CaseLetter", "CutFile", "Download", "MaskedText", "OwnWords", "Reading",
    "StandardWords", "Transfer",
]  # fmt: skip
