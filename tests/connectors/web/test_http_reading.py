"""Rows of a JSON API, read from a real server on loopback."""

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime

import orjson
import pytest
import stamina

from connectors.contract.base import Identifier, SourceDown, SourceGarbage, SourceMisconfigured, SourceRefused
from tests.systems.api_server import Api, Asked, Reply

CONSENTS = 'path = "/customers/{customer_no}/consents"\nfind = { customer_no = "customer_no" }\nkey_columns = ["id"]\n'
PERSON = [Identifier("customer_no", "C1")]


@pytest.fixture(autouse=True)
def _impatient():
    """The same number of tries, without the wait between them."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
def source(connecting, api: Api):
    def make(collection=CONSENTS, extra="", **environ):
        head = f'kind = "http"\nbase_url = "{api.url}"\ntime_zone = "Europe/Stockholm"\n{extra}\n'
        return connecting(head, collection, **environ)

    return make


def rows(source, identifiers=None, limit=1000):
    return [orjson.loads(line) for line in source.read("c", identifiers or PERSON, None, limit).lines]


def paged(source, everything, limit=1000):
    return [orjson.loads(line)["id"] for line in everything(source, PERSON, limit)]


def test_numbers_arrive_as_they_were_written(api, source):
    api.answer = lambda _: Reply(
        b'[{"id": 12345678901234567890123, "rate": 1.10, "name": "\\u00e5 \xf0\x9f\x92\xa5"}]'
    )
    [line] = source().read("c", PERSON, None, 10).lines
    assert line == '{"id":12345678901234567890123,"rate":1.10,"name":"å 💥"}'.encode()


def test_rows_lie_where_the_configuration_says(api, source):
    api.answer = lambda _: Reply({"data": {"items": [{"id": 1}, {"id": 2}]}})
    assert rows(source(CONSENTS + 'rows = "data.items"\n')) == [{"id": 1}, {"id": 2}]
    with pytest.raises(SourceGarbage, match="no-rows"):
        rows(source(CONSENTS + 'rows = "data.list"\n'))


def test_an_identifier_cannot_leave_its_place_in_the_address(api, source):
    for value in ("../../admin", "a?b=c", "a#b", "..", "å/ö", "%2e%2e"):
        rows(source(), [Identifier("customer_no", value)])
        assert api.asked[-1].path.startswith("/customers/")
        assert api.asked[-1].path.endswith("/consents")
        assert len(api.asked[-1].path.split("/")) == 4
        assert api.asked[-1].params == {}


def test_parameters_and_bodies_carry_identifiers_as_well(api, source):
    collection = (
        'path = "/search"\nmethod = "POST"\nfind = { msisdn = { column = "number", written = "digits" } }\n'
        'body = { filter = { number = "{msisdn}" }, since = "{from}" }\nat = "at"\n'
    )
    since = Identifier("msisdn", "+461", datetime(2026, 1, 1, tzinfo=UTC))
    api.answer = lambda _: Reply(
        [{"number": "461", "at": "2026-01-01T01:00:00"}, {"number": 461, "at": "2025-12-31"}]
    )
    assert len(rows(source(collection), [since])) == 1
    assert api.asked[-1].json == {"filter": {"number": "461"}, "since": "2026-01-01T00:00:00+00:00"}


def test_an_identifier_the_request_has_no_place_for_asks_nothing(api, source):
    assert rows(source(), [Identifier("email", "a@x")]) == []
    assert api.asked == []


def pages(answers):
    """An API that answers one page after the other, as its `param` says."""

    def answer(asked: Asked) -> Reply:
        return answers(asked, asked.params)

    return answer


def items(start, stop):
    return [{"id": number} for number in range(start, min(stop, 25))]


def test_numbered_pages(api, source, everything):
    api.answer = lambda asked: Reply(
        items((int(asked.params["page"]) - 1) * 10, int(asked.params["page"]) * 10)
    )
    paging = 'paging = { kind = "page", param = "page", size_param = "size", size = 10 }\n'
    assert paged(source(CONSENTS + paging), everything) == list(range(25))
    assert len(api.asked) == 4
    assert api.asked[0].params == {"page": "1", "size": "10"}


def test_offsets(api, source, everything):
    api.answer = lambda asked: Reply(items(int(asked.params["skip"]), int(asked.params["skip"]) + 7))
    assert paged(source(CONSENTS + 'paging = { kind = "offset", param = "skip" }\n'), everything) == list(
        range(25)
    )


def test_cursors(api, source, everything):
    def answer(asked):
        start = int(asked.params.get("after", 0))
        return Reply({"rows": items(start, start + 10), "meta": {"next": start + 10 if start < 20 else None}})

    api.answer = answer
    paging = 'rows = "rows"\npaging = { kind = "cursor", param = "after", next = "meta.next" }\n'
    assert paged(source(CONSENTS + paging), everything) == list(range(25))


def test_link_headers(api, source, everything):
    def answer(asked):
        start = int(asked.params.get("p", 0))
        link = {"Link": f'<{asked.path}?p={start + 10}>; rel="next", </x>; rel="first"'} if start < 20 else {}
        return Reply(items(start, start + 10), headers=link)

    api.answer = answer
    assert paged(source(CONSENTS + 'paging = { kind = "link" }\n'), everything) == list(range(25))


@pytest.mark.parametrize("limit", [1, 3, 10, 11, 24, 25])
def test_a_page_of_ours_may_end_inside_a_page_of_theirs(api, source, everything, limit):
    api.answer = lambda asked: Reply(
        items(int(asked.params["page"]) * 10 - 10, int(asked.params["page"]) * 10)
    )
    paging = CONSENTS + 'paging = { kind = "page", param = "page" }\n'
    assert paged(source(paging), everything, limit) == list(range(25))


def test_a_row_found_by_two_identifiers_or_on_two_pages_comes_once(api, source):
    def answer(asked):
        start = int(asked.params["skip"])
        return Reply(items(max(start - 2, 0), start + 8))

    api.answer = answer
    source_ = source(CONSENTS + 'paging = { kind = "offset", param = "skip" }\n')
    found = [
        row["id"] for row in rows(source_, [Identifier("customer_no", "C1"), Identifier("customer_no", "C2")])
    ]
    assert found == list(range(25))


def test_an_api_that_gives_the_same_page_for_ever_is_stopped(api, source):
    api.answer = lambda _: Reply([{"id": 1}])
    with pytest.raises(SourceGarbage, match="page-repeated"):
        rows(source(CONSENTS + 'paging = { kind = "page", param = "page" }\n'))
    api.answer = lambda _: Reply({"rows": [{"id": 1}], "next": "x"})
    with pytest.raises(SourceGarbage, match="page-repeated"):
        rows(
            source(CONSENTS + 'rows = "rows"\npaging = { kind = "cursor", param = "after", next = "next" }\n')
        )


def test_rows_of_somebody_else_are_refused_and_not_handed_on(api, source):
    api.answer = lambda _: Reply([{"id": 1, "customer_no": "C1"}, {"id": 2, "customer_no": "C2"}])
    with pytest.raises(SourceGarbage, match="foreign-row"):
        rows(source())


@pytest.mark.parametrize(("status", "setting"), [(404, ""), (204, ""), (410, "nothing_held = [404, 410]\n")])
def test_nothing_held(api, source, status, setting):
    api.answer = lambda _: Reply({"error": "unknown"} if status != 204 else None, status)
    assert rows(source(CONSENTS + setting)) == []


def test_a_reasoned_refusal_is_the_sources_own_words_and_not_in_the_message(api, source):
    body = {"errors": [{"code": 7, "message": "Anna Ek is under investigation"}, "Second reason"]}
    api.answer = lambda _: Reply(body, 403)
    with pytest.raises(SourceRefused) as caught:
        rows(source())
    assert caught.value.reasons == ("Anna Ek is under investigation", "Second reason")
    assert "Anna" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(None, 403), SourceMisconfigured), (Reply({}, 403), SourceMisconfigured),
        (Reply({"errors": ["x"]}, 401), SourceMisconfigured), (Reply({"errors": ["x"]}, 400), SourceMisconfigured),
        (Reply([1, 2]), SourceGarbage), (Reply(b"<html>"), SourceGarbage), (Reply(b""), SourceGarbage),
        (Reply(b'[{"a": NaN}]'), SourceGarbage), (Reply(b"[" * 100_000), SourceGarbage),
        (Reply([{"id": "x" * 2000}]), SourceGarbage), (Reply("text"), SourceGarbage),
        (Reply(None, 500), SourceDown), (Reply(None, 503), SourceDown), (Reply(None, 429), SourceDown),
        (Reply([{"id": 1}], cut=True), SourceDown), (Reply(b'{"a": "\xff"}'), SourceGarbage),
    ],
)  # fmt: skip
def test_every_other_answer_is_a_fault_of_its_kind(api, source, reply, error):
    api.answer = lambda _: reply
    with pytest.raises(error) as caught:
        rows(
            source(
                extra="max_bytes = 1500"
                if reply.status == 200 and reply.body and "xxx" in str(reply.body)
                else ""
            )
        )
    assert type(caught.value) is error


def test_a_passing_fault_is_tried_again(api, source):
    answers = iter([Reply(None, 503), Reply([{"id": 1}], cut=True), Reply([{"id": 1}])])
    api.answer = lambda _: next(answers)
    assert rows(source()) == [{"id": 1}]
    assert len(api.asked) == 3


def test_what_the_source_asks_us_to_wait_is_handed_on(api, source):
    api.answer = lambda _: Reply(None, 429, {"Retry-After": "120"})
    with pytest.raises(SourceDown) as caught:
        rows(source())
    assert caught.value.retry_after == 120
    assert len(api.asked) == 1


def test_a_source_that_hangs_is_given_up(api, source):
    stuck = threading.Event()
    api.answer = lambda _: Reply([stuck.wait(30)])
    with pytest.raises(SourceDown, match="timeout"):
        rows(source(extra="timeout = 0.2\nattempts = 1"))
    stuck.set()


def test_a_source_that_is_not_there(connecting):
    source = connecting('kind = "http"\nbase_url = "http://127.0.0.1:1"\nattempts = 2\n', CONSENTS)
    with pytest.raises(SourceDown, match="unreachable"):
        source.check()


def test_redirects_stay_on_the_host(api, source):
    with Api() as elsewhere:
        api.answer = lambda _: Reply(None, 302, {"Location": f"{elsewhere.url}/customers/C1/consents"})
        with pytest.raises(SourceGarbage, match="foreign-host"):
            rows(source(extra='auth = { kind = "bearer", token = "env:T" }', T="secret"))
        assert elsewhere.asked == []
        other = f'hosts = ["127.0.0.1:{elsewhere.port}"]'
        assert rows(source(extra=other)) == []
        assert len(elsewhere.asked) == 1


def test_a_next_link_to_another_host_is_not_followed(api, source):
    with Api() as elsewhere:
        api.answer = lambda _: Reply([{"id": 1}], headers={"Link": f'<{elsewhere.url}/x>; rel="next"'})
        with pytest.raises(SourceGarbage, match="foreign-host"):
            rows(source(CONSENTS + 'paging = { kind = "link" }\n'))
        assert elsewhere.asked == []


def test_a_cursor_belongs_to_its_identifiers(api, source):
    api.answer = lambda _: Reply(items(0, 10))
    page = source().read("c", PERSON, None, 3)
    with pytest.raises(SourceGarbage, match="identifiers-changed"):
        source().read("c", [*PERSON, Identifier("customer_no", "C0")], page.cursor, 3)


def test_only_the_listed_columns_are_kept(api, source):
    api.answer = lambda _: Reply([{"id": 1, "secret": "x", "b": 2}])
    assert rows(source(CONSENTS + 'columns = ["b", "id", "c"]\n')) == [{"b": 2, "id": 1, "c": None}]


def test_signing_in(api, source):
    rows(
        source(
            extra='auth = { kind = "bearer", token = "env:T" }\nheaders = { "X-System" = "dsar" }', T="secret"
        )
    )
    assert api.asked[-1].headers["authorization"] == "Bearer secret"
    assert api.asked[-1].headers["x-system"] == "dsar"
    rows(source(extra='auth = { kind = "header", header = "X-Key", token = "env:T" }', T="secret"))
    assert api.asked[-1].headers["x-key"] == "secret"
    rows(source(extra='auth = { kind = "basic", username = "env:U", password = "env:P" }', U="u", P="p"))
    assert api.asked[-1].headers["authorization"] == "Basic dTpw"
    with pytest.raises(SourceMisconfigured, match="T is not set"):
        rows(source(extra='auth = { kind = "bearer", token = "env:T" }'))


def test_a_token_is_fetched_once_and_renewed_when_it_is_refused(api, source):
    tokens = iter(["first", "second", "third"])
    valid = ["first"]

    def answer(asked: Asked) -> Reply:
        if asked.path == "/token":
            return Reply({"access_token": next(tokens), "expires_in": 3600})
        fits = asked.headers["authorization"] == f"Bearer {valid[0]}"
        return Reply([] if fits else {}, 200 if fits else 401)

    api.answer = answer
    auth = (
        f'[source.auth]\nkind = "oauth2"\ntoken_url = "{api.url}/token"\nclient_id = "env:I"\n'
        'client_secret = "env:S"\nscope = "read"\n'
    )
    connector = source(extra=auth, I="id", S="s")
    rows(connector)
    rows(connector)
    assert [asked.path for asked in api.asked].count("/token") == 1
    assert api.asked[0].body == b"grant_type=client_credentials&scope=read"
    valid[0] = "second"
    rows(connector)
    assert [asked.path for asked in api.asked].count("/token") == 2
    valid[0] = "never"
    with pytest.raises(SourceMisconfigured, match="denied"):
        rows(connector)


def test_a_token_for_one_person(api, source):
    def answer(asked: Asked) -> Reply:
        return Reply({"access_token": "of-" + asked.body.decode()[-2:]} if asked.path == "/token" else [])

    api.answer = answer
    auth = (
        f'[source.auth]\nkind = "exchange"\ntoken_url = "{api.url}/token"\nclient_id = "env:I"\n'
        'client_secret = "env:S"\nexchange = { grant_type = "urn:x", requested_subject = "{customer_no}" }\n'
    )
    rows(
        source(extra=auth, I="id", S="s"), [Identifier("customer_no", "C1"), Identifier("customer_no", "C2")]
    )
    assert [asked.headers["authorization"] for asked in api.asked if asked.path != "/token"] == [
        "Bearer of-C1",
        "Bearer of-C2",
    ]


def test_no_address_is_logged(api, source, caplog):
    with caplog.at_level("DEBUG"):
        api.answer = lambda _: Reply(None, 503)
        with pytest.raises(SourceDown):
            rows(source(), [Identifier("customer_no", "SECRET-7")])
    assert "SECRET-7" not in caplog.text + json.dumps(
        [record.__dict__ for record in caplog.records], default=repr
    )


def test_the_http_library_logs_no_address_whoever_sets_up_logging():
    lines = (
        "import logging; logging.basicConfig(level=logging.DEBUG)",
        "import connectors.web.calling.client",
        "assert not logging.getLogger('httpx').isEnabledFor(logging.INFO)",
        "assert not logging.getLogger('httpcore.http11').isEnabledFor(logging.INFO)",
    )
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, timeout=60)


def test_a_health_address_is_asked_when_there_is_one(api, source):
    api.answer = lambda asked: Reply(None, 200 if asked.path == "/health" else 404)
    source(extra='health = "/health"').check()
    source().check()
    with pytest.raises(SourceMisconfigured):
        source(extra='health = "/other"').check()
