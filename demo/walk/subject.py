"""What the person a request is about does: asks, shows who they are, follows the request, fetches the answer."""

from dataclasses import dataclass, field

from demo.walk.browser import Browser, Mailbox, Page, PageError, text


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
    send_to: str = ""


@dataclass(frozen=True)
class Eid:
    """An electronic identity: its face at the desk, and the number that its provider tells."""

    face: str
    number: str

    def sign_in(self, browser: Browser, page: Page) -> Page:
        """From a page that offers it, through the provider, to where the desk goes on."""
        page = browser.submit(page, "/identity/", face=self.face)
        link = page.link("/authorize")
        if link is None:
            raise PageError(f"{page.url} leads to no provider {page.complaints}")
        page = browser.submit(browser.open(link), "/choose", number=self.number, choice="go")
        if "/identity/" in page.url:
            raise PageError(f"electronic identity proved nothing: {text(page.all('h1')[0])}")
        return page


@dataclass
class Subject:
    """One person with a browser and a mailbox."""

    web: str
    mailbox: Mailbox

    def ask(self, request: Request, eid: Eid | None = None) -> list[str]:
        """Fills in the form, signs in if there is an identity to sign in with, enters the mailed code.

        Returns the references on the receipt, one a right.
        """
        with Browser(self.web, request.language) as browser:
            start = f"/{request.operator}/request/"
            page = browser.submit(browser.open(start), "/rights/", rights=list(request.rights))
            page = self._fill_in(browser, page, request)
            if eid is not None:
                eid.sign_in(browser, page)
                page = browser.open(f"/{request.operator}/request/code/")
            page = browser.submit(page, "/code/", code=self.mailbox.code())
            if not page.url.endswith("/receipt/"):
                raise PageError(f"no receipt: {page.complaints}")
            return [text(element) for element in page.all("dl[@class='reference']//dd")]

    def _fill_in(self, browser: Browser, page: Page, request: Request) -> Page:
        """The pages after the first, and the sending."""
        whom = {"name": request.name, "email": request.email, **request.typed}
        if page.form("/stop/") is not None:
            self.mailbox.skip()
            known = ("name", "email", "phone", "customer_no")
            return browser.submit(page, "/stop/", **{key: whom[key] for key in known if key in whom})
        page = browser.submit(page, "/you/", standing=request.standing)
        page = browser.submit(page, "/find/", **whom)
        page = browser.submit(page, "/more/", **({"send_to": request.send_to} if request.send_to else {}))
        self.mailbox.skip()
        return browser.submit(page, "/check/")

    def fetch(self, operator: str, reference: str, *parts: str) -> list[bytes]:
        """Opens the status page with a mailed code and downloads what the page offers: `package`, `receipt`."""
        with Browser(self.web) as browser:
            page = self._follow(browser, operator, reference)
            links = {part: page.link(f"/{part}/") for part in parts}
            if missing := [part for part, link in links.items() if link is None]:
                raise PageError(f"no {missing} on {page.url} {page.complaints}")
            return [browser.open(link).response.content for link in links.values() if link]

    def step_up(self, operator: str, reference: str, eid: Eid) -> None:
        """Opens the status page, which says that something waits for a stronger proof, and gives it there."""
        with Browser(self.web) as browser:
            eid.sign_in(browser, self._follow(browser, operator, reference))

    def _follow(self, browser: Browser, operator: str, reference: str) -> Page:
        page = browser.open(f"/{operator}/status/")
        self.mailbox.skip()
        page = browser.submit(page, "/status/", reference=reference)
        return browser.submit(page, "/status/code/", code=self.mailbox.code())
