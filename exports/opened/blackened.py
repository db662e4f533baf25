"""A PDF anew as pictures of its pages, with stretches blackened: under them nothing is left, nor beside them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO

import pypdfium2 as pdfium
from PIL import Image, ImageDraw

from exports.opened.pdfs import opened

# Left, top, right and bottom in hundredths of the page.
Area = tuple[float, float, float, float]
DOTS = 150 / 72  # of an inch at 150 to the inch, from points
MOST_PAGES = 400
# Around letters, so that no stroke sticks out.
MARGIN = 1.5


class TooLong(ValueError):
    """More pages than are turned into pictures."""


def blackened(
    content: bytes, *, words: Sequence[str], areas: Mapping[int, Iterable[Area]]
) -> tuple[bytes, int]:
    """The PDF as pictures, and how many places were blackened: wherever the words stand, and the areas by page from 1.

    Text that is a picture already is found by areas alone. Raises UnreadablePdf, TooLong.
    """
    pictures, places = [], 0
    with opened(content) as document:
        if len(document) > MOST_PAGES:
            raise TooLong
        for number, page in enumerate(document, 1):
            boxes = [*_of_words(page, words), *_of_areas(page, areas.get(number, ()))]
            places += len(boxes)
            pictures.append(_picture(page, boxes))
    out = BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:], resolution=150)
    return out.getvalue(), places


def _picture(page: pdfium.PdfPage, boxes: Iterable[tuple[float, float, float, float]]) -> Image.Image:
    picture: Image.Image = page.render(scale=DOTS, may_draw_forms=True).to_pil().convert("L")
    pen, height = ImageDraw.Draw(picture), page.get_height()
    for left, bottom, right, top in boxes:
        pen.rectangle(
            (
                (left - MARGIN) * DOTS,
                (height - top - MARGIN) * DOTS,
                (right + MARGIN) * DOTS,
                (height - bottom + MARGIN) * DOTS,
            ),
            fill=0,
        )
    return picture


def _of_words(page: pdfium.PdfPage, words: Iterable[str]) -> Iterator[tuple[float, float, float, float]]:
    text = page.get_textpage()
    for one in words:
        found = text.search(one, match_case=False)
        while (at := found.get_next()) is not None:
            first, count = at
            for rect in range(text.count_rects(first, count)):
                yield text.get_rect(rect)


def _of_areas(page: pdfium.PdfPage, areas: Iterable[Area]) -> Iterator[tuple[float, float, float, float]]:
    width, height = page.get_size()
    for left, top, right, bottom in areas:
        yield (
            left * width / 100,
            height - bottom * height / 100,
            right * width / 100,
            height - top * height / 100,
        )
