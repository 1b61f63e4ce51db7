"""How much of a test runs: `GATE` is empty in `make test`, else `gates` or `soak`."""

import os
from typing import Literal, TypeVar

T = TypeVar("T")

GATE: Literal["", "gates", "soak"] = os.environ.get("GATE", "")


def sized(test: T, gates: T, soak: T) -> T:
    match GATE:
        case "gates":
            return gates
        case "soak":
            return soak
        case _:
            return test
