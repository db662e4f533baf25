"""Erasing, suppressing and correcting through a JSON API that keeps its rows."""

from collections.abc import Callable

import pytest

from connectors.contract.base import Identifier, SourceGarbage, SourceMisconfigured
from connectors.description.tomlfile import ConfigError
from tests.systems.api_server import Api, Asked, Reply

COLLECTION = """
path = "/consents"
params = { customer = "{customer_no}" }
find = { customer_no = "customer_no" }
key_columns = ["customer_no", "id"]
on_erase = "delete"
item = { path = "/consents", params = { customer = "{customer_no}" } }
erase = { method = "DELETE", path = "/consents/{customer_no}/{id}", dry_run = { dry = "1" } }
restrict = { method = "PUT", path = "/consents/{customer_no}/{id}/hold", shows = { held = true } }
lift = { method = "DELETE", path = "/consents/{customer_no}/{id}/hold", shows = { held = false } }
rectify = { method = "PATCH", path = "/consents/{customer_no}/{id}" }
[source.collection.suppress]
path = "/preferences/{customer_no}"
body = { marketing = false }
shows = { marketing = false }
"""


class Consents:
    """A service with state: rows by customer and number."""

    def __init__(self) -> None:
        self.rows = {("C1", number): True for number in (1, 2, 3)} | {("C2", 1): True}
        self.owner = {key: key[0] for key in self.rows}
        self.more: dict[tuple[str, int], dict[str, object]] = {key: {"held": False} for key in self.rows}
        self.deaf = False
        self.done: list[tuple[str, str]] = []

    def __call__(self, asked: Asked) -> Reply:
        answers: dict[str, Callable[[Asked, list[str]], Reply]] = {"GET": self.get, "DELETE": self.delete}
        if asked.method != "GET" and "dry" not in asked.params:
            self.done.append((asked.method, asked.path))
        return answers.get(asked.method, self.put)(asked, asked.path.strip("/").split("/"))

    def get(self, asked: Asked, _: list[str]) -> Reply:
        person = asked.params["customer"]
        found = [
            {
                "customer_no": one,
                "id": id_,
                "marketing": on,
                "owner": self.owner[one, id_],
                **self.more[one, id_],
            }
            for (one, id_), on in self.rows.items()
            if one == person
        ]
        return Reply(found, 200 if found else 404)

    def delete(self, asked: Asked, parts: list[str]) -> Reply:
        if len(parts) == 4:
            return self.change(parts, {"held": False})
        if "dry" not in asked.params:
            self.rows.pop((parts[1], int(parts[2])), None)
        return Reply(None, 204)

    def put(self, asked: Asked, parts: list[str]) -> Reply:
        if parts[0] == "preferences":
            known = [key for key in self.rows if key[0] == parts[1]]
            self.rows |= dict.fromkeys(known, asked.json["marketing"])
            return Reply({}, 200 if known else 404)
        return self.change(parts, {"held": True} if len(parts) == 4 else asked.json)

    def change(self, parts: list[str], values: dict[str, object]) -> Reply:
        if not self.deaf:
            self.more[parts[1], int(parts[2])] |= values
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
    assert source.restrict("c", [("C1", 1), ("C1", 2), ("C1", 99)], restricted=True) == 2
    assert source.restrict("c", [("C1", 1)], restricted=False) == 1
    assert consents.done == [
        ("PUT", "/consents/C1/1/hold"),
        ("PUT", "/consents/C1/2/hold"),
        ("DELETE", "/consents/C1/1/hold"),
    ]
    assert source.rectify("c", ("C1", 1), {"name": "Åsa"}) == 1
    assert [asked.json for asked in api.asked if asked.method == "PATCH"] == [{"name": "Åsa"}]
    assert source.rectify("c", ("C1", 99), {"name": "Åsa"}) == 0


@pytest.fixture
def owned(connecting, api, consents):
    """The same API, where a row says whose it is beside its key."""
    collection = COLLECTION.replace(
        'find = { customer_no = "customer_no" }', 'find = { customer_no = "owner" }'
    )
    return connecting(f'kind = "http"\nbase_url = "{api.url}"\n', collection)


C1 = [Identifier("customer_no", "C1")]


def test_a_row_that_is_somebody_elses_by_now_is_not_restricted_lifted_or_corrected(owned, consents):
    consents.owner["C1", 2] = "C7"
    assert owned.restrict("c", [("C1", 1), ("C1", 2)], restricted=True, whose=C1) == 1
    assert owned.rectify("c", ("C1", 2), {"name": "Åsa"}, whose=C1) == 0
    consents.more["C1", 2]["held"] = True
    assert owned.restrict("c", [("C1", 1), ("C1", 2)], restricted=False, whose=C1) == 1
    assert [path for _method, path in consents.done] == ["/consents/C1/1/hold"] * 2
    assert consents.more["C1", 2] == {"held": True}


def test_a_request_that_would_restrict_a_row_of_somebody_elses_as_well_is_not_sent(connecting, api, consents):
    collection = COLLECTION.replace('"customer_no" }', '"owner" }').replace(
        "/{customer_no}/{id}/hold", "/{customer_no}"
    )
    source = connecting(f'kind = "http"\nbase_url = "{api.url}"\n', collection)
    consents.owner["C1", 2] = "C7"
    with pytest.raises(SourceGarbage, match="not-kept: 1 rows"):
        source.restrict("c", [("C1", 1), ("C1", 2)], restricted=True, whose=C1)
    assert consents.done == []


def test_an_api_that_says_done_and_does_nothing_is_not_believed(source, consents):
    consents.deaf = True
    with pytest.raises(SourceGarbage, match="not-kept: 2 rows"):
        source.restrict("c", [("C1", 1), ("C1", 2)], restricted=True, whose=C1)
    with pytest.raises(SourceGarbage, match="not-kept: 1 rows"):
        source.rectify("c", ("C1", 1), {"name": "Åsa"}, whose=C1)


def test_what_was_corrected_may_be_what_found_the_row(owned, consents):
    """A worker that was killed before it could write that down does it again."""
    consents.more["C1", 1]["owner"] = "C1"
    assert [owned.rectify("c", ("C1", 1), {"owner": "C5"}, whose=C1) for _ in range(2)] == [1, 1]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ('restrict = { method = "PUT", path = "/{id}", shows = { held = true } }\n', "needs `item`"),
        ('rectify = { method = "PUT", path = "/{id}" }\n', "needs `item`"),
        ('item = { path = "/{id}" }\nrestrict = { method = "PUT", path = "/{id}" }\n', "needs `shows`"),
        ('item = { path = "/{id}" }\nlift = { method = "PUT", path = "/{id}" }\n', "needs `shows`"),
    ],
)
def test_what_could_not_be_asked_after_is_not_taken(connecting, api, wanted, reason):
    with pytest.raises(ConfigError, match=reason):
        connecting(f'kind = "http"\nbase_url = "{api.url}"\n', 'path = "/x"\nkey_columns = ["id"]\n' + wanted)


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
