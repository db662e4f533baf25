"""A real browser: Chromium, headless, with an empty profile of its own; and what axe finds on its page."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_core_python.selenium import Axe
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--force-prefers-reduced-motion",
)  # fmt: skip
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}


@contextmanager
def chromium(
    profile: Path, width: int = 1280, *, dark: bool = False, script: bool = True
) -> Iterator[WebDriver]:
    """A browser in English, `width` pixels wide, in light or dark, with or without JavaScript."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},900"):
        options.add_argument(flag)
    settings = {
        "intl.accept_languages": "en",
        "profile.managed_default_content_settings.javascript": 2 - script,
    }
    options.add_experimental_option("prefs", settings)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        driver.implicitly_wait(10)
        resize(driver, width)
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [theme]})
        yield driver
    finally:
        driver.quit()


def resize(driver: WebDriver, width: int) -> None:
    """Headless windows are never narrower than 500, so the viewport is told."""
    viewport = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", viewport)


def violations(driver: WebDriver) -> list[str]:
    """What axe holds against the page, a line each."""
    found = Axe().run(driver, options=RULES)["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


def overflow(driver: WebDriver) -> int:
    """By how many pixels the page is wider than the window."""
    return int(driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth"))
