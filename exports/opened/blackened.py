"""A PDF anew as pictures of its pages, with stretches blackened: under them nothing is left, nor beside them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ctypes import byref, c_int
from io import BytesIO
from math import sqrt

import pypdfium2 as pdfium
from PIL import Image, ImageDraw

from exports.opened.pdfs import UnreadablePdf, opened

# Left, top, right and bottom in hundredths of the page.
Area = tuple[float, float, float, float]
# Left, top, right and bottom in dots of the picture.
Box = tuple[float, float, float, float]
DOTS = 150 / 72  # of an inch at 150 to the inch, from points
# A page that is larger is given with fewer dots to the inch: four sheets of A3 keep theirs.
MOST_DOTS, LONGEST_SIDE = 20_000_000, 20_000
MOST_PAGES, MOST_BYTES = 400, 50_000_000
# Around letters, so that no stroke sticks out; in points.
MARGIN = 1.5


class TooLong(ValueError):
    """More pages than are turned into pictures, or pictures that are too large together."""


def blackened(
    content: bytes, *, words: Sequence[str], areas: Mapping[int, Iterable[Area]]
) -> tuple[bytes, int]:
    """The PDF as pictures, and how many places were blackened: wherever the words stand, and the areas by page from 1.

    Text that is a picture already is found by areas alone. One page at a time is in memory as a picture; the others
    are JPEG. Raises UnreadablePdf, TooLong.
    """
    places, size, out = 0, 0, BytesIO()
    with opened(content) as document:
        if not len(document):
            raise UnreadablePdf("no pages")
        if len(document) > MOST_PAGES:
            raise TooLong
        anew = pdfium.PdfDocument.new()
        for number, page in enumerate(document, 1):
            picture = _picture(page)
            boxes = [*_of_words(page, words, picture), *_of_areas(areas.get(number, ()), picture)]
            places += len(boxes)
            jpeg = _jpeg(picture, boxes)
            if (size := size + len(jpeg)) > MOST_BYTES:
                raise TooLong
            _add(anew, jpeg, page.get_size())
            page.close()
        anew.save(out)
        anew.close()
    return out.getvalue(), places


def _picture(page: pdfium.PdfPage) -> Image.Image:
    width, height = page.get_size()
    scale = min(DOTS, sqrt(MOST_DOTS / (width * height)), LONGEST_SIDE / max(width, height))
    picture: Image.Image = page.render(scale=scale, may_draw_forms=True).to_pil().convert("L")
    return picture


def _jpeg(picture: Image.Image, boxes: Iterable[Box]) -> bytes:
    pen, out = ImageDraw.Draw(picture), BytesIO()
    for box in boxes:
        pen.rectangle(box, fill=0)
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


def _add(document: pdfium.PdfDocument, jpeg: bytes, size: tuple[float, float]) -> None:
    page, image = document.new_page(*size), pdfium.PdfImage.new(document)
    image.load_jpeg(BytesIO(jpeg), inline=True)
    image.set_matrix(pdfium.PdfMatrix().scale(*size))
    page.insert_obj(image)
    page.gen_content()
    page.close()


def _of_words(page: pdfium.PdfPage, words: Iterable[str], picture: Image.Image) -> Iterator[Box]:
    text = page.get_textpage()
    for one in words:
        found = text.search(one, match_case=False)
        while (at := found.get_next()) is not None:
            first, count = at
            for rect in range(text.count_rects(first, count)):
                left, bottom, right, top = text.get_rect(rect)
                yield _box(
                    _dot(page, picture, left - MARGIN, top + MARGIN),
                    _dot(page, picture, right + MARGIN, bottom - MARGIN),
                )


def _dot(page: pdfium.PdfPage, picture: Image.Image, x: float, y: float) -> tuple[int, int]:
    """Where a point of the page lies in its picture, however the page is turned and wherever it begins."""
    across, down = c_int(), c_int()
    pdfium.raw.FPDF_PageToDevice(
        page, 0, 0, picture.width, picture.height, 0, x, y, byref(across), byref(down)
    )
    return across.value, down.value


def _box(one: tuple[int, int], other: tuple[int, int]) -> Box:
    (left, right), (top, bottom) = sorted((one[0], other[0])), sorted((one[1], other[1]))
    return left, top, right, bottom


def _of_areas(areas: Iterable[Area], picture: Image.Image) -> Iterator[Box]:
    wide, high = picture.width / 100, picture.height / 100
    for left, top, right, bottom in areas:
        yield left * wide, top * high, right * wide, bottom * high
