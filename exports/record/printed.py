"""The record of a case on paper: every step in words, and what it takes to check it."""

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.casework.operators import register_of_case
from cases.casework.record.checkpoint import Checkpoint
from cases.desk.wording import details, happenings, words
from cases.models import AuditEntry, Case
from cases.registers.texts import Language
from exports.letter.document import Column, Document, Paragraph, Section, Table
from exports.letter.texts.reading import texts

SHOWN = 16  # digits of a hash that people compare by eye


def printed(case: Case, entries: list[AuditEntry], anchors: list[Checkpoint], language: Language) -> Document:
    """In the language that is active, which is `language`."""
    register, said = register_of_case(case), texts(language)
    return Document(
        language=language,
        title=_("Record of case %(reference)s") % {"reference": case.reference},
        operator=register.name,
        accent=register.accent,
        reference=case.reference,
        reference_label=_("Case"),
        page_words=(said("page.page"), said("page.of")),
        sender=(register.name,),
        recipient=(),
        date=said.day(timezone.localdate()),
        sections=(_about(), _steps(entries), _checkpoints(anchors)),
    )


def _about() -> Section:
    about = _(
        "Every step of the case as the record has it, oldest first. Each entry holds the hash of the entry before "
        "it; checkpoints of the record are signed every hour and kept outside the desk. The file record.json beside "
        "this one holds the same entries in full, with what ties each of them to a checkpoint: none of them can "
        "have been changed or put in since."
    )
    limits = _(
        "What the file cannot show is whether an entry was left out of it. The entries of other cases lie between "
        "these; of them it holds the hashes alone."
    )
    return Section("", "", (Paragraph(about), Paragraph(limits)))


def _steps(entries: list[AuditEntry]) -> Section:
    columns = (
        Column(_("Entry"), narrow=True), Column(_("When"), narrow=True), Column(_("Who")), Column(_("What")),
        Column("SHA-256"),
    )  # fmt: skip
    rows = tuple(
        (str(one.number), _moment(one), happenings.actor(one), _what(one), one.sha256[:SHOWN])
        for one in entries
    )
    return Section("", _("Steps"), (Table("", columns, rows),))


def _moment(entry: AuditEntry) -> str:
    local = timezone.localtime(entry.at)
    return f"{words.day(local)} {local:%H:%M:%S %Z}"


def _what(entry: AuditEntry) -> str:
    happened = str(happenings.HAPPENED.get(entry.action, entry.action))
    more = details.details(entry)
    return f"{happened}: {more}" if more else happened


def _checkpoints(anchors: list[Checkpoint]) -> Section:
    columns = (Column(_("Hour"), narrow=True), Column(_("Last entry"), narrow=True), Column("SHA-256"))
    rows = tuple((f"{one.slot:%Y-%m-%d %H:%M} UTC", str(one.number), one.sha256) for one in anchors)
    missing = _(
        "No checkpoint was found in the three days after these entries. Of those of the last hour one will come."
    )
    none = Paragraph(missing)
    return Section("", _("Checkpoints"), (Table("", columns, rows) if rows else none,))
