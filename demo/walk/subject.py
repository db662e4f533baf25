"""What the person a request is about does: asks, proves the mailbox, follows the request, fetches the answer."""

from dataclasses import dataclass, field

from demo.walk.browser import Browser, Mailbox, PageError, text


@dataclass(frozen=True)
class Request:
    """What is typed into the form. `typed` are further identifiers: phone, customer_no, national_id."""

    operator: str
    rights: tuple[str, ...]
    name: str
    email: str
    language: str
    standing: str = "self"
    typed: dict[str, str] = field(default_factory=dict)


@dataclass
class Subject:
    """One person with a browser and a mailbox."""

    web: str
    mailbox: Mailbox

    def ask(self, request: Request) -> list[str]:
        """Fills in the form, enters the mailed code, and returns the references on the receipt, one a right."""
        with Browser(self.web, request.language) as browser:
            start = f"/{request.operator}/request/"
            page = browser.submit(browser.open(start), "/rights/", rights=list(request.rights))
            page = browser.submit(page, "/you/", standing=request.standing)
            page = browser.submit(page, "/find/", name=request.name, email=request.email, **request.typed)
            page = browser.submit(page, "/more/")
            self.mailbox.skip()
            page = browser.submit(page, "/check/")
            page = browser.submit(page, "/code/", code=self.mailbox.code())
            if not page.url.endswith("/receipt/"):
                raise PageError(f"no receipt: {page.complaints}")
            return [text(element) for element in page.all("dl[@class='reference']//dd")]

    def fetch(self, operator: str, reference: str) -> bytes:
        """Opens the status page with a mailed code and downloads the package as the page offers it."""
        with Browser(self.web) as browser:
            page = browser.open(f"/{operator}/status/")
            self.mailbox.skip()
            page = browser.submit(page, "/status/", reference=reference)
            page = browser.submit(page, "/status/code/", code=self.mailbox.code())
            link = page.link("/package/")
            if link is None:
                raise PageError(f"no package on {page.url} {page.complaints}")
            return browser.open(link).response.content
