"""Files as office programs write them: the rows that somebody sees in them, and nothing guessed."""

import orjson
import pytest

from connectors.rows.handed import rows_of

ROWS = [{"number": "+46701740605", "note": "Ärlig, på § 5"}, {"number": "0046", "note": "Blåbærgrød"}]
TABLE = "number;note\r\n+46701740605;Ärlig, på § 5\r\n0046;Blåbærgrød\r\n"


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode(),
        TABLE.encode("utf-8-sig"),
        TABLE.encode("utf-16"),
        TABLE.replace(";", "\t").encode("utf-16"),
        TABLE.encode("cp1252"),
        f"sep=;\r\n{TABLE}".encode(),
        f"SEP=;\r\n{TABLE}".encode("utf-8-sig"),
        f"sep=;\n{TABLE}".encode("cp1252"),
        f"{TABLE};\r\n;\r\n\r\n;;;\r\n".encode(),
        TABLE.replace("\r\n", ";;\r\n").encode(),
        TABLE.replace("note\r\n", "note;;\r\n").encode(),
        TABLE.replace("\r\n", "\n").rstrip().encode(),
    ],
)
@pytest.mark.parametrize("size", [3, 1 << 20])
def test_it_is_read_as_it_looks(content: bytes, size: int) -> None:
    blocks = [content[at : at + size] for at in range(0, len(content), size)]
    assert [orjson.loads(line) for line in rows_of(blocks)] == ROWS
