from pathlib import Path

from tests.cases.public.test_public_browser import *  # noqa
from tests.chromium import _picture, violations, overflow, resize

def test_shots(address, tmp_path):
    out = Path("/tmp/pubshots"); out.mkdir(exist_ok=True)
    bad = []
    with chromium(tmp_path, 390) as browser:
        for page in walk(browser, address):
            n = page.replace(" ", "-")
            bad += [f"{page}: {x}" for x in violations(browser)]
            bad += fits_narrow(browser, 390)
            for w in (390, 1280):
                resize(browser, w)
                _picture(browser, w, out / f"{n}-{w}.png")
            resize(browser, 390)
    print("\n".join(bad))
    (out / "bad.txt").write_text("\n".join(bad))
    assert not bad
