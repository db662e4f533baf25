"""One answer in six forms: letter, annex, page, JSON, CSV and workbook have the same rows and the same sum."""

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from zipfile import ZipFile

import jsonschema
import openpyxl
import orjson
import pytest
from pypdf import PdfReader

from connectors.rows.jsonline import read_exactly
from exports.letter.facts import CaseFacts, CategoryFacts, FindingFacts
from exports.letter.texts.reading import texts
from exports.package import index
from exports.package.data import pages_of
from exports.package.layout import DataFile, Layout, Sheet
from exports.package.register import register_of
from exports.package.verify import problems
from exports.package.workbook import xlsx
from exports.package.zipped import PackageProblem
from exports.paper.annexes import About, annexes
from exports.paper.setting import laid_out
from exports.pdf import pdf
from tests.exports.package.packed import ROWS, STEM, invoices, packed

Case = Callable[..., CaseFacts]
ANNEX = f"data/{STEM}.pdf"
SCHEMAS = Path(__file__).parents[3] / "exports/package/schemas"
EXPECTED = [(row["invoice_no"], row["sim"], row["paid_at"][:10], Decimal(row["amount"])) for row in ROWS]


class Tables(HTMLParser):
    """The cells of each row of the page's tables of data."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._within = self._cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self._within = ("class", "table") in attrs
        elif self._within and tag == "tr":
            self.rows.append([])
        elif self._within and tag in ("td", "th"):
            self.rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.rows[-1][-1] += data


def of_json(package: ZipFile) -> list[tuple[object, ...]]:
    rows = read_exactly(package.read(f"data/{STEM}.json"))
    return [(row["invoice_no"], row["sim"], row["paid_at"][:10], Decimal(row["amount"])) for row in rows]


def of_csv(package: ZipFile) -> list[tuple[object, ...]]:
    text = package.read(f"data/{STEM}.csv").decode("utf-8-sig")
    heads, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    assert heads == ["Fakturanummer", "SIM-kort", "Betald (centraleuropeisk tid)", "Belopp", "status"]
    assert {row[4] for row in rows} == {"betald (pd)", "obetald (op)"}
    return [(row[0], int(row[1]), row[2][:10], Decimal(row[3].replace(",", "."))) for row in rows]


def of_xlsx(package: ZipFile) -> list[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(io.BytesIO(package.read(f"data/{STEM}.xlsx")))["Fakturor"]
    heads, *rows = sheet.iter_rows(values_only=True)
    assert heads == ("Fakturanummer", "SIM-kort", "Betald (centraleuropeisk tid)", "Belopp", "status")
    assert all(isinstance(row[2], datetime) and isinstance(row[3], float) for row in rows)
    return [(row[0], int(str(row[1])), f"{row[2]:%Y-%m-%d}", Decimal(repr(row[3]))) for row in rows]


def of_page(package: ZipFile) -> list[tuple[object, ...]]:
    parser = Tables()
    parser.feed(package.read("index.html").decode())
    heads, *rows = parser.rows
    assert heads[0].removesuffix("↕") == "Fakturanummer"
    return [(row[0], int(row[1]), row[2][:10], Decimal(row[3].replace(",", "."))) for row in rows]


def of_letter(package: ZipFile) -> list[tuple[object, ...]]:
    pages = PdfReader(io.BytesIO(package.read("letter.pdf"))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    found = re.findall(r"(00100\d\d) (8946\d{16}) (2026-\d\d-\d\d) 1[45]:05 (\d+,\d\d) o?betald", text)
    return [(no, int(sim), day, Decimal(amount.replace(",", "."))) for no, sim, day, amount in found]


def of_annex(package: ZipFile) -> list[tuple[object, ...]]:
    pages = PdfReader(io.BytesIO(package.read(ANNEX))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    found = re.findall(r"(00100\d\d) (8946\d{16}) (2026-\d\d-\d\d) 1[45]:05:00 (\d+,\d\d) o?betald", text)
    return [(no, int(sim), day, Decimal(amount.replace(",", "."))) for no, sim, day, amount in found]


@pytest.mark.pango
def test_every_form_has_the_same_rows_and_the_same_sum(case: Case) -> None:
    about = About("Tele2", "24-7KQ-19")
    package = packed(
        case,
        letter=lambda document: pdf(document).content,
        data=[invoices(annex=(ANNEX,), count=len(ROWS))],
        annexes=annexes(about, texts("sv"), laid_out),
    )
    for read in (of_json, of_csv, of_xlsx, of_page, of_letter, of_annex):
        assert read(package) == EXPECTED, read.__name__
        assert sum(row[3] for row in read(package)) == sum(row[3] for row in EXPECTED)
    assert not list(problems(package.fp))  # type: ignore[arg-type]
    listed = orjson.loads(package.read("manifest.json"))["files"]
    assert [line["rows"] for line in listed if line["name"] == ANNEX] == [len(ROWS)]
    assert f"data/{STEM}.xlsx, {ANNEX}" in package.read("readme.txt").decode()
    with pytest.raises(PackageProblem, match="has 40 rows, and an annex for 41"):
        packed(
            case,
            data=[invoices(annex=(ANNEX,), count=41)],
            annexes=annexes(about, texts("sv"), laid_out),
        )


def test_the_package_is_what_its_manifest_says_and_its_readme_names_each_form(case: Case) -> None:
    package = packed(case)
    assert not list(problems(package.fp))  # type: ignore[arg-type]
    readme = package.read("readme.txt").decode()
    for name in (
        "index.html",
        "letter.pdf",
        "register.json",
        "schema.json",
        f"data/{STEM}.xlsx",
        "pd = betald",
    ):
        assert name in readme, name


def test_what_is_published_as_a_schema_is_what_is_written(case: Case) -> None:
    package = packed(case)
    for name, schema in (("manifest", "manifest-3"), ("register", "register-1"), ("schema", "schema-1")):
        published = orjson.loads((SCHEMAS / f"{schema}.schema.json").read_bytes())
        jsonschema.Draft202012Validator.check_schema(published)
        jsonschema.Draft202012Validator(published).validate(orjson.loads(package.read(f"{name}.json")))
    own = orjson.loads(package.read("schema.json"))
    assert own["$id"] == "24-7KQ-19/schema.json"
    rows = read_exactly(package.read(f"data/{STEM}.json"))
    jsonschema.Draft202012Validator.check_schema(own)
    of_rows = jsonschema.Draft202012Validator(own["$defs"][STEM])
    of_rows.validate(rows)
    assert own["$defs"][STEM]["items"]["properties"]["status"]["anyOf"][0] == {
        "const": "pd",
        "title": "betald",
    }
    # A row less, or a column that nobody spoke of, is another file.
    assert not of_rows.is_valid(rows[1:])
    assert not of_rows.is_valid([{**rows[0], "other": 1}, *rows[1:]])


def test_the_register_says_each_letter_of_article_15(case: Case) -> None:
    register = orjson.loads(packed(case).read("register.json"))
    process = register["dpv:hasProcess"][0]
    assert process["dpv:hasPurpose"]["dct:title"]  # (a)
    assert {"@id": "#category-invoices"} in process["dpv:hasPersonalData"]  # (b)
    assert [one["dct:title"] for one in register["dpv:hasRecipient"]][-1] == "Nobody we know"  # (c)
    assert register["dpv:hasPersonalData"][0]["dpv:hasStorageCondition"]["dct:description"]  # (d)
    assert {"@id": "eu-gdpr:A17"} in register["dpv:hasRight"]  # (e)
    assert register["dpv:hasAuthority"][0]["dpv:hasContact"]  # (f)
    assert process["dpv:hasDataSource"]  # (g)


def test_the_register_says_how_a_machine_takes_part_in_a_decision(case: Case) -> None:
    """(h), which the categories of the package above have none of."""
    credit = CategoryFacts(key="credit", findings=(FindingFacts(verdict="give", rows=1),))
    register = orjson.loads(orjson.dumps(register_of(case(categories=(credit,)))))
    published = orjson.loads((SCHEMAS / "register-1.schema.json").read_bytes())
    jsonschema.Draft202012Validator(published).validate(register)
    decided = [one["dpv:hasContext"] for one in register["dpv:hasProcess"] if "dpv:hasContext" in one]
    assert decided
    for one in decided:
        assert one["dct:description"]
        assert one["logic"]
        assert one["dpv:hasConsequence"]
        assert one["dpv:hasHumanInvolvement"] == {"@id": "dpv:HumanInvolved"}


def test_the_register_says_why_and_not_that_the_policy_does_not(case: Case) -> None:
    asked = case("telenor-se")
    everything = tuple(
        CategoryFacts(key=key, findings=(FindingFacts(verdict="give", rows=1),))
        for key in asked.register.categories
    )
    told = orjson.loads(orjson.dumps(register_of(case("telenor-se", categories=everything))))
    assert any(purpose.rests_on("none-stated") for purpose in asked.register.purposes)
    for process in told["dpv:hasProcess"]:
        assert {one["kind"] for one in process["dpv:hasLegalBasis"]} - {"none-stated"}
        assert "none-stated" not in {one["kind"] for one in process["dpv:hasLegalBasis"]}


def sheet_of(*rows: dict[str, object], **more: object) -> list[tuple[object, str]]:
    """The first row of a workbook, as a well-known library reads it: values, and how they are shown."""
    file = invoices(list(rows), **more)
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    sheet = Sheet(file, Layout(columns), texts("sv"))
    xlsx.write_xlsx(
        out := io.BytesIO(), sheet, pages_of(file), name="[a]: 'b'", dated=datetime(2026, 1, 1).date()
    )
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["a   'b"]
    return [(cell.value, cell.number_format) for cell in book.active[2]]


def test_in_a_workbook_text_stays_text_and_numbers_and_dates_are_such() -> None:
    whole, text, day, moment = "0", "@", r"yyyy\-mm\-dd", r"yyyy\-mm\-dd\ hh:mm:ss"
    expected = {
        "zeros": ("00123", text), "day-like": ("3-4", text), "digits": ("1234567890123456", text),
        "formula": ("=1+1", text), "phone": ("+46701740605", text), "never": ("infinity", text),
        "always": ("0001-01-01", text), "old": ("1899-12-31", text), "signs": ("<a> & \ufffd", text),
        "lines": ("a\nb\tc", text),
    }  # fmt: skip
    given = {name: value for name, (value, _format) in expected.items()} | {
        "signs": "<a> & \x00",
        "lines": "a\r\nb\tc",
    }
    assert sheet_of(given) == list(expected.values())
    numbers = {"n": 5, "long": 123456789012345, "x": 1.5, "d": "2026-01-02", "m": "2026-07-02T10:00:05+02:00"}
    assert sheet_of({**numbers, "none": None, "yes": True, "parts": {"a": [1, 2]}}) == [
        (5, whole), (123456789012345, whole), (1.5, "General"), (datetime(2026, 1, 2), day),
        (datetime(2026, 7, 2, 10, 0, 5), moment), (None, "General"), ("ja", text), ("a: (1, 2)", text),
    ]  # fmt: skip
    [(big, shown)] = sheet_of({"sim": 89460112345678901234})
    assert (big, shown) == ("89460112345678901234", text)


def rows_of_sheet(sheet: Sheet, file: DataFile) -> int:
    """How many rows lie in a workbook, which says as many itself."""
    told = xlsx.write_xlsx(
        out := io.BytesIO(), sheet, pages_of(file), name="a", dated=datetime(2026, 1, 1).date()
    )
    lines = ZipFile(out).read(xlsx.SHEET).splitlines()
    assert lines[-1].startswith(b"</sheetData>")
    assert sum(line.startswith(b"<row ") for line in lines) == told
    return told


def test_a_workbook_ends_where_a_sheet_does(monkeypatch: pytest.MonkeyPatch) -> None:
    file = invoices()
    sheet = Sheet(file, Layout(("invoice_no",)), texts("sv"))
    monkeypatch.setattr(xlsx, "MOST_ROWS", 11)
    assert rows_of_sheet(sheet, file) == 10
    monkeypatch.setattr(xlsx, "MOST_BYTES", 300)
    assert rows_of_sheet(sheet, file) < 10
    assert not xlsx.fits(Sheet(file, Layout(tuple(map(str, range(16_385)))), texts("sv")))


def test_the_page_has_what_fits_and_says_where_the_rest_is(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "MOST_ROWS", 7)
    package = packed(case)
    assert of_page(package) == EXPECTED[:7]
    told = package.read("index.html").decode()
    assert (
        f"Här är de första 7 av 40 poster. Alla finns i data/{STEM}.json, data/{STEM}.csv och data/{STEM}.xlsx."
        in told
    )


def test_the_page_fetches_nothing_and_runs_its_own_script_alone(case: Case) -> None:
    row = {"invoice_no": "<script>alert(1)</script>", "amount": "\u202eevil & <b>"}
    told = packed(case, data=[invoices([row])]).read("index.html").decode()
    assert told.count("<script>") == 1
    assert "[U+202E]evil &amp; &lt;b&gt;" in told
    for kind in ("script", "style"):
        within = told.partition(f"<{kind}>")[2].partition(f"</{kind}>")[0]
        assert f"{kind}-src '{index._hash(within)}'" in told
    # Links that the letter has open when somebody presses them.
    assert not re.search(r"\bsrc=|<link|@import|url\(", told)
    assert set(re.findall(r'href="(.)', told)) <= {"#", "h", "m"}
    assert "default-src 'none'" in told
