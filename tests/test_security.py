"""The table of security requirements: every requirement has a row, every row a state, and what proves one is there."""

import ast
import base64
import inspect
import re
import ssl
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import global_settings, settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client

from cases.models import Operator, User
from cases.sources.loading import load_operator

ROOT = Path(settings.BASE_DIR)
# How many requirements each section of ASVS 5.0 has.
SECTIONS = {
    1: (2, 10, 12, 3, 3), 2: (3, 3, 5, 2), 3: (1, 3, 5, 8, 8, 1, 5), 4: (5, 5, 2, 4), 5: (1, 6, 3, 3),
    6: (3, 12, 8, 6, 8, 4, 2, 4), 7: (3, 4, 2, 5, 3, 2), 8: (4, 4, 3, 2), 9: (3, 4), 10: (2, 3, 5, 16, 5, 2, 3),
    11: (4, 5, 5, 4, 2, 2, 2), 12: (5, 2, 5), 13: (4, 6, 4, 7), 14: (2, 8, 3), 15: (5, 5, 7, 4), 16: (1, 5, 4, 3, 4),
    17: (2, 8, 2),
}  # fmt: skip
STATES = {"met", "part", "missing", "outside", "none"}
ROW = re.compile(r"^\| (V[\d.]+)(?:–(V[\d.]+))? \| ([\d, –]+) \| (.+?) \| (\w+) \| (.+) \|$")
NAMED = re.compile(r"`([\w/.-]+\.\w+)::([^`]+)`")
# A test, or the document where something has to be written down: no word of the code proves itself.
PROOF = re.compile(r"`(tests/[\w/]+\.py::test_\w+|docs/\w+\.md::[^`]+)`")


@cache
def rows() -> list[tuple[list[str], str, str]]:
    """(numbers, state, what it is met by or what is missing)."""
    lines = (ROOT / "docs" / "security.md").read_text().splitlines()
    found = {line: ROW.match(line) for line in lines if line.startswith("| V")}
    assert [line for line, row in found.items() if not row] == []
    return [(numbers(row[1], row[2]), row[5], row[6]) for row in found.values() if row]


def numbers(first: str, last: str | None) -> list[str]:
    section, _dot, begin = first.rpartition(".")
    end = last.rpartition(".")[2] if last else begin
    return [f"{section}.{number}" for number in range(int(begin), int(end) + 1)]


def test_every_requirement_of_every_chapter_has_one_row() -> None:
    wanted = [
        f"V{chapter}.{section}.{number}"
        for chapter, sections in SECTIONS.items()
        for section, count in enumerate(sections, 1)
        for number in range(1, count + 1)
    ]
    assert Counter(chain.from_iterable(row[0] for row in rows())) == Counter(wanted)


def test_every_row_has_a_state_and_says_why() -> None:
    assert {state for _numbers, state, _by in rows()} <= STATES
    assert [row for row in rows() if row[1] == "met" and not PROOF.search(row[2])] == []
    assert [row for row in rows() if row[1] != "met" and len(re.sub(r"`.*?`", "", row[2])) < 8] == []


def test_what_is_named_is_there() -> None:
    named = [one for row in rows() for one in NAMED.findall(row[2])]
    assert len(named) > 150
    missing = [f"{file}::{name}" for file, name in named if not _is_there(file, name)]
    assert missing == []


def _is_there(file: str, name: str) -> bool:
    path = ROOT / file
    if not path.is_file():
        return False
    text = path.read_text()
    return f"def {name}(" in text if name.startswith("test_") else name in text


# Beside these none knows of keys and algorithms; "random" alone says how long one waits.
KNOWS = {
    "pickle": {"connectors/files/parquet"},  # between the desk and a process of its own
    "subprocess": {"connectors/files/parquet", "exports/paper/setting.py", "dsar/management", "dsar/bench"},
    "random": {"cases/sources/locks.py", "dsar/bench"},
    "cryptography": {
        "cases/sealed",
        "cases/casework/record",
        "cases/casework/signing",
        "exports/package/verify.py",
        "exports/porting",
    },
    "joserfc": {"cases/identity/eid"},
}
NEVER = {"marshal", "shelve", "Crypto", "Cryptodome", "nacl", "rsa", "ecdsa"}


def product() -> Iterator[tuple[str, ast.Module]]:
    for room in ("cases", "connectors", "exports", "dsar"):
        for path in (ROOT / room).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            if "/migrations/" not in name and not name.startswith("dsar/scratch/"):
                yield name, ast.parse(path.read_text())


def imported(tree: ast.Module) -> set[str]:
    found = [one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names]
    found += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in found}


def called(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield (node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")), node


def test_what_is_dangerous_is_nowhere_but_where_it_has_to_be() -> None:
    for name, tree in product():
        modules = imported(tree)
        assert not modules & NEVER, name
        for module in modules & KNOWS.keys():
            assert any(name.startswith(place) for place in KNOWS[module]), f"{name} imports {module}"
        for function, call in called(tree):
            plain = isinstance(call.func, ast.Name)
            assert not (plain and function in {"eval", "exec", "__import__"}), f"{name}: {function}"
            assert function not in {"system", "popen"}, f"{name}: {function}"
            assert all(one.arg != "shell" for one in call.keywords), f"{name}: a shell"


def test_a_sentence_is_no_text_of_somebodys() -> None:
    """What values are put into by name is a sentence of ours: translated, or a constant."""
    for name, tree in product():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.BinOp)
                and isinstance(node.op, ast.Mod)
                and isinstance(node.right, ast.Dict)
            ):
                assert isinstance(
                    node.left, ast.Constant | ast.Call | ast.Name | ast.Attribute | ast.Subscript
                ), name


