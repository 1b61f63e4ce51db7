"""Every status with every happening."""

from typing import get_args

import pytest

from core.language.errors import Refused
from core.language.words import STATUSES, Status
from core.rules.lifecycle import TABLE, Happening, after, is_already

HAPPENINGS: tuple[Happening, ...] = get_args(Happening)
PAIRS = [(status, happening) for status in STATUSES for happening in HAPPENINGS]

# Written out once more, as a person reads it: what each happening makes of new, open, pending, on_hold, resolved and
# closed. "-" is refused.
EXPECTED: dict[Happening, str] = {
    "claimed": "open open pending on_hold - -",
    "assigned": "open open pending on_hold - -",
    "released": "new open pending on_hold - -",
    "replied_public": "open open pending on_hold resolved -",
    "noted": "new open pending on_hold resolved closed",
    "customer_wrote": "new open open open open -",
    "set_pending": "pending pending pending pending - -",
    "set_on_hold": "on_hold on_hold on_hold on_hold - -",
    "resolved": "resolved resolved resolved resolved resolved closed",
    "customer_solved": "resolved resolved resolved resolved resolved closed",
    "reopened": "new open open open open -",
    "closed": "- - - - closed closed",
}


def expected(status: Status, happening: Happening) -> str:
    return EXPECTED[happening].split()[STATUSES.index(status)]


@pytest.mark.parametrize(("status", "happening"), PAIRS)
def test_every_pair_is_decided(status: Status, happening: Happening) -> None:
    wanted = expected(status, happening)
    if wanted != "-":
        assert after(status, happening) == wanted
        return
    with pytest.raises(Refused) as refused:
        after(status, happening)
    assert refused.value.hint
    assert status in ("resolved", "closed") or refused.value.code == "not_resolved"


@pytest.mark.parametrize(("status", "happening"), PAIRS)
def test_asking_for_what_is_there_changes_nothing(status: Status, happening: Happening) -> None:
    if is_already(status, happening):
        assert after(status, happening) == status
    # Done twice, the second time does nothing and is no error.
    if happening in TABLE[status]:
        assert after(after(status, happening), happening) == after(status, happening)


def test_what_is_there_already() -> None:
    assert is_already("resolved", "customer_solved")
    assert is_already("pending", "set_pending")
    assert is_already("open", "reopened")
    assert not is_already("open", "replied_public")
    assert not is_already("open", "resolved")


def test_closed_is_final() -> None:
    assert set(TABLE["closed"].values()) == {"closed"}
    with pytest.raises(Refused, match="closed for good"):
        after("closed", "customer_wrote")
