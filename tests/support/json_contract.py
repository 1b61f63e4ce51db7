"""What programs rely on in `deskhand tickets … --json`: the keys, and what kind of thing is under each."""

import re
from typing import Any


def assert_contract(told: dict[str, Any]) -> None:
    """Of a resolved ticket of U0ANN's in C0GLOBEX."""
    time = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
    assert list(told)[:3] == ["number", "ref", "status"]
    expected = {
        "number": int,
        "ref": str,
        "status": str,
        "priority": str,
        "type": str,
        "category": None,
        "tags": list,
        "subject": str,
        "description": str,
        "account": str,
        "team": str,
        "assignee": str,
        "requester": dict,
        "created_at": time,
        "updated_at": time,
        "first_response_at": time,
        "resolved_at": time,
        "closed_at": None,
        "clocks": list,
        "conversations": list,
        "messages": list,
        "timeline": list,
    }
    assert set(told) == set(expected)
    for key, kind in expected.items():
        _is(told[key], kind)
    assert set(told["requester"]) == {"name", "email", "identities"}
    assert told["requester"]["identities"] == [{"connection": "main", "user": "U0ANN"}]
    for clock in told["clocks"]:
        assert clock.pop("policy") == "standard"
        assert clock.pop("target") in ("first_response", "next_response", "resolution")
        assert clock.pop("state") == "met"
        _is(clock.pop("due_at"), time)
        _is(clock.pop("met_at"), time)
        assert clock == {"breached_at": None}
    sides = [(c["side"], c["connection"], c["channel"], type(c["thread"])) for c in told["conversations"]]
    assert sides == [("customer", "main", "C0GLOBEX", str), ("triage", "main", "C0TRIAGE", str)]
    for message in told["messages"]:
        assert set(message) == {"at", "author", "audience", "body", "attachments", "revisions"}
        _is(message["at"], time)
    for entry in told["timeline"]:
        assert set(entry) == {"at", "actor", "event", "cause", "details"}
        _is(entry["at"], time)
        assert isinstance(entry["details"], dict)


def _is(value: Any, kind: Any) -> None:
    if isinstance(kind, re.Pattern):
        assert kind.fullmatch(value)
    elif kind is None:
        assert value is None
    else:
        assert type(value) is kind
