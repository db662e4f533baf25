"""A real browser: Chromium, headless, empty when a test gets it; what people do in it, and what axe finds on its page.

No element is held over a change of page: whatever leads to another one is pressed by `press`, or within `next_page`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_core_python.selenium import Axe
from django.test import Client
from django.test.testcases import QuietWSGIRequestHandler
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support import expected_conditions as until
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--force-prefers-reduced-motion",
)  # fmt: skip
# Where somebody who wants to look at the pages has them put.
SHOTS = os.environ.get("DSAR_TEST_SHOTS", "")
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    # What passes is not asked for.
    "resultTypes": ["violations"],
}


# Started once a process, one with JavaScript and one without: a start takes longer than most of what is looked at.
_running: dict[bool, WebDriver] = {}


@contextmanager
def chromium(
    profile: Path, width: int = 1280, *, dark: bool = False, script: bool = True
) -> Iterator[WebDriver]:
    """A browser in English, `width` pixels wide, in light or dark, with or without JavaScript; nothing is left in it.

    `profile`: where the first one keeps what it keeps.
    """
    driver = _running.get(script) or _running.setdefault(script, _started(profile, script))
    driver.implicitly_wait(10)
    resize(driver, width)
    theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [theme]})
    try:
        yield driver
    except BaseException:
        # Whatever state it is in: the next one begins anew.
        _running.pop(script).quit()
        raise
    _emptied(driver)


def _started(profile: Path, script: bool) -> WebDriver:
    # The browser outlives a test's server, whose thread would keep its database for as long as a connection is kept.
    QuietWSGIRequestHandler.protocol_version = "HTTP/1.0"
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={profile / f'script-{script}'}", "--window-size=1280,900"):
        options.add_argument(flag)
    settings = {
        "intl.accept_languages": "en",
        "profile.managed_default_content_settings.javascript": 2 - script,
    }
    options.add_experimental_option("prefs", settings)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


def _emptied(driver: WebDriver) -> None:
    """As good as new: one window, no page, no cookies, storage, cache or complaints."""
    driver.switch_to.new_window("window")
    fresh = driver.current_window_handle
    for handle in driver.window_handles:
        if handle != fresh:
            driver.switch_to.window(handle)
            driver.close()
    driver.switch_to.window(fresh)
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    driver.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "all"})
    driver.execute_cdp_cmd("Browser.resetPermissions", {})
    driver.get_log("browser")


def quit_all() -> None:
    """At the end of a run."""
    while _running:
        _running.popitem()[1].quit()


def resize(driver: WebDriver, width: int) -> None:
    """Headless windows are never narrower than 500, so the viewport is told."""
    viewport = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", viewport)


# WCAG 2.2, 2.5.8: 24 by 24 pixels, or a circle of that size around it that touches no other target. What a label or a
# whole row enlarges counts with it; links inside a sentence are left out, as the rule leaves them out.
SMALL_TARGETS = """
const box = (one) => {
  const whole = one.closest(".options > div, .check label, .cases tr") ?? one.closest("label") ?? one;
  return whole.getBoundingClientRect();
};
const inSentence = (one) => getComputedStyle(one).display === "inline" && one.closest("p, li, dd, caption, .muted");
const targets = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
  .filter((one) => one.type !== "hidden" && one.checkVisibility() && !one.closest(".skip") && box(one).width > 2)
  .filter((one) => !inSentence(one));
const boxes = targets.map(box);
const small = (one) => one.width < 24 || one.height < 24;
const gap = (x, y, one) =>
  Math.hypot(Math.max(one.left - x, 0, x - one.right), Math.max(one.top - y, 0, y - one.bottom));
