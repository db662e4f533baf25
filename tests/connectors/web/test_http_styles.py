"""APIs as operators have them, each described in TOML alone and asked over a real connection."""

import gzip
import json
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import orjson
import pytest
import stamina

from connectors.contract.base import Identifier, SourceDown, SourceGarbage, SourceMisconfigured, SourceRefused
from connectors.description.tomlfile import ConfigError
from connectors.rows.graph import identifiers_of, key_of, parsed
from tests.systems.api_server import Api, Asked, Reply

PERSON = [Identifier("customer_no", "C1")]
SIMPLE = 'path = "/customers/{customer_no}"\nfind = { customer_no = "customer_no" }\nkey_columns = ["id"]\n'
PAGED = SIMPLE + 'rows = "data"\n'


@pytest.fixture(autouse=True)
def _impatient():
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture
def source(connecting, api: Api):
    def make(collection: str, head: str = "", **environ: str) -> Any:
        return connecting(
            f'kind = "http"\nbase_url = "{api.url}/v1"\ntime_zone = "Europe/Stockholm"\n{head}\n',
            collection,
            **environ,
        )

    return make


def read(source: Any, identifiers: list[Identifier] | None = None, limit: int = 1000) -> list[dict[str, Any]]:
    """Every row, page by page as the tasks do."""
    found, cursor = [], None
    while True:
        page = source.read("c", identifiers or PERSON, cursor, limit)
        found += map(parsed, page.lines)
        if (cursor := page.cursor) is None:
            return found


def numbered(count: int, size: int) -> Callable[[Asked], list[dict[str, int]]]:
    """Pages of a list of `count` rows, `size` to a page, whatever was asked for."""
    everything = [{"id": number} for number in range(count)]
    return lambda asked: everything[(int(asked.params["page"]) - 1) * size :][:size]


# Pages


def test_a_server_that_gives_shorter_pages_than_asked_for_loses_nothing(api, source):
    page = numbered(250, 100)
    api.answer = lambda asked: Reply({"data": page(asked)})
    paging = 'paging = { kind = "page", param = "page", size_param = "size", size = 500 }\n'
    assert len(read(source(PAGED + paging))) == 250


def test_a_part_that_is_empty_is_not_the_end_where_a_cursor_goes_on(api, source):
    parts = {"": ([1], "a"), "a": ([], "b"), "b": ([2], None)}

    def answer(asked: Asked) -> Reply:
        ids, following = parts[asked.params.get("after", "")]
        return Reply({"data": [{"id": one} for one in ids], "next": following})

    api.answer = answer
    assert [
        row["id"]
        for row in read(source(PAGED + 'paging = { kind = "cursor", param = "after", next = "next" }\n'))
    ] == [
        1,
        2,
    ]


@pytest.mark.parametrize(
    "paging", ['kind = "cursor", param = "after", next = "meta.nxt"', 'kind = "link", next = "nxt"']
)
def test_a_path_that_leads_nowhere_does_not_pass_for_the_end(api, source, paging):
    api.answer = lambda _: Reply({"data": [{"id": 1}], "meta": {"next": "2"}, "next": f"{api.url}/2"})
    with pytest.raises(SourceGarbage, match="no-paging: nothing at"):
        read(source(f"{PAGED}paging = {{ {paging} }}\n"))
    api.answer = lambda _: Reply({"data": []})
    assert read(source(f"{PAGED}paging = {{ {paging} }}\n")) == []


def test_the_next_address_can_stand_in_the_body(api, source):
    def answer(asked: Asked) -> Reply:
        start = int(asked.params.get("$skip", 0))
        more = {"@odata.nextLink": f"{api.url}/v1/customers/C1?$skip={start + 2}"} if start < 4 else {}
        return Reply({"data": [{"id": start}, {"id": start + 1}], **more})

    api.answer = answer
    paging = 'paging = { kind = "link", next = "@odata.nextLink", absent_at_end = true }\n'
    assert [row["id"] for row in read(source(PAGED + paging))] == list(range(6))


