"""The annex that only cleared officers may read: which secret rows and orders there are, their rule and last day.

It is made when it is asked for and kept nowhere; that it was read stands in the cleared stream of the audit.
"""

from collections.abc import Sequence

from django.db import transaction

from cases.casework import audit, case_clock
from cases.casework.operators import register_of_case
from cases.law.holdrules import rule
from cases.law.reasons import SENTENCES
from cases.models import Case, Order, User
from cases.orders.cleared import Hidden, hidden, secret_orders_on
from cases.sources.configured import collection_of
from exports import pdf
from exports.letter.document import Bullets, Column, Document, Paragraph, Part, Section, Table
from exports.letter.texts.reading import Texts, texts

ROWS = ("category", "kind", "rows", "verdict", "rule", "until")
ORDERS = ("rule", "court", "court_case", "decided", "until")


@transaction.atomic
def read_annex(case: Case, *, language: str, by: User) -> bytes:
    """The annex as a PDF. PermissionDenied without clearance, Refusal wrong-stage before anything is gathered."""
    written = pdf.pdf(annex(case, language=language, by=by))
    audit.record(case, "cleared.annex-read", by=by, stream="cleared")
    return written.content


def annex(case: Case, *, language: str, by: User) -> Document:
    """The annex as a document, in the reader's language."""
    found, orders, words = hidden(case, by=by), secret_orders_on(case, by=by), texts(language)
    register = register_of_case(case)
    return Document(
        language=language,
        title=words("annex.title"),
        operator=register.name,
        accent=register.accent,
        reference=case.reference,
        reference_label=words("page.reference"),
        page_words=(words("page.page"), words("page.of")),
        sender=(register.controller.legal_name,),
        recipient=(by.get_full_name() or by.get_username(),),
        date=words.day(case_clock.today(case)),
        sections=(
            Section("", "", (Paragraph(words("annex.warning")),)),
            Section("", words("annex.orders"), (_orders(orders, words),)),
            Section("", words("annex.rows_heading"), (_rows(case, found, words), *_to_confirm(found, words))),
        ),
    )


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], words: Texts) -> Part:
    if not rows:
        return Paragraph(words("annex.none"))
    heads = tuple(Column(words(f"annex.{key}"), numeric=key == "rows") for key in columns)
    return Table("", heads, tuple(rows), dense=True)


def _orders(orders: list[Order], words: Texts) -> Part:
    rows = [
        (
            rule(order.rule).name.get(words.language),
            order.court or words("page.nothing"),
            order.court_case or words("page.nothing"),
            words.day(order.decided_on) if order.decided_on else words("page.nothing"),
            words.day(order.ended_on) if order.ended_on else words("annex.days", days=order.days or ""),
        )
        for order in orders
    ]
    return _table(ORDERS, rows, words)


def _rows(case: Case, found: list[Hidden], words: Texts) -> Part:
    return _table(ROWS, [_row(case, one, words) for one in found], words)


def _to_confirm(found: list[Hidden], words: Texts) -> tuple[Part, ...]:
    """What is settled by approving this: nowhere else is there a decision on these rows."""
    looks = dict.fromkeys(one.review for one in found if one.review)
    said = tuple(SENTENCES[code].get(words.language) for code in looks)
    return (Paragraph(words("annex.confirms")), Bullets(said)) if said else ()


def _row(case: Case, one: Hidden, words: Texts) -> tuple[str, ...]:
    collection = collection_of(case.operator_id, one.source, one.collection)
    name = register_of_case(case).categories.get(one.category)
    return (
        f"{name.name.get(words.language) if name else one.category}: {collection.name.get(words.language)}",
        one.kind or words("page.nothing"),
        words.number(one.rows),
        words(f"verdict.{one.verdict}") if f"verdict.{one.verdict}" in words else one.verdict,
        rule(one.rule).name.get(words.language)
        if one.rule and one.rule != "CONTRACT"
        else words("page.nothing"),
        words.day(one.until) if one.until else words("page.nothing"),
    )