return targets.filter((target, index) => {
  const mine = boxes[index], x = mine.left + mine.width / 2, y = mine.top + mine.height / 2;
  return small(mine) && boxes.some((other, place) =>
    place !== index && !targets[place].contains(target) && !target.contains(targets[place]) &&
    (small(other)
      ? Math.hypot(x - other.left - other.width / 2, y - other.top - other.height / 2) < 24
      : gap(x, y, other) < 12));
}).map((target) => target.outerHTML.slice(0, 200));
"""


def violations(driver: WebDriver) -> list[str]:
    """What axe holds against the page, and what is too small to hit, a line each."""
    found = Axe().run(driver, options=RULES)["violations"]
    small = driver.execute_script(SMALL_TARGETS)
    return [
        *(f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]),
        *(f"target-size: {html}" for html in small),
    ]


def overflow(driver: WebDriver) -> int:
    """By how many pixels the page is wider than the window."""
    return int(driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth"))


def fits_narrow(driver: WebDriver, width: int) -> list[str]:
    """Where the page scrolls sideways: at 320 pixels, which 400 % of 1280 is too, and with text twice as big."""
    found = []
    for at, size in ((320, "100%"), (390, "200%"), (640, "200%")):
        resize(driver, at)
        driver.execute_script("document.documentElement.style.fontSize = arguments[0]", size)
        if overflow(driver) > 0:
            found.append(f"{driver.current_url} at {at} with text at {size}")
    driver.execute_script("document.documentElement.style.fontSize = ''")
    resize(driver, width)
    return found


def look(browser: WebDriver, name: str = "") -> None:
    """The page fits a phone and a desk, and nobody is shut out of it. `name`: of its pictures, where SHOTS are kept."""
    for width in (1280, 390):
        resize(browser, width)
        if SHOTS and name:
            _picture(browser, width, Path(SHOTS) / f"{name}-{width}.png")
        assert overflow(browser) <= 0, f"{browser.current_url} at {width}"
        assert violations(browser) == [], f"{browser.current_url} at {width}"


def _picture(browser: WebDriver, width: int, path: Path) -> None:
    """The whole page, to its end."""
    height = browser.execute_script("return document.documentElement.scrollHeight")
    view = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", view)
    browser.save_screenshot(str(path))
    resize(browser, width)


def wait(browser: WebDriver) -> WebDriverWait[WebDriver]:
    """Up to twenty seconds, for what a page does by itself."""
    return WebDriverWait(browser, 20)


@contextmanager
def next_page(browser: WebDriver) -> Iterator[None]:
    """What is done within leads to another page: it has taken this one's place when the block ends."""
    page = browser.find_element(By.TAG_NAME, "html")
    yield
    # A page on its way out can fail otherwise than by being gone.
    patient = WebDriverWait(browser, 20, ignored_exceptions=[WebDriverException])
    patient.until(until.staleness_of(page))


def press(browser: WebDriver, words: str = "", within: str = "main") -> None:
    """Press the button or link that says so, or else the one primary button, and wait for the page it leads to.

    A click returns before the page is left where the machine is busy: what is read then is of the old page, or gone.
    """
    said = f'normalize-space()="{words}"' if words else 'contains(@class, "primary")'
    button = browser.find_element(By.XPATH, f"//{within}//*[self::button or self::a][{said}]")
    # The head of a case stays in sight, and must not lie over it.
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    with next_page(browser):
        button.click()


def write(browser: WebDriver, **fields: str) -> None:
    """Each field that is shown under this name, with this in the place of what it held."""
    for name, text in fields.items():
        shown = [one for one in browser.find_elements(By.NAME, name) if one.is_displayed()]
        shown[0].clear()
        shown[0].send_keys(text)


def tick(browser: WebDriver, value: str, name: str = "") -> None:
    """The choice of this value, where it is not made; of the field of this name, where several have it."""
    named = f"[name='{name}']" if name else ""
    box = browser.find_element(By.CSS_SELECTOR, f"input{named}[value='{value}']")
    if not box.is_selected():
        box.click()


def nobody(browser: WebDriver, address: str) -> None:
    """From now on the browser is a stranger's; first it leaves a page that could bring its cookies back."""
    browser.get(f"{address}/healthz")
    browser.delete_all_cookies()


def come_in(browser: WebDriver, address: str, member: Client) -> None:
    """From now on the browser is that of a member of staff who is signed in; of whoever was there before, nothing."""
    nobody(browser, address)
    browser.add_cookie({"name": "sessionid", "value": member.cookies["sessionid"].value, "path": "/"})


def unfold(browser: WebDriver, within: str = "main") -> None:
    """Open whatever is folded there, in one breath: a part that renews itself may be another by the next."""
    folded = "document.querySelectorAll(`${arguments[0]} details`).forEach((one) => (one.open = true))"
    browser.execute_script(folded, within)


def text(browser: WebDriver) -> str:
    """What the page says, as it is read, in one breath."""
    return str(browser.execute_script("return document.querySelector('main').innerText"))