def test_a_next_address_in_the_body_stays_on_the_host(api, source):
    with Api() as elsewhere:
        api.answer = lambda _: Reply({"data": [{"id": 1}], "next": f"{elsewhere.url}/v1/customers/C1"})
        with pytest.raises(SourceGarbage, match="foreign-host"):
            read(source(PAGED + 'paging = { kind = "link", next = "next" }\n'))
        assert elsewhere.asked == []


def test_pages_asked_for_in_the_body(api, source):
    def answer(asked: Asked) -> Reply:
        start = asked.json.get("search_after") or 0
        assert asked.json["customer"] == "C1"
        assert asked.json["limit"] == 2
        return Reply({"data": [{"id": start}, {"id": start + 1}], "last": start + 2 if start < 4 else None})

    api.answer = answer
    collection = (
        'path = "/search"\nmethod = "POST"\nbody = { customer = "{customer_no}" }\nrows = "data"\n'
        'find = { customer_no = "customer_no" }\nkey_columns = ["id"]\n'
        'paging = { kind = "cursor", param = "search_after", next = "last", in_body = true,'
        ' size_param = "limit", size = 2 }\n'
    )
    assert [row["id"] for row in read(source(collection))] == list(range(6))


@pytest.mark.parametrize(
    ("paging", "tell"),
    [
        ('more = "meta.more"', lambda page: {"more": page < 3}),
        ('pages = "meta.pages"', lambda _: {"pages": 3}),
    ],
)
def test_an_answer_can_tell_which_page_is_the_last(api, source, paging, tell):
    page = numbered(25, 10)

    def answer(asked: Asked) -> Reply:
        number = int(asked.params["page"])
        return Reply({"data": page(asked), "meta": tell(number)}) if number <= 3 else Reply({}, 400)

    api.answer = answer
    found = read(source(PAGED + f'paging = {{ kind = "page", param = "page", {paging} }}\n'))
    assert [row["id"] for row in found] == list(range(25))
    api.answer = lambda asked: Reply({"data": page(asked)})
    with pytest.raises(SourceGarbage, match="no-paging"):
        read(source(PAGED + f'paging = {{ kind = "page", param = "page", {paging} }}\n'))


def test_offsets_and_pages_count_the_outer_list(api, source):
    bills = [
        {"no": bill, "lines": [{"id": f"{bill}-{line}"} for line in range(bill % 3)]} for bill in range(9)
    ]
    api.answer = lambda asked: Reply({"bills": bills[int(asked.params["skip"]) :][:2], "total": 9})
    collection = (
        SIMPLE + 'rows = "bills.lines"\npaging = { kind = "offset", param = "skip", total = "total" }\n'
    )
    assert [row["id"] for row in read(source(collection), limit=2)] == [
        line["id"] for bill in bills for line in bill["lines"]
    ]


def test_pages_that_go_round_in_a_circle_are_noticed(api, source):
    following = {"": "a", "a": "b", "b": "c", "c": "a"}
    api.answer = lambda asked: Reply(
        {"data": [{"id": len(api.asked)}], "next": following[asked.params.get("after", "")]}
    )
    with pytest.raises(SourceGarbage, match="page-repeated"):
        read(source(PAGED + 'paging = { kind = "cursor", param = "after", next = "next" }\n'))
    assert len(api.asked) < 20


def test_the_same_rows_for_ever_are_noticed_though_the_answer_has_a_clock(api, source):
    api.answer = lambda _: Reply({"data": [{"id": 1}], "served_at": len(api.asked)})
    with pytest.raises(SourceGarbage, match="page-repeated"):
        read(source(PAGED + 'paging = { kind = "page", param = "page" }\n'))


