"""Every role with every verb, on everybody's tickets."""

from datetime import UTC, datetime
from itertools import product
from typing import Literal, get_args

import pytest

from core.language.commands import VERBS, Verb
from core.language.commands import verb as verb_named
from core.language.errors import Refused
from core.language.facts import Person, TicketFacts
from core.language.words import Role
from core.rules.permissions import check, may_use, not_found, sees

Relation = Literal["requester", "colleague", "stranger", "other account"]
ROLES: tuple[Role, ...] = get_args(Role)
RELATIONS: tuple[Relation, ...] = ("requester", "colleague", "stranger", "other account")

# Written out once more: what only agents may do, and what needs a relation to the ticket.
AGENTS_ONLY = {
    "list", "claim", "release", "assign", "reply", "note", "priority", "type", "category", "subject", "pending",
    "hold", "resolve", "close", "why",
}  # fmt: skip
THEIRS = {"show", "solved", "person", "urgent", "reopen"}
ANYONE = {"open", "mine", "help"}


def named(each: object) -> str:
    return each.name if isinstance(each, Verb) else str(each)


def person(role: Role, relation: Relation = "requester", **changes: object) -> Person:
    facts: dict[str, object] = {
        "id": 1 if relation == "requester" else 2,
        "name": "Ann Weber",
        "role": role,
        "agent": None if role == "customer" else "bo",
        "account": {"stranger": None, "other account": "initech"}.get(relation, "globex"),
    }
    return Person(**(facts | changes))


def ticket(account: str | None = "globex") -> TicketFacts:
    at = datetime(2026, 11, 20, 12, 40, tzinfo=UTC)
    return TicketFacts(
        number=12, status="open", priority="normal", type="question", category=None, tags=(), subject="s",
        description="d", account=account, team="support", assignee=None, requester=1, requester_name="Ann Weber",
        created_at=at, updated_at=at, first_response_at=None, resolved_at=None, closed_at=None,
    )  # fmt: skip


def test_the_table_of_this_test_names_every_verb() -> None:
    assert {verb.name for verb in VERBS} == AGENTS_ONLY | THEIRS | ANYONE


@pytest.mark.parametrize(("verb", "role"), list(product(VERBS, ROLES)), ids=named)
def test_who_may_use_a_verb_at_all(verb: Verb, role: Role) -> None:
    if role != "customer" or verb.name not in AGENTS_ONLY:
        may_use(verb, person(role))
        return
    with pytest.raises(Refused) as refused:
        may_use(verb, person(role))
    assert refused.value.code == "not_allowed"
    assert "support team" in refused.value.message
    # What they can do instead, and nothing that they cannot.
    assert "solved" in refused.value.hint
    assert not AGENTS_ONLY & set(refused.value.hint.replace(",", " ").split())


@pytest.mark.parametrize(
    ("verb", "role", "relation"),
    [each for each in product(VERBS, ROLES, RELATIONS) if each[0].ticket],
    ids=named,
)
def test_who_may_use_a_verb_on_a_ticket(verb: Verb, role: Role, relation: Relation) -> None:
    allowed = role != "customer" or (verb.name in THEIRS and relation in ("requester", "colleague"))
    if allowed:
        check(verb, person(role, relation), ticket())
        return
    with pytest.raises(Refused) as refused:
        check(verb, person(role, relation), ticket())
    assert refused.value.code == ("not_allowed" if verb.name in AGENTS_ONLY else "no_such_ticket")
    assert refused.value.hint


@pytest.mark.parametrize(("verb", "role", "standing"), list(product(VERBS, ROLES, ("bot", "deleted"))), ids=named)
def test_bots_and_deleted_people_may_nothing(verb: Verb, role: Role, standing: str) -> None:
    gone = person(role, standing=standing)
    with pytest.raises(Refused) as refused:
        may_use(verb, gone)
    assert refused.value.code == "not_a_person"
    with pytest.raises(Refused):
        check(verb, gone, ticket())


def test_strangers_share_no_account() -> None:
    """Two people of no account are not of the same one."""
    assert not sees(person("customer", "stranger"), ticket(account=None))
    assert sees(person("customer", "requester", account=None), ticket(account=None))


def test_somebody_elses_ticket_reads_as_one_that_is_not_there() -> None:
    show = verb_named("show")
    assert show
    stranger = person("customer", "other account")
    with pytest.raises(Refused) as refused:
        check(show, stranger, ticket())
    missing = not_found(12, stranger)
    assert (refused.value.code, str(refused.value)) == (missing.code, str(missing))
