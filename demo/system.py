"""System packages that no Python package brings along: `python -m demo.system pango fonts chromium mariadb`.

What is missing is installed with apt when root; otherwise one line says what to install.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# Debian keeps servers where only root's PATH looks.
PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"
LIBRARIES = (
    ("libpango-1.0.dylib", "libpangoft2-1.0.dylib", "libharfbuzz.0.dylib", "libfontconfig.1.dylib")
    if sys.platform == "darwin"
    else ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz.so.0", "libfontconfig.so.1")
)


FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts")
SCRIPTS = ("NotoSansEthiopic", "NotoSansCJK", "NotoColorEmoji")


@dataclass(frozen=True)
class Need:
    """Something the machine must have: its packages by who installs them; `without` says what happens if it has not."""

    what: str
    packages: dict[str, tuple[str, ...]]
    present: Callable[[], bool]
    without: str


def pango_present() -> bool:
    """Whether WeasyPrint can write PDF."""
    try:
        for name in LIBRARIES:
            ctypes.CDLL(name)
    except OSError:
        return False
    return True


def fonts_present() -> bool:
    """Whether a letter can print every script: those fonts that come with nothing else stand for all of them."""
    if sys.platform == "darwin":
        return True  # it brings its own
    there = {file.name for folder in FONTS for file in Path(folder).expanduser().rglob("Noto*")}
    return all(any(name.startswith(font) for name in there) for font in SCRIPTS)


def chromium_present() -> bool:
    """Whether browser tests can run."""
    return bool(shutil.which("chromium") or shutil.which("google-chrome")) and bool(
        shutil.which("chromedriver")
    )


def executable(name: str) -> str:
    """The path of a program, servers included; empty if it is not installed."""
    return shutil.which(name, path=PATH) or ""


def mariadb_present() -> bool:
    """Whether a MariaDB server can be started."""
    return bool(executable("mariadbd") and executable("mariadb-install-db"))


def nginx_present() -> bool:
    """Whether the web server before the desk can be tried."""
    return bool(executable("nginx"))


def clamav_present() -> bool:
    """Whether files can be shown to a real scanner."""
    return bool(executable("clamd"))


def node_present() -> bool:
    """Whether a provider of electronic identities of another make can be run: on Node.js 18 or newer."""
    if not (shutil.which("node") and shutil.which("npm")):
        return False
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    major = told.strip().lstrip("v").partition(".")[0]
    return major.isdecimal() and int(major) >= 18


NEEDS = {
    "pango": Need(
        "Pango",
        {
            "apt-get": ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core"),
            "dnf": ("pango", "dejavu-sans-fonts"),
            "brew": ("pango",),
        },
        pango_present,
        "no PDF can be written",
    ),
    "fonts": Need(
        "A font for every script (Noto)",
        {
            "apt-get": ("fonts-noto-core", "fonts-noto-cjk", "fonts-noto-color-emoji"),
            "dnf": (
                "google-noto-sans-fonts",
                "google-noto-sans-ethiopic-fonts",
                "google-noto-sans-cjk-fonts",
                "google-noto-color-emoji-fonts",
            ),
        },
        fonts_present,
        "names in Chinese, Arabic and the like are empty boxes in letters",
    ),
    "chromium": Need(
        "Chromium",
        {"apt-get": ("chromium", "chromium-driver"), "dnf": ("chromium", "chromedriver")},
        chromium_present,
        "browser tests are left out",
    ),
    # The programs alone: Debian's package named mariadb-server would start a server on the machine.
    "mariadb": Need(
        "MariaDB",
        {
            "apt-get": ("mariadb-server-core", "mariadb-client-core"),
            "dnf": ("mariadb-server",),
            "brew": ("mariadb",),
        },
        mariadb_present,
        "tests of the SQL connector on MariaDB are left out",
    ),
    "nginx": Need(
        "nginx",
        {"apt-get": ("nginx",), "dnf": ("nginx",), "brew": ("nginx",)},
        nginx_present,
        "tests of the web server before the desk are left out",
    ),
    "clamav": Need(
        "ClamAV's daemon",
        {"apt-get": ("clamav-daemon",), "dnf": ("clamd",), "brew": ("clamav",)},
        clamav_present,
        "tests of the virus scanner are left out",
    ),
    "node": Need(
        "Node.js 18 or newer, with npm",
        {"apt-get": ("nodejs", "npm"), "dnf": ("nodejs", "nodejs-npm"), "brew": ("node",)},
        node_present,
        "tests of a provider of electronic identities of another make are left out",
    ),
}


def provide(name: str) -> bool:
    """True if it is there in the end."""
    need = NEEDS[name]
    if need.present():
        return True
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {need.what} with apt", flush=True)
        _install(need.packages["apt-get"])
        if need.present():
            return True
    print(f"{need.what} is missing ({need.without}). {_way_to(need)}", flush=True)
    return False


def _way_to(need: Need) -> str:
    for manager, packages in need.packages.items():
        if shutil.which(manager):
            return f"Install: {manager} install {' '.join(packages)}"
    return f"Install {need.what} as this system does it."


def _install(packages: tuple[str, ...]) -> None:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    # Programs are wanted, and no service of theirs started.
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", "-qq", *command], env=env, check=False, **quiet)  # type: ignore[call-overload]


if __name__ == "__main__":
    there = [provide(name) for name in sys.argv[1:]]
    # Where nothing may be left out, what is missing is an error.
    sys.exit(os.environ.get("CI") == "true" and not all(there))