def test_a_row_that_two_identifiers_lead_to_comes_once_however_many_there_are(api, source):
    page = numbered(6000, 1000)
    api.answer = lambda asked: Reply({"data": page(asked)})
    paging = 'paging = { kind = "page", param = "page" }\n'
    both = [*PERSON, Identifier("customer_no", "C2")]
    assert len(read(source(PAGED + paging), both)) == 6000


# Nothing held, refusals, faults


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply({"found": False}), "nothing_says = { found = false }"),
        (Reply({"result": {"status": "UNKNOWN"}}), 'nothing_says = { "result.status" = "UNKNOWN" }'),
        (Reply({"data": []}), ""),
        (Reply({"data": None}), ""),
        (Reply(None, 204), ""),
        (Reply({"fault": "no such customer"}, 404), ""),
    ],
)
def test_what_counts_as_nothing_held(api, source, reply, says):
    api.answer = lambda _: reply
    assert read(source(f"{PAGED}{says}\n")) == []


def test_a_word_that_is_not_the_agreed_one_is_no_answer(api, source):
    for body in ({"found": 0}, {"found": None}, {}):
        api.answer = lambda _, body=body: Reply(body)
        with pytest.raises(SourceGarbage, match="no-rows"):
            read(source(f"{PAGED}nothing_says = {{ found = false }}\n"))


def test_a_web_page_in_place_of_an_answer_is_no_answer(api, source):
    """A path that is wrong answers everybody with 404: that must not read as nothing held."""
    api.answer = lambda _: Reply(b"<html>Not Found</html>", 404, {"Content-Type": "text/html"})
    with pytest.raises(SourceGarbage, match="web page"):
        read(source(SIMPLE))


@pytest.mark.parametrize(
    ("status", "body", "head", "reasons"),
    [
        (403, {"errors": [{"code": "L1", "detail": "Kept for a trial"}]}, "", ("Kept for a trial",)),
        (403, [{"message": "A"}, {"message": {"detail": "B"}}], "", ("A", "B")),
        (451, {"why": {"texts": ["By law"]}}, 'refusal = 451\nreasons = "why.texts"', ("By law",)),
        (403, {"title": "Hold", "detail": "Under audit"}, 'reasons = "detail"', ("Under audit",)),
    ],
)
def test_a_refusal_with_a_list_of_reasons(api, source, status, body, head, reasons):
    api.answer = lambda _: Reply(body, status)
    with pytest.raises(SourceRefused) as caught:
        read(source(SIMPLE, head))
    assert caught.value.reasons == reasons


@pytest.mark.parametrize(
    "body",
    [None, {}, {"errors": []}, {"error": "insufficient_scope"}, {"error": {"code": 403, "message": "Forbidden"}},
     {"message": "Missing Authentication Token"}, b"<html>", {"errors": [{}, ""]}],
)  # fmt: skip
def test_a_gateways_403_is_a_fault_and_no_refusal_by_law(api, source, body):
    api.answer = lambda _: Reply(body, 403)
    with pytest.raises(SourceMisconfigured, match="denied"):
        read(source(SIMPLE))


def test_retry_after_as_seconds_and_as_a_date(api, source):
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=300), usegmt=True)
    for status, written, least in (
        (429, "120", 120),
        (503, soon, 200),
        (503, "\xb2", None),
        (429, "soon", None),
    ):
        api.answer = lambda _, status=status, written=written: Reply(None, status, {"Retry-After": written})
        with pytest.raises(SourceDown) as caught:
            read(source(SIMPLE))
        waits = caught.value.retry_after
        assert waits is None if least is None else least <= waits <= 300


# Bodies


