"""PDF/UA-1 as far as letter and annexes claim it: each rule a check with a name, held against the file itself."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pikepdf
import pytest

from exports.letter import content
from exports.letter.document import Chart, Pairs, Paragraph, Section
from exports.letter.facts import CaseFacts
from exports.paper import annexes as paper
from exports.pdf import html, pdf
from tests.exports.paper.calls import file_of, printed, rows

pytestmark = pytest.mark.pango
LIST_PARTS = {"/L": {"/LI", "/Caption"}, "/LI": {"/Lbl", "/LBody", "/L"}}


@dataclass
class Node:
    """An element of the structure tree."""

    kind: str
    at: pikepdf.Dictionary
    parts: list["Node"]

    def every(self, *kinds: str) -> Iterator["Node"]:
        for part in self.parts:
            if part.kind in kinds:
                yield part
            yield from part.every(*kinds)


def tree(element: Any) -> Node:
    kids = element.get("/K", [])
    kids = kids if isinstance(kids, pikepdf.Array) else [kids]
    parts = [tree(kid) for kid in kids if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]
    return Node(str(element.get("/S", "")), element, parts)


@pytest.fixture(scope="module")
def letter(case: Callable[..., CaseFacts]) -> Iterator[pikepdf.Pdf]:
    document = content.answer(case(outcome="partly", language="da"))
    assert any(isinstance(part, Chart) for section in document.sections for part in section.parts)
    assert any(isinstance(part, Pairs) for section in document.sections for part in section.parts)
    with pikepdf.open(io.BytesIO(pdf(document).content)) as opened:
        yield opened


@pytest.fixture(scope="module")
def annexes() -> Iterator[dict[str, pikepdf.Pdf]]:
    """The same calls as a table and as plain lines, of more than a page each."""
    found = {}
    for kind, table in (("table", 2_000), ("lines", 0)):
        with patch.object(paper, "TABLE", table):
            [annex] = printed(file_of(rows(90)))
        found[kind] = pikepdf.open(io.BytesIO(annex.content))
        assert len(found[kind].pages) > 1
    yield found
    for opened in found.values():
        opened.close()


@pytest.fixture(params=["letter", "table", "lines"])
def printed_file(
    request: pytest.FixtureRequest, letter: pikepdf.Pdf, annexes: dict[str, pikepdf.Pdf]
) -> pikepdf.Pdf:
    """Each kind of PDF that goes out with an answer."""
    return {"letter": letter, **annexes}[request.param]


@pytest.fixture(scope="module")
def root(letter: pikepdf.Pdf) -> Node:
    return tree(letter.Root.StructTreeRoot)


def test_its_syntax_has_no_fault(printed_file: pikepdf.Pdf) -> None:
    assert printed_file.check_pdf_syntax() == []


def test_it_says_of_itself_that_it_is_one_with_title_and_language(printed_file: pikepdf.Pdf) -> None:
    with printed_file.open_metadata() as said:
        assert said["pdfuaid:part"] == "1"
        assert said["dc:title"]
    assert str(printed_file.Root.Lang) in ("da", "sv")
    assert printed_file.Root.ViewerPreferences.DisplayDocTitle is True
    assert printed_file.Root.MarkInfo.Marked is True
    assert not printed_file.Root.MarkInfo.get("/Suspects", False)


def test_all_that_is_drawn_is_tagged_or_an_artifact(printed_file: pikepdf.Pdf) -> None:
    for page in printed_file.pages:
        depth = 0
        for _operands, operator in pikepdf.parse_content_stream(page):
            depth += {"BDC": 1, "BMC": 1, "EMC": -1}.get(str(operator), 0)
            assert depth or str(operator) not in ("Tj", "TJ", "'", '"', "Do", "sh"), str(operator)


def test_every_mark_on_a_page_is_found_in_the_tree(printed_file: pikepdf.Pdf) -> None:
    numbers = printed_file.Root.StructTreeRoot.ParentTree.Nums
    parents = {int(numbers[at]): numbers[at + 1] for at in range(0, len(numbers), 2)}
    for page in printed_file.pages:
        marked = {
            int(operands[1].MCID)
            for operands, operator in pikepdf.parse_content_stream(page)
            if str(operator) == "BDC" and "/MCID" in operands[1]
        }
        assert marked <= set(range(len(parents[int(page.StructParents)])))


def test_a_figure_says_what_it_shows(root: Node) -> None:
    figures = list(root.every("/Figure"))
    assert figures
    assert all(str(one.at.get("/Alt", "")).strip() for one in figures)


def test_a_cell_names_the_heads_of_its_table(letter: pikepdf.Pdf, annexes: dict[str, pikepdf.Pdf]) -> None:
    of_letter, of_annex = (
        list(tree(one.Root.StructTreeRoot).every("/Table")) for one in (letter, annexes["table"])
    )
    assert of_letter
    # A table a page, each with its heads, and each record once.
    assert sum(len(list(one.every("/TR"))) - 1 for one in of_annex) == 90
    for table in (*of_letter, *of_annex):
        heads = {str(one.at.ID) for one in table.every("/TH")}
        assert heads
        for cell in table.every("/TD"):
            assert {str(one) for one in cell.at.A.Headers} <= heads
            assert len(cell.at.A.Headers)


def test_a_list_has_items_and_an_item_a_label_and_a_body(root: Node) -> None:
    lists = list(root.every("/L", "/LI"))
    assert lists
    for one in lists:
        assert {part.kind for part in one.parts} <= LIST_PARTS[one.kind], one.kind


def test_headings_leave_out_no_level(printed_file: pikepdf.Pdf) -> None:
    root = tree(printed_file.Root.StructTreeRoot)
    levels = [int(one.kind[2:]) for one in root.every(*(f"/H{n}" for n in range(1, 7)))]
    assert levels[0] == 1
    assert all(now <= before + 1 for before, now in pairwise(levels))


def test_a_link_is_live_and_said_in_words(letter: pikepdf.Pdf, root: Node) -> None:
    annotations = [one for page in letter.pages for one in page.get("/Annots", [])]
    assert {str(one.A.URI) for one in annotations} >= {"mailto:dataskydd@tele2.example"}
    linked = list(root.every("/Link"))
    for one in annotations:
        assert str(one.Subtype) == "/Link"
        assert str(one.get("/Contents", "")).strip()
        assert "/StructParent" in one
    assert len(linked) >= len(annotations)
    assert all(str(page.Tabs) == "/S" for page in letter.pages)


def test_every_font_is_inside_and_its_signs_have_letters(printed_file: pikepdf.Pdf) -> None:
    fonts = [font for page in printed_file.pages for font in page.Resources.get("/Font", {}).values()]
    assert fonts
    for font in fonts:
        assert "/ToUnicode" in font
        descriptor = font.DescendantFonts[0].FontDescriptor
        assert {"/FontFile2", "/FontFile3"} & set(descriptor.keys())


def test_an_address_in_a_text_is_a_link_and_nothing_else_is(case: Callable[..., CaseFacts]) -> None:
    said = Paragraph("See www.imy.se, https://a.example/b?c=1&d=2. Write to a.b@c.example.\n<b>@home</b> 1.5")
    page = html(replace(content.answer(case()), sections=(Section("", "", (said,)),)))
    assert 'See <a href="https://www.imy.se">www.imy.se</a>, ' in page
    assert '<a href="https://a.example/b?c=1&amp;d=2">https://a.example/b?c=1&amp;d=2</a>. ' in page
    assert '<a href="mailto:a.b@c.example">a.b@c.example</a>.<br>&lt;b&gt;@home&lt;/b&gt; 1.5</p>' in page
