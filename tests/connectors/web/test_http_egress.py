"""Where a source's API may have the desk call: its own hosts, at the addresses that were looked at."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stamina

from connectors.contract.base import Identifier, SourceDown, SourceGarbage, SourceMisconfigured
from connectors.description.tomlfile import ConfigError
from tests.systems.api_server import Api, Reply

PERSON = [Identifier("customer_no", "C1")]
CUSTOMER = 'path = "/customers/{customer_no}"\nfind = { customer_no = "customer_no" }\nkey_columns = ["id"]\n'
INSIDE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::",
]  # fmt: skip
Source = Callable[..., Any]


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1, cap=True):
        yield


@pytest.fixture
def by_name(connecting: Callable[..., Any], api: Api) -> Source:
    """The API under a name, with further keys of the source."""

    def make(host: str = "crm.operator.test", more: str = "") -> Any:
        return connecting(f'kind = "http"\nbase_url = "http://{host}:{api.port}"\n{more}\n', CUSTOMER)

    return make


@pytest.fixture
def leads(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Has names lead to these addresses, one after the other; the last for good. No name server here lies on demand."""
    real = socket.getaddrinfo

    def lead(*addresses: str | tuple[str, ...]) -> list[str]:
        asked: list[str] = []

        def found(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
            if not str(host).endswith(".test"):
                return real(host, port, *args, **kwargs)
            asked.append(host)
            now = addresses[min(len(asked), len(addresses)) - 1]
            given = (now,) if isinstance(now, str) else now
            family = {True: socket.AF_INET6, False: socket.AF_INET}
            return [(family[":" in one], socket.SOCK_STREAM, 6, "", (one, port)) for one in given]

        monkeypatch.setattr(socket, "getaddrinfo", found)
        return asked

    return lead


@pytest.fixture
def unreached(monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection may be tried."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "create_connection", refuse)


def read(source: Any) -> list[bytes]:
    lines: list[bytes] = source.read("c", PERSON, None, 10).lines
    return lines


def test_a_name_that_leads_to_this_machine_is_not_spoken_to(by_name: Source, api: Api) -> None:
    with pytest.raises(SourceMisconfigured, match="inside"):
        read(by_name("localhost"))
    assert not api.asked


def test_where_the_operator_names_the_network_it_is(by_name: Source, api: Api) -> None:
    api.answer = lambda _: Reply([{"id": 1}])
    assert read(by_name("localhost", 'networks = ["127.0.0.0/8", "::1/128"]')) == [b'{"id":1}']


def test_an_address_that_is_written_out_is_named(by_name: Source, api: Api) -> None:
    api.answer = lambda _: Reply([{"id": 1}])
    assert read(by_name("127.0.0.1"))


@pytest.mark.usefixtures("unreached")
@pytest.mark.parametrize("address", INSIDE)
def test_no_name_leads_inside(by_name: Source, leads: Callable[..., list[str]], address: str) -> None:
    leads(address)
    with pytest.raises(SourceMisconfigured, match="inside"):
        read(by_name())
    leads(("8.8.8.8", address))
    with pytest.raises(SourceMisconfigured, match="inside"):
        read(by_name(more='networks = ["203.0.113.0/24"]'))


def test_the_address_that_was_looked_at_is_the_one_that_is_called(
    by_name: Source, api: Api, leads: Callable[..., list[str]]
) -> None:
    """Whoever answers for the name gives another address the second time: nobody asks a second time."""
    api.answer = lambda _: Reply([{"id": 1}])
    asked = leads("127.0.0.1", "127.0.0.9")
    assert read(by_name(more='networks = ["127.0.0.1/32"]'))
    assert asked == ["crm.operator.test"]
    assert api.asked[0].headers["host"] == f"crm.operator.test:{api.port}"


def test_a_name_that_moves_inside_later_is_not_followed(
    by_name: Source, api: Api, leads: Callable[..., list[str]]
) -> None:
    api.answer = lambda _: Reply([{"id": 1}], headers={"Connection": "close"})
    leads("127.0.0.1", "127.0.0.9")
    source = by_name(more='networks = ["127.0.0.1/32"]\nper_second = 50')
    assert read(source)
    with pytest.raises(SourceMisconfigured, match="inside"):
        read(source)


def test_a_name_that_leads_nowhere_is_worth_another_try(
    by_name: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    with pytest.raises(SourceDown, match="unreachable"):
        read(by_name())


@pytest.mark.parametrize("to", ["http://169.254.169.254/latest/", "http://127.0.0.1:1/", "http://localhost/"])
def test_a_redirect_leads_to_no_other_host(connecting: Callable[..., Any], api: Api, to: str) -> None:
    api.answer = lambda _: Reply(None, 302, {"Location": to})
    source = connecting(f'kind = "http"\nbase_url = "{api.url}"\n', CUSTOMER)
    with pytest.raises(SourceGarbage, match="foreign-host"):
        read(source)
    assert len(api.asked) == 1


def test_a_redirect_to_a_listed_name_that_leads_inside_is_not_followed(
    connecting: Callable[..., Any], api: Api, leads: Callable[..., list[str]]
) -> None:
    leads("127.0.0.1")
    api.answer = lambda _: Reply(None, 302, {"Location": f"http://other.test:{api.port}/"})
    source = connecting(
        f'kind = "http"\nbase_url = "{api.url}"\nhosts = ["other.test:{api.port}"]\n', CUSTOMER
    )
    with pytest.raises(SourceMisconfigured, match="inside"):
        read(source)
    assert len(api.asked) == 1


def test_a_network_that_is_none_is_named(by_name: Source) -> None:
    with pytest.raises(ConfigError, match="networks"):
        by_name(more='networks = ["10.0.0.1/8"]')