def test_numbers_longer_than_a_machine_word_stay_what_they_are(api, source):
    iccid = 89460000000000000001
    api.answer = lambda _: Reply(
        b'{"id": 89460000000000000001, "fee": 1.10, "rate": 0.1000000000000000000001}'
    )
    connector = source(SIMPLE + 'yields = [{ kind = "iccid", column = "id" }]\n')
    [line] = connector.read("c", PERSON, None, 10).lines
    assert line == b'{"id":89460000000000000001,"fee":1.10,"rate":0.1000000000000000000001}'
    collection = connector.source.collection[0]
    assert key_of(collection, parsed(line)) == (iccid,)
    assert [one.value for one in identifiers_of(collection, parsed(line), None)] == [str(iccid)]


def test_an_object_with_a_name_twice_is_refused(api, source):
    api.answer = lambda _: Reply(b'{"id": 1, "id": 2}')
    with pytest.raises(SourceGarbage, match="key-twice"):
        read(source(SIMPLE))


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('\ufeff[{"id":1,"name":"Åsa"}]'.encode(), "application/json"),
        ('[{"id":1,"name":"Åsa"}]'.encode("latin-1"), "application/json; charset=ISO-8859-1"),
        ('[{"id":1,"name":"Åsa"}]'.encode("utf-16"), "application/json"),
        ('{"id":1,"name":"Åsa"}\n\n'.encode(), "application/x-ndjson"),
    ],
)
def test_byte_order_marks_and_charsets(api, source, body, content_type):
    api.answer = lambda _: Reply(body, 200, {"Content-Type": content_type})
    assert read(source(SIMPLE)) == [{"id": 1, "name": "Åsa"}]


def test_a_cursor_is_found_behind_a_byte_order_mark(api, source):
    def answer(asked: Asked) -> Reply:
        last = "after" in asked.params
        return Reply(b"\xef\xbb\xbf" + orjson.dumps({"data": [{"id": last}], "next": None if last else "x"}))

    api.answer = answer
    assert len(read(source(PAGED + 'paging = { kind = "cursor", param = "after", next = "next" }\n'))) == 2


def test_a_row_a_line(api, source):
    api.answer = lambda _: Reply(b'{"id": 1, "note": "a\\u2028b"}\n{"id": 2}\r\n\n{"id": 3}')
    assert [row["id"] for row in read(source(SIMPLE))] == [1, 2, 3]
    api.answer = lambda _: Reply(b'{"id": 1}\n{"id": 2')
    with pytest.raises(SourceGarbage, match="not-json"):
        read(source(SIMPLE))


def test_half_a_character_stops_nothing(api, source):
    api.answer = lambda _: Reply(b'[{"id": 1, "note": "Hej \\ud83d"}]')
    assert read(source(SIMPLE)) == [{"id": 1, "note": "Hej \ufffd"}]


def test_a_row_without_its_key_is_not_taken_for_another(api, source):
    api.answer = lambda _: Reply([{"nr": 1}, {"nr": 2}])
    with pytest.raises(SourceGarbage, match="no-key: id"):
        read(source(SIMPLE))


def test_a_row_without_the_time_that_is_asked_for_is_not_dropped_in_silence(api, source):
    api.answer = lambda _: Reply([{"id": 1, "created_at": "2026-03-01"}])
    mine = [Identifier("customer_no", "C1", datetime(2026, 1, 1, tzinfo=UTC))]
    with pytest.raises(SourceGarbage, match="no-column: createdAt"):
        read(source(SIMPLE + 'at = "createdAt"\n'), mine)


def test_objects_inside_a_row(api, source):
    sim = {"id": "S1", "validFor": {"start": "2026-01-01", "end": None}, "owner": {"no": "C1"}, "tags": []}
    api.answer = lambda _: Reply([sim])
    until = 'from = "validFor.start", to = "validFor.end"'
    nested = (
        'path = "/sims"\nparams = { owner = "{customer_no}" }\nfind = { customer_no = "owner.no" }\n'
        f'key_columns = ["id"]\nyields = [{{ kind = "sim", column = "id", {until} }}]\n'
    )
    with pytest.raises(ConfigError, match="flatten = true"):
        source(nested)
    connector = source(nested + "flatten = true\n")
    [row] = read(connector)
    assert row == {
        "id": "S1",
        "validFor.start": "2026-01-01",
        "validFor.end": None,
        "owner.no": "C1",
        "tags": [],
    }
    [told] = identifiers_of(connector.source.collection[0], row, connector.source.zone)
    assert told.valid_from == datetime(2025, 12, 31, 23, tzinfo=UTC)
    sim["owner"]["no"] = "C2"
    with pytest.raises(SourceGarbage, match="foreign-row"):
        read(connector)


