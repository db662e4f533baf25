"""What the people at the desk do with a case, page by page."""

import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from xml.etree.ElementTree import Element

from demo.walk.browser import Browser, Page, PageError, text

GIVEN, WITHHELD = (
    frozenset({"give", "redact", "port"}),
    frozenset({"describe", "withhold", "delay", "none", "not-portable"}),
)


# Seconds. Four walk at once, and who looks more often takes from the workers what they wait for.
LOOK_AGAIN = 1


@dataclass(frozen=True)
class Standing:
    """What the case page shows: the section the line stands at, rows gathered, rows a verdict, what is stopped."""

    section: str
    stopped: bool
    closed: bool
    gathered: dict[str, int]
    failed: tuple[str, ...]
    trouble: str
    verdicts: Counter[str] = field(compare=False)

    @property
    def rows(self) -> int:
        return sum(self.gathered.values())

    def __str__(self) -> str:
        return f"it stands at {self.section or 'the end'}, {self.rows} rows gathered. {self.trouble}"


def standing(page: Page) -> Standing:
    steps = [li for li in page.all("nav[@class='stations']//li") if li.get("class") in ("current", "blocked")]
    links = [a.get("href", "").lstrip("#") for li in steps for a in li.iter("a")]
    sources = page.all("table[@class='tight runs']/tbody")
    return Standing(
        section=links[0] if links else "",
        stopped=any(li.get("class") == "blocked" for li in steps),
        closed=not links,
        gathered={_first(source, "th"): _number(next(source.iter("td"))) for source in sources},
        failed=tuple(_first(source, "th") for source in sources if _retry(source)),
        trouble=" ".join(text(note) for note in page.all("*[@class='note late']")),
        verdicts=_verdicts(page),
    )


def _took_effect(page: Page) -> bool:
    return any("It took effect:" in text(told) for told in page.all("span[@class='ok']"))


def _first(element: Element, tag: str) -> str:
    found = next(element.iter(tag), None)
    return "" if found is None else text(found)


def _retry(element: Element) -> bool:
    """Whether somebody is asked to try a collection again."""
    return any(form.get("action", "").endswith("/retry/") for form in element.iter("form"))


def _number(cell: Element) -> int:
    """The first of the cell: `1,234` of `1,234 5.6 KB`, 200 of `200 of about 1,234`."""
    found = re.search(r"\d[\d,]*", text(cell))
    return int(found[0].replace(",", "")) if found else 0


def _verdicts(page: Page) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in page.all("table[@class='tight data']//tr"):
        verdict = next(
            (span for span in row.iter("span") if span.get("class", "").startswith("verdict ")), None
        )
        number = next((cell for cell in row.iter("td") if cell.get("class") == "number"), None)
        if verdict is not None and number is not None:
            found[verdict.get("class", "").split()[1]] += _number(number)
    return found