def test_scripts_and_pages_use_nothing_that_is_past_its_time() -> None:
    script = (ROOT / "static" / "dsar.js").read_text()
    assert '"use strict"' in script.partition("\n\n")[0] or "use strict" in script
    dead = r"innerHTML|document\.write|\beval\(|new Function|__proto__|localStorage|sessionStorage|indexedDB|unload"
    assert not re.search(dead, script)
    for page in (ROOT / "templates").rglob("*.html"):
        old = re.search(
            r"<(object|embed|applet|frame|iframe|marquee)\b|javascript:|\son\w+=", page.read_text()
        )
        assert not old, (page, old)


# How many bytes are drawn for what nobody may guess; less only for names of files, which open nothing.
NAMES_OF_FILES = {
    "cases/rows/chunks.py",
    "cases/papers/keeping.py",
    "cases/collection/owner_answers.py",
    "cases/execution/amendments/restricting.py",
    "exports/masking/files.py",
}
# Codes that people type: their tries are counted, and they end.
TYPED = {"cases/identity/stepping_up/posted_codes.py", "cases/identity/mailed_codes.py"}
# What is told to everybody, or lies in the database alone.
NUMBERS = {"cases/request/references.py", "cases/models/orders.py"}


def _draws(function: str, call: ast.Call) -> bool:
    module = getattr(getattr(call.func, "value", None), "id", "")
    tokens = {"token_hex", "token_bytes", "token_urlsafe"}
    return function in tokens or (module == "secrets" and function in {"randbelow", "choice", "randbits"})


def test_what_nobody_may_guess_is_drawn_by_the_system_with_128_bits_or_more() -> None:
    found = [(name, function, call) for name, tree in product() for function, call in called(tree)]
    places = set()
    for name, function, call in found:
        if _draws(function, call) and not any(name.startswith(one) for one in KNOWS["random"]):
            places.add(name)
            if name not in NAMES_OF_FILES | TYPED | NUMBERS:
                [size] = call.args
                assert function.startswith("token_"), name
                assert isinstance(size, ast.Constant), name
                assert isinstance(size.value, int), name
                assert size.value >= 16, name
    assert places >= NAMES_OF_FILES | TYPED | NUMBERS


def test_codes_and_secrets_of_second_factors_are_drawn_wide_enough(db: None) -> None:
    user = User.objects.create(username="maja")
    codes = RecoveryCodes.activate(user).get_unused_codes()
    # Twenty bits are a million and some; these have eight digits.
    assert len(set(codes)) == len(codes) == 10
    assert all(len(code) >= 8 for code in codes)
    secrets = {generate_totp_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert {len(base64.b32decode(one)) for one in secrets} == {20}


def test_passwords_are_stretched_as_long_as_is_asked_today() -> None:
    # The tests hash faster; what the desk runs with says nothing of it, and so has the framework's count.
    assert "PASSWORD_HASHERS" not in (ROOT / "dsar" / "settings.py").read_text()
    assert global_settings.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    [rounds] = re.findall(
        r"^    iterations = ([\d_]+)$", inspect.getsource(PBKDF2PasswordHasher), re.MULTILINE
    )
    assert int(rounds) >= 600_000
    assert PBKDF2PasswordHasher.algorithm == "pbkdf2_sha256"


def test_nginx_speaks_nothing_old() -> None:
    told = (ROOT / "docs" / "nginx.conf").read_text()
    servers = told.count("listen 443 ssl")
    assert set(re.findall(r"ssl_protocols (.+);", told)) == {"TLSv1.2 TLSv1.3"}
    assert told.count("ssl_protocols") == told.count("ssl_ciphers") == servers
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for ciphers in set(re.findall(r"ssl_ciphers (.+);", told)):
        context.set_ciphers(ciphers)
        # Whoever keeps what was sent reads it later with no key of ours, and none goes without authentication.
        assert {one["kea"] for one in context.get_ciphers()} <= {"kx-ecdhe", "kx-any"}
        assert all(one["aead"] and one["strength_bits"] >= 128 for one in context.get_ciphers())


def test_nginx_lists_no_folder() -> None:
    told = (ROOT / "docs" / "nginx.conf").read_text()
    assert not re.search(r"^\s*(autoindex|root|alias)\b", told, re.MULTILINE)


ANSWERS = ["/", "/tele2-se/", "/tele2-se/request/rights/", "/accounts/login/", "/desk/", "/api/schema/", "/api/x/",
           "/nowhere/at/all/", "/healthz"]  # fmt: skip


@pytest.fixture
def operator(db: None) -> Operator:
    return load_operator("tele2-se")[0]


def test_every_kind_of_answer_has_its_headers(operator: Operator) -> None:
    client = Client()
    for path in ANSWERS:
        answer = client.get(path)
        policy = answer["Content-Security-Policy"]
        for directive in (
            "default-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
        ):
            assert directive in policy, (path, directive)
        assert answer["X-Content-Type-Options"] == "nosniff", path
        assert answer["Referrer-Policy"] == "same-origin", path
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert not {"Access-Control-Allow-Origin", "Server", "X-Powered-By"} & {*answer.headers}, path
        # What a caller sends with it is never sent back.
        assert b"canary" not in client.generic("TRACE", path, headers={"X-Told": "canary"}).content, path
