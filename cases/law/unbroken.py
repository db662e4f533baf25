"""What is read as one thing stays in one line: dates, amounts, figures with their units, places in a law. Pure.

The one place for it, in the three languages: a letter asks it when it is set in type, a page for every day it writes.
"""

import re

TIE = "\u00a0"  # a blank at which no line ends

DIGIT = re.compile(r"\d")
_MONTHS = (
    "januari februari mars april maj juni juli augusti september oktober november december "
    "januar februar marts august "
    "january february march may june july october "
    "jan feb mar apr jun jul aug sep sept okt oct nov dec"
)
_UNITS = (
    "kr kr. SEK DKK EUR % ‰ kB KB MB GB bytes byte "
    "dagar dag dage days day månader månad måneder måned months month år years year timmar timme timer time hours hour "
    "minuter minut minutter minutes minute poster post records record sidor sida sider side pages page"
)
_OF_LAW = "articles article artiklarna artikel artikler artiklerne sections section chapter kapitel stk. nr. kap. §§ §"
_CALLED = "telefon telephone phone tlf."
_NUMBERED = "reference referens ärende ärendenummer sag sagsnummer request begäran anmodning"


def _any(words: str) -> str:
    # The longest first, or `dag` would stand for `dagar`.
    return "|".join(map(re.escape, sorted(words.split(), key=len, reverse=True)))


_BLANKS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<=\d) (?=(?:{_any(_MONTHS)})(?!\w))",
        rf"(?<=\d\.) (?=(?:{_any(_MONTHS)})(?!\w))",
        rf"(?<!\w)(?:{_any(_MONTHS)})\.?( )(?=\d{{4}}(?!\d))",
        rf"(?<=\d) (?=(?:{_any(_UNITS)})(?!\w))",
        # 1 234, and a number to call
        r"(?<=\d) (?=\d{2,3}(?!\d))",
        r"(?<=\+\d\d) (?=\d)",
        rf"(?<!\w)(?:{_any(_CALLED)})( )(?=\+?\d)",
        rf"(?<!\w)(?:{_any(_OF_LAW)})( )(?=\d)",
        r"(?<=\d)( )(?=(?:kap\.|§)(?!\w))",
        # 53 f §
        r"(?<=\d)( )(?=[a-z][\s\u00a0]§)",
        r"(?<=[\s\u00a0][a-z])( )(?=§)",
        rf"(?<!\w)(?:{_any(_NUMBERED)})( )(?=\d\d-[0-9A-Z]{{5}}-\d\d)",
    )
)


# What of a page is read: neither its markup nor what is inside these.
_READ = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>|(?P<read>[^<]+)", re.DOTALL)


def tied(formed: str) -> str:
    """One thing that was put together of several: `14 December 2026`, `1 234,50 kr`."""
    return formed.replace(" ", TIE)


def unbroken(text: str) -> str:
    """The text with such things in it tied."""
    # Most cells of a table end here.
    if " " not in text or not DIGIT.search(text):
        return text
    for pattern in _BLANKS:
        text = pattern.sub(lambda found: found[0].replace(" ", TIE), text)
    return text


def unbroken_page(page: str) -> str:
    """The same of HTML that a template has escaped, in what is read of it."""
    return _READ.sub(lambda found: unbroken(found["read"]) if found["read"] else found[0], page)
