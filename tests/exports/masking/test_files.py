"""A file with somebody else in it: something else is given in its place, and the original is in no package."""

import json
import sqlite3
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pypdfium2
import pytest
import weasyprint
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cases.assessment import assessing, deciding
from cases.casework.workflow import Refusal
from cases.collection import owner_answers, owners
from cases.models import Case, HandedFile, User
from cases.rows import chunks
from exports import delivery
from exports.answer import building
from exports.letter.values import MASK
from exports.masking import by_hand, files
from exports.models import CutFile
from exports.opened import blackened as blackening
from exports.opened import pdfs
from exports.opened.blackened import blackened
from tests.cases.collection.test_owner_asked import CONNECTORS, MP3, TABLE
from tests.cases.papers.clamd import HARMFUL, clamd
from tests.operators.by_hand import accept, written

pytestmark = [pytest.mark.django_db, pytest.mark.pango]
SAID = "Eva Berg ringde om 070-174 06 97."


def printed(*pages: str) -> bytes:
    parts = "".join(f"<p style='break-after: page'>{page}</p>" for page in pages)
    return bytes(weasyprint.HTML(string=f"<title>Om Eva Berg</title>{parts}").write_pdf())


@pytest.fixture
def handed(
    describe: Callable[..., object],
    tmp_path: Path,
    ask: Callable[..., Case],
    gather: Callable[[Case], Case],
    staff: Callable[..., User],
) -> list[HandedFile]:
    """A note as PDF and a recording, in both of which somebody else is."""
    with sqlite3.connect(tmp_path / "crm.sqlite") as crm:
        crm.executescript(TABLE)
    describe(CONNECTORS, SOURCES_CRM=f"sqlite:///{tmp_path}/crm.sqlite")
    case = gather(ask())
    for run_id in owners.unasked().values_list("pk", flat=True):
        owners.ask(run_id)
    run = case.runs.get(source="shop")
    taken = [owner_answers.take(run, one, by=owner_answers.OWNER) for one in (printed(SAID, "Slut."), MP3)]
    owner_answers.finish(run, by=owner_answers.OWNER)
    assessing.assess(case.pk)
    if case.decisions.exclude(subject="correspondence").filter(status="proposed").exists():
        accept(case, staff("caseworker"))
    decision = case.decisions.get(subject="correspondence")
    deciding.override(decision, outcome="redact", reason="Another is in them.", by=staff("caseworker"))
    return [HandedFile.objects.select_related("run__case__operator").get(pk=one.pk) for one in taken]


def package_of(case: Case, by: User) -> tuple[ZipFile, list[object]]:
    answer = written(case, by)
    assert answer.status == "written", answer.error
    package = ZipFile(BytesIO(b"".join(delivery.open_package(answer))))
    return package, [row["file"] for row in json.loads(package.read("data/correspondence-shop-visits.json"))]


