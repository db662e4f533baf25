"""The OpenAPI description is whole, and its page works in a real browser under our content policy."""

import pytest
import yaml
from django.core.management import call_command
from selenium.webdriver.common.by import By

from tests.chromium import chromium


@pytest.fixture
def schema(client, db):
    return yaml.safe_load(client.get("/api/schema/").content)


def test_the_description_has_no_fault(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yaml"))


def test_every_call_is_described_with_its_errors(schema):
    calls = {
        (path, method): call for path, methods in schema["paths"].items() for method, call in methods.items()
    }
    assert set(calls) == {
        ("/api/requests/", "post"),
        ("/api/stop-list/", "post"),
        ("/api/cases/{reference}/", "get"),
        ("/api/cases/{reference}/package/", "get"),
    }
    for call in calls.values():
        assert call["security"] == [{"token": []}]
        assert call["summary"]
        assert {"401", "429"} <= set(call["responses"])
        for status, response in call["responses"].items():
            if int(status) >= 400:
                shape = response["content"]["application/json"]["schema"]
                assert shape == {"$ref": "#/components/schemas/ProblemOut"}


def test_the_request_to_try_is_a_good_one(schema, hand_in):
    body = schema["paths"]["/api/requests/"]["post"]["requestBody"]["content"]["application/json"]
    (example,) = body["examples"].values()
    assert hand_in(**example["value"]).status_code == 201


def test_what_comes_back_is_what_is_described(schema, hand_in):
    described = schema["components"]["schemas"]["CaseOut"]
    assert set(hand_in().json()["cases"][0]) == set(described["properties"]) == set(described["required"])


def test_the_description_comes_as_json_too(client, db):
    assert client.get("/api/schema/?format=json").json()["openapi"].startswith("3.")


@pytest.mark.browser
def test_the_page_works_in_a_browser(live_server, tmp_path):
    with chromium(tmp_path) as browser:
        browser.get(f"{live_server.url}/api/docs/")
        browser.find_element(By.CSS_SELECTOR, ".opblock-post .opblock-summary-control").click()
        assert browser.find_element(By.CSS_SELECTOR, ".try-out__btn").is_displayed()
        assert len(browser.find_elements(By.CSS_SELECTOR, ".opblock")) == 4
        browser.find_element(By.CSS_SELECTOR, ".authorize").click()
        assert browser.find_element(By.CSS_SELECTOR, ".modal-ux input").is_displayed()
        assert [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
