"""The line of every key, in whatever of TOML's ways it is written."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from connectors.description import tomllines
from connectors.description.tomlfile import ConfigError, dotted, parse

MIXED = '''\
plain = 1 # not = "a key"
dotted.key = """two lines, with [ and = and # inside
and an escaped \\""" here"""
"quoted.key" = 'literal'
[table]
list = [
  1, # one, two
  [2, 3],
  { x = 1, y = { z = [4, 5] } },
]
[[rows]]
at = 1979-05-27T07:32:00Z
[[rows.inner]]
size = 1.5
[[rows]]
[rows.inner.deeper]
last = true
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("plain",), 1),
        (("dotted",), 2),
        (("dotted", "key"), 2),
        (("quoted.key",), 4),
        (("table",), 5),
        (("table", "list"), 6),
        (("table", "list", 0), 7),
        (("table", "list", 1), 8),
        (("table", "list", 1, 1), 8),
        (("table", "list", 2, "y", "z", 1), 9),
        (("rows", 0), 11),
        (("rows", 0, "at"), 12),
        (("rows", 0, "inner", 0, "size"), 14),
        (("rows", 1), 15),
        (("rows", 1, "inner", "deeper", "last"), 17),
    ],
)
def test_each_way_of_writing_a_key(path, line):
    tomllib.loads(MIXED)
    assert tomllines.lines(MIXED)[path] == line


KEYS = st.sampled_from(["a", "b", "c-d", '"e.f"', "'g h'", "7"])
SCALARS = st.sampled_from(
    ["1", "-2.5e3", "true", '"# = ["', "'''\n[x]\ny = 1'''", '"""a\\" ]"""', "07:32:00"]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: "[" + ",\n".join(each) + "]"),
        st.dictionaries(KEYS, SCALARS.filter(lambda each: "\n" not in each), max_size=2).map(
            lambda each: "{" + ", ".join(f"{key} = {value}" for key, value in each.items()) + "}"
        ),
    ),
    max_leaves=6,
)


@given(st.dictionaries(KEYS, VALUES, min_size=1), st.lists(st.dictionaries(KEYS, VALUES), max_size=3))
def test_every_path_that_the_parser_reads_has_a_line_and_none_is_invented(top, rows):
    pairs = [f"{key} = {value}" for key, value in top.items()]
    tables = ["\n".join(["[[rows]]", *(f"{key} = {value}" for key, value in row.items())]) for row in rows]
    text = "\n".join(["# a comment", *pairs, *tables])
    content = tomllib.loads(text)
    found = tomllines.lines(text)
    assert set(found) == set(_paths(content))
    assert found[(tomllib.loads(pairs[0]).popitem()[0],)] == 2


def _paths(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _paths(inner, (*path, key))


def test_a_key_path_in_writing():
    assert dotted(("purposes", 3, "bases", 0, "kind")) == "purposes[3].bases[0].kind"


class Row(BaseModel, extra="forbid"):
    size: int
    long_name: str = ""


class File(BaseModel, extra="forbid"):
    rows: tuple[Row, ...]

    def problems(self):
        for index, row in enumerate(self.rows):
            if row.size > 9:
                yield ("rows", index, "size"), "is more than nine"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[rows]]\nsize = 1\n\n[[rows]]\n", "f.toml:4: rows[1].size: is missing"),
        (
            "[[rows]]\nsize = 1\nlong_nmae = ''",
            "f.toml:3: rows[0].long_nmae: unknown key; did you mean `long_name`?",
        ),
        ("[[rows]]\nsize = 1\nqqq = ''", "f.toml:3: rows[0].qqq: unknown key"),
        ("[[rows]]\nsize = 10", "f.toml:2: rows[0].size: is more than nine"),
        ("\n\nrows = [{size = 1}, {size = 2}", "f.toml:3: not TOML: unclosed array"),
        ("rows = " + "[" * 5000, "f.toml:1: is nested too deeply"),
    ],
)
def test_complaints(text, complaint):
    with pytest.raises(ConfigError) as refused:
        parse(text, "f.toml", File)
    assert str(refused.value) == complaint
