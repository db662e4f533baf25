"""A person at a browser, without the window: follows links, fills in forms as the page has them, keeps cookies."""

import re
import time
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

import httpx
import tinyhtml5

from demo.codes import code

Field = tuple[str, str]


class PageError(Exception):
    """The page was not what the next step needs; the text says which page and what was missing."""


@dataclass(frozen=True)
class Form:
    """A form as it stands on the page: where it goes and what it holds so far."""

    action: str
    fields: tuple[Field, ...]
    names: frozenset[str]

    def filled(self, **values: str | list[str]) -> dict[str, list[str]]:
        """The data to send. Raises PageError for a field the form does not have."""
        if unknown := values.keys() - self.names:
            raise PageError(f"{self.action} has no field {', '.join(sorted(unknown))}")
        data: dict[str, list[str]] = {}
        for name, value in self.fields:
            if name not in values:
                data.setdefault(name, []).append(value)
        return data | {name: [value] if isinstance(value, str) else value for name, value in values.items()}


@dataclass(frozen=True)
class Page:
    """An answered request."""

    response: httpx.Response

    @property
    def url(self) -> str:
        return str(self.response.url)

    @cached_property
    def tree(self) -> Element:
        return tinyhtml5.parse(self.response.text, namespace_html_elements=False)  # type: ignore[no-any-return]

    def all(self, path: str) -> list[Element]:
        """Elements by ElementTree path, e.g. `table` or `a[@class='x']`, anywhere on the page."""
        return self.tree.findall(f".//{path}")

    def form(self, ending: str) -> Form | None:
        """The form whose action ends like this, if the page has it."""
        for element in self.all("form"):
            if urljoin(self.url, element.get("action", "")).split("?")[0].endswith(ending):
                return _form(element)
        return None

    def link(self, part: str) -> str | None:
        """The address of the first link that contains this."""
        return next((a.get("href") for a in self.all("a[@href]") if part in (a.get("href") or "")), None)

    @property
    def messages(self) -> str:
        """What the page says happened."""
        return " ".join(text(element) for element in self.all("*[@class='messages']"))

    @property
    def complaints(self) -> str:
        """What the page says is wrong, in its own words."""
        found = [
            *self.all("*[@role='alert']"),
            *(e for e in self.all("*[@class]") if "error" in e.get("class", "")),
        ]
        return " ".join(dict.fromkeys(text(element) for element in found))


def text(element: Element) -> str:
    """What can be read of an element, in one line."""
    return " ".join("".join(element.itertext()).split())


def _form(element: Element) -> Form:
    fields: list[Field] = []
    names = set()
    for part in element.iter():
        name = part.get("name")
        if not name:
            continue
        names.add(name)
        if part.tag == "input" and _counts(part):
            fields.append((name, part.get("value", "on" if part.get("type") == "checkbox" else "")))
        elif part.tag == "textarea":
            fields.append((name, "".join(part.itertext())))
        elif part.tag == "select":
            chosen = [o for o in part.iter("option") if o.get("selected") is not None] or list(
                part.iter("option")
            )[:1]
            fields += [(name, option.get("value") or text(option)) for option in chosen]
    return Form(element.get("action", ""), tuple(fields), frozenset(names))


def _counts(part: Element) -> bool:
    """Whether a browser would send this input as it stands."""
    kind = part.get("type", "text")
    return kind not in ("submit", "button", "file") and (
        kind not in ("checkbox", "radio") or part.get("checked") is not None
    )


class Browser:
    """One person's cookies and language."""

    def __init__(self, base_url: str, language: str = "en") -> None:
        headers = {"Accept-Language": language, "User-Agent": "Demo browser"}
        # A connection that the server is just closing would be an error here, and a second try in a real browser.
        fresh = httpx.Limits(max_keepalive_connections=0)
        self.client = httpx.Client(
            base_url=base_url, headers=headers, follow_redirects=True, timeout=120, limits=fresh
        )

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()

    def open(self, path: str) -> Page:
        """Raises PageError unless the page is answered with 200."""
        return _checked(self.client.get(path))

    def submit(self, page: Page, ending: str, **values: str | list[str]) -> Page:
        """Fills in the page's form and sends it; 422 and 400 are answers too, with complaints on the page."""
        form = page.form(ending)
        if form is None:
            raise PageError(f"{page.url} has no form that ends in {ending} {page.complaints}")
        target = urljoin(page.url, form.action)
        return _checked(self.client.post(target, data=form.filled(**values), headers={"Referer": page.url}))

    def post(self, page: Page, path: str, **values: str) -> Page:
        """Sends what the page has no button for, with the page's own token: a trespass, which should be refused."""
        token = next(e.get("value", "") for e in page.all("input[@name='csrfmiddlewaretoken']"))
        data = {"csrfmiddlewaretoken": token, **values}
        return Page(self.client.post(path, data=data, headers={"Referer": page.url}))

    def login(self, name: str, password: str, secret: str) -> None:
        """By the password and a code of the app with this secret. A code is good once."""
        page = self.submit(self.open("/accounts/login/"), "/accounts/login/", login=name, password=password)
        if "/2fa/authenticate" in page.url:
            page = self.submit(page, "/2fa/authenticate/", code=code(secret))
        if "/desk" not in page.url:
            raise PageError(f"{name} could not log in: {page.complaints}")


def _checked(response: httpx.Response) -> Page:
    page = Page(response)
    if response.status_code not in (200, 400, 422):
        raise PageError(f"{response.request.method} {page.url} answered {response.status_code}")
    return page


@dataclass
class Mailbox:
    """Reads one address in the demo's mailbox; `seen` is the number of the last mail that was used."""

    url: str
    address: str
    seen: int = 0

    def skip(self) -> None:
        """Only mails that come from now on count."""
        self.seen = max((mail["number"] for mail in self._mails()), default=0)

    def wait_for(self, pattern: str, seconds: float = 60) -> re.Match[str]:
        """The pattern in the text of a mail that came after the last one used. Raises PageError."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for mail in reversed(self._mails()):
                found = re.search(pattern, mail["text"])
                if mail["number"] > self.seen and found:
                    self.seen = mail["number"]
                    return found
            time.sleep(0.2)
        raise PageError(f"no mail with what was waited for within {seconds:.0f} seconds")

    def code(self) -> str:
        """The six digits of the newest code mail."""
        return self.wait_for(r"(?m)^\s*(\d{6})\s*$")[1]

    def _mails(self) -> list[dict[str, Any]]:
        mails: list[dict[str, Any]] = httpx.get(f"{self.url}/mails.json", params={"to": self.address}).json()
        return mails