def test_the_original_stays_out_and_what_was_put_in_its_place_is_given(
    handed: list[HandedFile], staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    note, recording = handed
    case, desk = note.run.case, signed_in("caseworker")
    page = reverse("exports:cut", args=[case.reference, note.pk])
    assert "Blacken the PDF" in desk.get(page).content.decode()
    missing = desk.post(page, {"blacken": "1", "words": "Eva Borg", "reason": "Her."}).content.decode()
    assert "None of these words stand" in missing
    wrong = desk.post(page, {"blacken": "1", "areas": "1: 60 0 10 5", "reason": "Her."}).content.decode()
    assert "is no area" in wrong
    done = {"blacken": "1", "words": "eva berg\n070-174 06 97", "areas": "2: 0 0 10 10", "reason": "Another."}
    assert desk.post(page, done).status_code == 302
    page = reverse("exports:cut", args=[case.reference, recording.pk])
    assert "Blacken the PDF" not in desk.get(page).content.decode()
    assert desk.post(page, {"put": "1", "reason": "x"}).status_code == 200
    program = SimpleUploadedFile("a.exe", b"MZ\x90\x00" + b"\0" * 60)
    assert desk.post(page, {"put": "1", "reason": "x", "file": program}).status_code == 200
    assert CutFile.objects.count() == 1
    said = SimpleUploadedFile("said.txt", "Kunden: hej. Den andra: [utelämnat]".encode())
    assert desk.post(page, {"put": "1", "reason": "The other's words.", "file": said}).status_code == 302

    # Opened, neither runs in a browser.
    for number in (0, 1):
        opened = desk.get(reverse("exports:cut-file", args=[case.reference, recording.pk, number]))
        assert (opened["Content-Security-Policy"], opened["X-Content-Type-Options"]) == ("sandbox", "nosniff")
        assert opened["Content-Disposition"].startswith("attachment;")
        assert b"".join(opened.streaming_content)  # type: ignore[attr-defined]
    package, named = package_of(case, staff("caseworker"))
    assert named == [
        f"attachments/correspondence-shop-visits-{at}-cut.{kind}" for at, kind in ((1, "pdf"), (2, "txt"))
    ]
    given = package.read(str(named[0]))
    assert pdfs.lines(given) == []
    assert "Eva" not in str(pdfs.metadata(given))
    assert b"Eva" not in given
    assert package.read(str(named[1])).decode() == "Kunden: hej. Den andra: [utelämnat]"
    assert not {note.file, recording.file} & {*package.namelist()}
    assert MP3 not in [package.read(name) for name in package.namelist()]


def test_without_anything_in_its_place_it_is_left_out(
    handed: list[HandedFile], staff: Callable[..., User]
) -> None:
    package, named = package_of(handed[0].run.case, staff("caseworker"))
    assert named == [MASK, MASK]
    assert not [name for name in package.namelist() if name.startswith("attachments/")]


def test_the_name_of_a_cut_gives_nothing_away_however_long_it_is(
    handed: list[HandedFile], staff: Callable[..., User]
) -> None:
    note, _recording = handed
    run, long = note.run, "attachments/correspondence-shop-visits-of-the-last-two-years-1.pdf"
    rows = [json.loads(line) for line in chunks.lines(run)]
    HandedFile.objects.filter(pk=note.pk).update(file=long)
    note.refresh_from_db()
    chunks.forget(run)
    chunks.keep(run, [json.dumps({**rows[0], "file": long}).encode()])
    files.put(note, b"Kunden: hej.", why="Another is in it.", by=staff("caseworker"))
    assert package_of(run.case, staff("caseworker"))[1] == [long.replace(".pdf", "-cut.txt")]


def test_a_box_drawn_over_text_hides_nothing_and_so_every_pdf_becomes_pictures(
    handed: list[HandedFile], staff: Callable[..., User]
) -> None:
    drawn_over = weasyprint.HTML(
        string=f"<p>{SAID}</p><div style='position:absolute;top:0;left:0;width:100%;height:9em;background:#000'></div>"
    ).write_pdf()
    assert SAID in " ".join(pdfs.lines(drawn_over))
    kept = files.put(handed[0], drawn_over, why="Drawn over elsewhere.", by=staff("caseworker"))
    content = b"".join(files.contents(handed[0].run.case, kept))
    assert pdfs.lines(content) == []


def test_a_turned_page_is_blackened_where_its_words_are() -> None:
    document = pypdfium2.PdfDocument(printed(SAID))
    page = document[0]
    page.set_rotation(90)
    page.set_cropbox(20, 20, *(one - 20 for one in page.get_mediabox()[2:]))
    document.save(turned := BytesIO())
    content, places = blackened(turned.getvalue(), words=[SAID], areas={})
    picture = pypdfium2.PdfDocument(content)[0].render(scale=1).to_pil().convert("L")
    assert places == 1
    # Nothing of the line is left beside the box: what is not black is white.
    box = picture.point(lambda dot: 255 if dot < 128 else 0).getbbox()
    inside = picture.crop((box[0] + 2, box[1] + 2, box[2] - 2, box[3] - 2))
    assert max(inside.tobytes()) < 60


def test_a_page_is_no_larger_than_its_picture_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    giant = pypdfium2.PdfDocument.new()
    giant.new_page(200_000, 14_000)
    giant.save(large := BytesIO())
    content, _places = blackened(large.getvalue(), words=[], areas={})
    assert len(content) < 2_000_000
    monkeypatch.setattr(blackening, "MOST_BYTES", 1000)
    with pytest.raises(blackening.TooLong):
        blackened(large.getvalue(), words=[], areas={})


def test_a_pdf_without_a_page_is_refused() -> None:
    empty = pypdfium2.PdfDocument.new()
    empty.save(none := BytesIO())
    with pytest.raises(pdfs.UnreadablePdf):
        blackened(none.getvalue(), words=[], areas={})


def test_a_cut_whose_original_is_gone_is_not_forgotten(
    handed: list[HandedFile], staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    note, _recording = handed
    worker, run, case = staff("caseworker"), note.run, note.run.case
    files.put(note, b"Hej.", why="Her.", by=worker)
    assert by_hand.lapsed(case) == []
    run.handed.all().delete()
    [gone] = by_hand.lapsed(case)
    assert isinstance(gone, CutFile)
    assert gone.why == "Her."
    with pytest.raises(Refusal, match="masks-lapsed"):
        building.prepare(case, by=worker)
    # The same file again, and cut again.
    anew = HandedFile.objects.create(
        run=run, number=1, type=note.type, rows=1, bytes=9, digest=note.digest, name=note.name, file=note.file
    )
    assert by_hand.lapsed(case) == [gone]
    files.put(anew, b"Hej.", why="Her.", by=worker)
    assert by_hand.lapsed(case) == []
    run.handed.all().delete()
    desk = signed_in("caseworker")
    assert "I have looked at the rows" in desk.get(case.get_absolute_url()).content.decode()
    desk.post(reverse("exports:masks-looked-at", args=[case.reference]))
    assert not CutFile.objects.exists()


def test_what_no_scanner_has_seen_is_neither_given_nor_opened(
    handed: list[HandedFile],
    staff: Callable[..., User],
    signed_in: Callable[..., Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    note, recording = handed
    worker, case = staff("caseworker"), note.run.case
    monkeypatch.setattr(settings, "OPEN_UNSCANNED", False)
    opened = reverse("exports:cut-file", args=[case.reference, note.pk, 0])
    desk = signed_in("caseworker")
    assert "No virus scanner has seen" in desk.get(opened, follow=True).content.decode()
    with pytest.raises(Refusal, match="file-not-scanned"):
        files.blacken(note, words=["Eva"], areas={}, why="Her.", by=worker)
    with pytest.raises(Refusal, match="upload-not-scanned"):
        files.put(note, b"Hej.", why="Her.", by=worker)
    with clamd() as address:
        monkeypatch.setattr(settings, "SCANNER", address)
        with pytest.raises(Refusal, match="upload-infected"):
            files.put(note, b"Hej. " + HARMFUL, why="Her.", by=worker)
        assert not CutFile.objects.exists()
        files.put(note, b"Hej.", why="Her.", by=worker)
        HandedFile.objects.filter(pk=note.pk).update(scan="infected")
        note.refresh_from_db()
        with pytest.raises(Refusal, match="file-infected"):
            files.blacken(note, words=["Eva"], areas={}, why="Her.", by=worker)
        # The other has nothing in its place yet.
        with pytest.raises(Refusal, match="file-not-scanned"):
            building.prepare(case, by=worker)
        files.put(recording, b"Hej.", why="Her.", by=worker)
        building.prepare(case, by=worker)
    HandedFile.objects.update(scan="clean", bytes=files.MOST_BYTES + 1)
    note.refresh_from_db()
    with pytest.raises(Refusal, match="pdf-large"):
        files.blacken(note, words=["Eva"], areas={}, why="Her.", by=worker)


def test_what_is_blackened_is_black() -> None:
    content, places = blackened(printed(SAID), words=["Eva Berg"], areas={1: [(50, 50, 100, 100)]})
    assert places == 2
    picture = pypdfium2.PdfDocument(content)[0].render(scale=1).to_pil().convert("L")
    width, height = picture.size
    assert picture.getpixel((int(width * 0.75), int(height * 0.75))) < 10
    assert picture.getpixel((int(width * 0.25), int(height * 0.75))) > 245