@dataclass
class Officer:
    """A member of staff, logged in. `said` hears what changes while waiting."""

    browser: Browser
    said: Callable[[Standing], None] = lambda _: None

    def look(self, reference: str) -> Page:
        return self.browser.open(f"/desk/cases/{reference}/")

    def wait_for(
        self, reference: str, what: str, ready: Callable[[Page], bool], silence: float = 300
    ) -> Page:
        """Looks at the case until it is ready. Raises PageError if a source fails, or nothing moves for `silence`."""
        end, last = time.monotonic() + silence, None
        while time.monotonic() < end:
            page = self.look(reference)
            now = standing(page)
            if now != last:
                self.said(now)
                end, last = time.monotonic() + silence, now
            if ready(page):
                return page
            if now.failed:
                raise PageError(f"{reference}: {', '.join(now.failed)} failed while waiting for {what}")
            time.sleep(LOOK_AGAIN)
        raise PageError(f"{reference}: waiting for {what}, nothing moved for {silence:.0f} seconds; {last}")

    def reject_claims(self, reference: str) -> int:
        """Rejects every identifier that was typed but that no source links to the person. Returns how many."""
        rejected = 0
        while page := self.look(reference).link("/claims/"):
            self.browser.submit(self.browser.open(page), "/reject/")
            rejected += 1
        return rejected

    def wait_until_judged(self, reference: str) -> Page:
        """Everything gathered, the law applied, decisions proposed."""
        return self.wait_for(reference, "the decisions", lambda page: bool(page.form("/accept/")))

    def wait_until_stopped(self, reference: str) -> Page:
        """An objection to marketing takes effect as soon as the account is matched, whatever else is still gathered."""
        return self.wait_for(reference, "the marketing to stop", _took_effect)

    def decide(self, reference: str) -> Page:
        """Accepts what is proposed, one by one what is to be looked at; returns the page as it was decided upon."""
        page = self.wait_until_judged(reference)
        self.accept_left(reference)
        return page

    def accept_left(self, reference: str) -> int:
        """Accepts all that needs no look, and the others one by one. Returns how often something was accepted."""
        accepted = 0
        while (page := self.look(reference)).form("/accept/"):
            self.browser.submit(page, "/accept/")
            accepted += 1
        return accepted

    def vouch(self, reference: str) -> Page:
        """Says that the person has shown who they are, and waits until what waited for that is judged as well."""
        seen = {"evidence": "shop", "checked": "The face and the name in a passport."}
        self.browser.submit(self.look(reference), "/prove/", level="substantial", **seen)
        return self.wait_until_judged(reference)

    def prepare(self, reference: str) -> Page:
        """Has the answer prepared, reads it once it is written, and sends it to approval."""
        self.browser.submit(self.look(reference), "/answer/prepare/")
        page = self.wait_for(reference, "the answer", lambda page: bool(page.form("/send/")))
        self.read(page, reference)
        self.browser.submit(page, "/send/")
        return self.look(reference)

    def read(self, page: Page, reference: str) -> bytes:
        """Opens the letter. Returns it, a PDF."""
        link = page.link("/preview/")
        if link is None:
            raise PageError(f"{reference} has no letter to read")
        return self.browser.open(link).response.content

    def approve(self, reference: str) -> bytes:
        """Reads the letter and the list of files, and approves them. Returns the letter, a PDF."""
        page = self.look(reference)
        letter, link = self.read(page, reference), page.link("/preview/")
        assert link is not None
        self.browser.submit(self.browser.open(link.removesuffix("preview/")), "/approve/")
        return letter

    def try_to_approve(self, reference: str) -> str:
        """Sends the approval although the page offers none, with the right hash; returns what the desk says."""
        page = self.look(reference)
        link = page.link("/package/")
        if link is None:
            raise PageError(f"{reference} has no package to look at")
        package = self.browser.open(link).response.content
        target = link.replace("/package/", "/approve/")
        return self.browser.post(page, target, sha256=sha256(package).hexdigest()).messages

    def still_waits(self, reference: str) -> bool:
        """Whether the answer is still unapproved, and the page offers no button for it."""
        page = self.look(reference)
        return page.form("/approve/") is None and standing(page).section == "answer"

    def do_by_hand(self, reference: str) -> Page:
        """Does what the answer waits for and no system can, task by task, until the answer is delivered."""

        def ready(page: Page) -> bool:
            if standing(page).section == "carried-out" and standing(page).stopped:
                self._do_tasks(reference)
            return standing(page).closed

        return self.wait_for(reference, "delivery", ready)

    def _do_tasks(self, reference: str) -> None:
        page = self.browser.open("/desk/tasks/")
        mine = [row for row in page.all("tr") if reference in text(row)]
        for form in (form for row in mine for form in row.iter("form")):
            self.browser.submit(page, form.get("action", ""))

    def register_order(self, operator: str, **fields: str | list[str]) -> None:
        page = self.browser.open(f"/desk/orders/{operator}/new/")
        page = self.browser.submit(page, "/new/", **fields)
        if page.form("/new/"):
            raise PageError(f"the order was not taken: {page.complaints}")