@pytest.mark.parametrize(
    "packed", [gzip.compress(bytes(200_000_000), 9), gzip.compress(b" " * 3_000_000)], ids=["vast", "big"]
)
def test_a_few_bytes_that_stand_for_gigabytes_are_stopped(api, source, packed):
    api.answer = lambda _: Reply(packed, 200, {"Content-Encoding": "gzip"})
    tracemalloc.start()
    with pytest.raises(SourceGarbage, match="too-big"):
        read(source(SIMPLE, "max_bytes = 2_000_000"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12_000_000


def test_packed_answers(api, source):
    body = json.dumps([{"id": 1}]).encode()
    for packed in (gzip.compress(body), gzip.compress(body[:5]) + gzip.compress(body[5:])):
        api.answer = lambda _, packed=packed: Reply(packed, 200, {"Content-Encoding": "gzip"})
        assert read(source(SIMPLE)) == [{"id": 1}]
    for broken, encoding, error in (
        (gzip.compress(body)[:-9], "gzip", SourceDown),
        (b"not packed", "gzip", SourceDown),
        (body, "br", SourceGarbage),
    ):
        api.answer = lambda _, b=broken, e=encoding: Reply(b, 200, {"Content-Encoding": e})
        with pytest.raises(error):
            read(source(SIMPLE))


# Addresses


@pytest.mark.parametrize(
    "value", ["a/b", "a+b", "..", ".", "%2F", "å ö", "a?b#c", "//evil.test/x", "a\\b", "\u202e"]
)
def test_identifiers_arrive_whole_whatever_they_contain(api, source, value):
    read(source('path = "/c/{customer_no}/x"\nparams = { q = "{customer_no}" }\nfind = { customer_no = "no" }\n'),
         [Identifier("customer_no", value)])  # fmt: skip
    assert api.asked[-1].params == {"q": value}
    assert len(api.asked[-1].path.split("/")) == 5


def test_an_identifier_of_which_nothing_is_left_asks_nothing(api, source):
    """Left out of the request, it would ask for everybody's rows."""
    find = 'find = { msisdn = { column = "number", written = "digits" } }\n'
    calls = f'path = "/calls"\nparams = {{ number = "{{msisdn}}" }}\n{find}'
    assert read(source(calls), [Identifier("msisdn", "unknown")]) == []
    assert api.asked == []


def test_a_composite_identifier_fills_its_parts(api, source):
    find = 'find = { order = ["region", "order_no"] }\nkey_columns = ["line"]\n'
    lines = f'path = "/orders/{{region}}/{{order_no}}/lines"\n{find}'
    api.answer = lambda _: Reply([{"region": "north", "order_no": 7, "line": 1}])
    assert len(read(source(lines), [Identifier("order", '["north",7]')])) == 1
    assert api.asked[-1].path == "/v1/orders/north/7/lines"
    with pytest.raises(SourceGarbage, match="foreign-row"):
        read(source(lines), [Identifier("order", '["north",8]')])


def test_the_same_host_written_in_another_way_is_the_same_host(api, source):
    following = {0: f"http://LOCALHOST:{api.port}/v1/customers/C1?p=1"}
    api.answer = lambda asked: Reply(
        [{"id": len(api.asked)}],
        headers={} if asked.params else {"Link": f'<{following[0]}>; rel="next"'},
    )
    listed = 'paging = { kind = "link" }\n'
    assert (
        len(read(source(SIMPLE + listed, 'hosts = ["localhost"]\nnetworks = ["127.0.0.0/8", "::1/128"]')))
        == 2
    )
    with pytest.raises(SourceGarbage, match="foreign-host"):
        read(source(SIMPLE + listed))


@pytest.mark.parametrize(
    "to", ["http://[", "http://169.254.169.254/latest", "file:///etc/passwd", "//evil.test/", ""]
)
def test_redirects_to_nowhere(api, source, to):
    api.answer = lambda _: Reply(None, 302, {"Location": to})
    with pytest.raises(SourceGarbage):
        read(source(SIMPLE))


# Signing in


def test_a_key_in_the_query_is_sent_and_never_written_down(api, source):
    auth = 'auth = { kind = "query", param = "apikey", token = "env:KEY" }'
    read(source(SIMPLE, auth, KEY="hush"))
    assert api.asked[-1].params == {"apikey": "hush"}
    api.answer = lambda _: Reply(None, 400)
    with pytest.raises(SourceMisconfigured) as caught:
        read(source(SIMPLE, auth, KEY="hush"))
    assert "hush" not in str(caught.value)


OAUTH = """
[source.auth]
kind = "oauth2"
token_url = "{}/token"
client_id = "env:ID"
client_secret = "env:SECRET"
"""


def test_a_token_is_renewed_before_it_ends(api, source, monkeypatch):
    tokens = iter(range(10))
    api.answer = lambda asked: (
        Reply({"access_token": str(next(tokens)), "expires_in": 100}) if asked.path == "/token" else Reply([])
    )
    connector = source(SIMPLE, OAUTH.format(api.url), ID="renewed", SECRET="s")
    now = [1000.0]
    monkeypatch.setattr("connectors.web.calling.login.time.monotonic", lambda: now[0])
    for moment, token in ((0, "0"), (60, "0"), (75, "1")):
        now[0] = 1000.0 + moment
        read(connector)
        assert api.asked[-1].headers["authorization"] == f"Bearer {token}"


def test_tokens_for_different_scopes_are_kept_apart(api, source):
    api.answer = lambda asked: (
        Reply({"access_token": asked.body.decode().rpartition("=")[2]})
        if asked.path == "/token"
        else Reply([])
    )
    for scope in ("billing", "crm"):
        read(source(SIMPLE, OAUTH.format(api.url) + f'scope = "{scope}"', ID="scoped", SECRET="s"))
        assert api.asked[-1].headers["authorization"] == f"Bearer {scope}"


def test_credentials_in_the_body_with_an_audience(api, source):
    api.answer = lambda asked: Reply(
        {"access_token": "t", "expires_in": None} if asked.path == "/token" else []
    )
    extra = 'credentials = "body"\nfields = { audience = "https://billing" }'
    read(source(SIMPLE, OAUTH.format(api.url) + extra, ID="me", SECRET="p&q"))
    asked = api.asked[0]
    assert "authorization" not in asked.headers
    assert asked.body == (
        b"grant_type=client_credentials&audience=https%3A%2F%2Fbilling&client_id=me&client_secret=p%26q"
    )


EXCHANGE = 'exchange = { subject = "{customer_no}" }'


def exchange(api: Api) -> str:
    return OAUTH.format(api.url).replace("oauth2", "exchange") + EXCHANGE


def test_a_token_of_one_person_is_asked_for_nobody_else(api, source):
    api.answer = lambda asked: Reply({"access_token": "t"} if asked.path == "/token" else [])
    changing = SIMPLE + 'item = { path = "/rows/{id}" }\n'
    with pytest.raises(ConfigError, match=r"`auth\.exchange` needs `customer_no`"):
        source(changing, exchange(api), ID="x", SECRET="s")
    source(SIMPLE, exchange(api), ID="x", SECRET="s").check()
    assert [asked.path for asked in api.asked] == ["/v1"]


def test_a_check_without_an_address_of_its_own_still_notices_a_wrong_password(api, source):
    api.answer = lambda _: Reply({}, 401)
    with pytest.raises(SourceMisconfigured, match="denied"):
        source(SIMPLE).check()
    api.answer = lambda _: Reply({}, 404)
    source(SIMPLE).check()


# Changing


def test_a_request_that_takes_more_than_is_to_be_erased_is_not_sent(api, source):
    rows = {1, 2, 3}

    def answer(asked: Asked) -> Reply:
        if asked.method == "DELETE":
            rows.clear()
            return Reply(None, 204)
        return Reply([{"no": "C1", "id": one} for one in sorted(rows)])

    api.answer = answer
    whole = (
        'path = "/c/{customer_no}"\nfind = { customer_no = "no" }\nkey_columns = ["no", "id"]\non_erase = "delete"\n'
        'item = { path = "/c/{no}" }\nerase = { method = "DELETE", path = "/c/{no}" }\n'
    )
    connector = source(whole)
    for dry_run in (True, False):
        with pytest.raises(SourceMisconfigured, match="takes-more: 1 rows"):
            connector.erase("c", [("C1", 1), ("C1", 2)], dry_run=dry_run)
    assert rows == {1, 2, 3}
    assert connector.erase("c", [("C1", 1), ("C1", 2), ("C1", 3)], dry_run=False) == 3
    assert connector.remaining("c", [("C1", 1)]) == 0


@pytest.mark.parametrize("rows", ["", 'rows = "consents"\n', 'rows = "data.consents"\n'])
def test_one_thing_asked_for_by_its_key_comes_without_the_list(api, source, rows):
    there = {7: {"id": 7, "text": "x"}}

    def answer(asked: Asked) -> Reply:
        number = int(asked.path.rpartition("/")[2])
        if asked.method == "DELETE":
            there.pop(number, None)
            return Reply({"deleted": 1})
        return Reply(there[number]) if number in there else Reply({"error": "unknown"}, 404)

    api.answer = answer
    connector = source(
        SIMPLE + rows + 'on_erase = "delete"\nitem = { path = "/consents/{id}" }\n'
        'erase = { method = "DELETE", path = "/consents/{id}" }\n'
    )
    assert connector.remaining("c", [(7,), (8,)]) == 1
    assert connector.erase("c", [(7,), (8,)], dry_run=False) == 1
    assert connector.remaining("c", [(7,), (8,)]) == 0


def test_only_the_listed_statuses_mean_that_it_was_done(api, source):
    collection = (
        SIMPLE + 'item = { path = "/rows/{id}" }\nrestrict = { method = "PATCH", path = "/rows/{id}", '
        "body = { hold = true }, ok = [200], shows = { hold = true } }\n"
    )
    row = {"id": 1, "hold": True}
    api.answer = lambda asked: Reply(row, 207 if asked.method == "PATCH" else 200)
    with pytest.raises(SourceMisconfigured, match="rejected: 207"):
        source(collection).restrict("c", [(1,)], restricted=True)
    api.answer = lambda _: Reply(row, 200)
    assert source(collection).restrict("c", [(1,)], restricted=True) == 1


def test_a_correction_sends_what_is_corrected_and_no_more(api, source):
    body = '{ contact = { mail = "{email}", tel = "{phone}" } }'
    collection = SIMPLE + 'item = { path = "/rows/{id}" }\n'
    collection += f'rectify = {{ method = "PATCH", path = "/rows/{{id}}", body = {body} }}\n'
    api.answer = lambda _: Reply({"id": 1, "email": "a@x"})
    assert source(collection).rectify("c", (1,), {"email": "a@x"}) == 1
    assert [asked.json for asked in api.asked if asked.method == "PATCH"] == [{"contact": {"mail": "a@x"}}]
