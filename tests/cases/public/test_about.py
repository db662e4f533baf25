"""What the operator says of these pages: from its register, with the times that are enforced."""

import pytest
from django.conf import settings
from django.test import Client

from cases.casework.operators import register_of
from cases.papers.keeping import DAYS_KEPT
from cases.sources.loading import load_operator
from dsar.scratch.desk import write_register
from tests.cases.public.public_person import Person, text

pytestmark = pytest.mark.django_db


def test_the_notice_tells_the_times_of_the_register_in_force(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_register(tmp_path / "operators", "tele2-se", like="tele2-se")  # type: ignore[operator]
    (folder / "connectors.toml").write_text("")
    register = folder / "register.toml"
    told = register.read_text()
    monkeypatch.setattr(settings, "OPERATORS_DIR", folder.parent)
    for days, years in ((14, 5), (21, 7)):
        register.write_text(f"{told}\n[settings]\npackage_days = {days}\ncase_file_years = {years}\n")
        operator = load_operator("tele2-se")[0]
        assert register_of(operator).settings.package_days == days
        page = text(Client(headers={"accept-language": "en"}).get("/tele2-se/privacy/"))
        assert f"{days} days after the answer" in page
        assert f"{years} years after the answer" in page
        assert f"at most {DAYS_KEPT} days after all that you asked" in page


def test_both_pages_stand_in_the_footer_in_every_language() -> None:
    operator = load_operator("tele2-se")[0]
    controller = register_of(operator).controller
    for language in ("sv", "da", "en"):
        visitor = Person(operator, language)
        landing = visitor.see("landing").content.decode()
        for name in ("privacy", "accessibility"):
            assert f'href="{visitor.url(name)}"' in landing
            page = visitor.see(name)
            assert f'<html lang="{language}"'.encode() in page.content
            assert controller.email in text(page)
            assert (controller.dpo in text(page)) == (name == "privacy")
