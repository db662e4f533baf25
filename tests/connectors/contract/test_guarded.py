"""Whatever a driver raises leaves a connector as an error of the source."""

import pytest

from connectors.contract import base
from connectors.contract.guarded import guarded


def test_what_a_driver_raises_is_an_error_of_the_source_with_its_kind_and_line() -> None:
    class Broken:
        def read(self) -> None:
            raise ZeroDivisionError("a password, perhaps")

        def check(self) -> None:
            raise base.SourceDown("unreachable")

    with pytest.raises(base.SourceMisconfigured) as raised:
        guarded(Broken()).read()  # type: ignore[arg-type,call-arg]
    assert (raised.value.code, "ZeroDivisionError in " in raised.value.detail) == ("unforeseen", True)
    assert "password" not in str(raised.value)
    with pytest.raises(base.SourceDown):
        guarded(Broken()).check()  # type: ignore[arg-type]
