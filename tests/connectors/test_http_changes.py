"""Erasing, suppressing and correcting through a JSON API that keeps its rows."""

from collections.abc import Callable

import pytest
from api_server import Api, Asked, Reply

from connectors.base import Identifier, SourceMisconfigured

COLLECTION = """
path = "/consents"
params = { customer = "{customer_no}" }
find = { customer_no = "customer_no" }
key_columns = ["customer_no", "id"]
on_erase = "delete"
item = { path = "/consents", params = { customer = "{customer_no}" } }
erase = { method = "DELETE", path = "/consents/{customer_no}/{id}", dry_run = { dry = "1" } }
restrict = { method = "PUT", path = "/consents/{id}/restriction" }
lift = { method = "DELETE", path = "/consents/{id}/restriction" }
rectify = { method = "PATCH", path = "/consents/{id}" }
[source.collection.suppress]
path = "/preferences/{customer_no}"
body = { marketing = false }
shows = { marketing = false }
"""


class Consents:
    """A service with state: rows by customer and number."""

    def __init__(self) -> None:
        self.rows = {("C1", number): True for number in (1, 2, 3)} | {("C2", 1): True}
        self.done: list[tuple[str, str]] = []

    def __call__(self, asked: Asked) -> Reply:
        answers: dict[str, Callable[[Asked, list[str]], Reply]] = {"GET": self.get, "DELETE": self.delete}
        if asked.method != "GET" and "dry" not in asked.params:
            self.done.append((asked.method, asked.path))
        return answers.get(asked.method, self.put)(asked, asked.path.strip("/").split("/"))

    def get(self, asked: Asked, _: list[str]) -> Reply:
        person = asked.params["customer"]
        found = [
            {"customer_no": one, "id": id_, "marketing": on}
            for (one, id_), on in self.rows.items()
            if one == person
        ]
        return Reply(found, 200 if found else 404)

    def delete(self, asked: Asked, parts: list[str]) -> Reply:
        if "dry" not in asked.params and len(parts) == 3 and parts[2] != "restriction":
            self.rows.pop((parts[1], int(parts[2])), None)
        return Reply(None, 204)

    def put(self, asked: Asked, parts: list[str]) -> Reply:
        if parts[0] == "preferences":
            known = [key for key in self.rows if key[0] == parts[1]]
            self.rows |= dict.fromkeys(known, asked.json["marketing"])
            return Reply({}, 200 if known else 404)
        return Reply({})


@pytest.fixture
def consents(api: Api) -> Consents:
    api.answer = Consents()
    return api.answer


@pytest.fixture
def source(connecting, api, consents):
    return connecting(f'kind = "http"\nbase_url = "{api.url}"\n', COLLECTION)


def test_erasing_deletes_row_by_row_and_asks_again(source, consents):
    keys = [("C1", 1), ("C1", 2), ("C1", 99), ("C9", 1)]
    assert source.erase("c", keys, dry_run=True) == 2
    assert consents.done == []
    assert source.erase("c", keys, dry_run=False) == 2
    assert sorted(consents.rows) == [("C1", 3), ("C2", 1)]
    assert source.remaining("c", [*keys, ("C1", 3)]) == 1
    assert source.erase("c", keys, dry_run=False) == 0


def test_an_objection_is_put_and_read_back(source, consents):
    person = [Identifier("customer_no", "C1"), Identifier("email", "a@x"), Identifier("customer_no", "C9")]
    assert source.unsuppressed("c", person, "marketing") == 3
    assert source.suppress("c", person, "marketing") == 1
    assert source.unsuppressed("c", person, "marketing") == 0
    assert consents.rows["C2", 1] is True
    consents.rows["C1", 2] = True
    assert source.unsuppressed("c", person, "marketing") == 1


def test_restricting_lifting_and_correcting(source, consents, api):
    assert source.restrict("c", [("C1", 1), ("C1", 2)], restricted=True) == 2
    assert source.restrict("c", [("C1", 1)], restricted=False) == 1
    assert consents.done == [
        ("PUT", "/consents/1/restriction"),
        ("PUT", "/consents/2/restriction"),
        ("DELETE", "/consents/1/restriction"),
    ]
    assert source.rectify("c", ("C1", 1), {"name": "Åsa"}) == 1
    assert api.asked[-1].json == {"name": "Åsa"}


def test_what_is_not_configured_is_not_done(connecting, api):
    source = connecting(f'kind = "http"\nbase_url = "{api.url}"\n', 'path = "/x"\nkey_columns = ["id"]\n')
    for change in (
        lambda: source.erase("c", [(1,)], dry_run=False),
        lambda: source.remaining("c", [(1,)]),
        lambda: source.restrict("c", [(1,)], restricted=True),
        lambda: source.rectify("c", (1,), {"name": "x"}),
        lambda: source.suppress("c", [Identifier("customer_no", "C1")], "marketing"),
    ):
        with pytest.raises(SourceMisconfigured):
            change()
    assert api.asked == []
