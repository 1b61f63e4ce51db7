"""The people, channels and promises of a desk under test. A person is named by the first name in lower case."""

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from core.language.places import Identity, Place
from core.language.policy import (
    Account,
    AccountChannel,
    Agent,
    AgentGroup,
    Calendar,
    Connection,
    Digest,
    Length,
    Policy,
    SlaPolicy,
    Team,
)
from core.language.words import PRIORITIES

MAIN = "main"
GLOBEX, TRIAGE, MANAGERS, DIRECT = "C0GLOBEX", "C0TRIAGE", "C0MANAGERS", "D0ANN"
# A Friday.
START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)

NAMES = {
    "ann": "Ann Weber",
    "al": "Al Ortiz",
    "ian": "Ian Moss",
    "zoe": "Zoe Lane",
    "bo": "Bo Lind",
    "ida": "Ida Sand",
    "mia": "Mia Roth",
    "sam": "Sam Hall",
    "eve": "Eve Ek",
    "max": "Max Orr",
}


def who(name: str) -> Identity:
    return Identity(MAIN, f"U0{name.upper()}")


def _agent(id_: str, role: Any) -> Agent:
    return Agent(id_, NAMES[id_], role, (who(id_),))


def _channels(**modes: Any) -> tuple[AccountChannel, ...]:
    return tuple(AccountChannel(Place(MAIN, channel), mode) for channel, mode in modes.items())


def policy(**changes: Any) -> Policy:
    """Everything is promised around the clock: a first answer in 60 minutes (urgent: 30), the next in 120, a
    solution in 600."""
    made = Policy(
        name="Acme Support",
        timezone="Europe/Berlin",
        connections=(Connection(MAIN, "slack"),),
        agents=(_agent("bo", "agent"), _agent("ida", "agent"), _agent("mia", "lead"), _agent("sam", "manager")),
        agent_groups=(AgentGroup(MAIN, "S0AGENTS", "agent"),),
        teams=(Team("support", "Support", ("bo", "ida", "mia"), Place(MAIN, TRIAGE)),),
        accounts=(
            Account(
                "globex",
                "Globex",
                "gold",
                None,
                _channels(C0GLOBEX="every", C0MENTION="mention", C0REACT="reaction", C0COMMAND="command", C0OFF="off"),
            ),
            Account("initech", "Initech", None, None, _channels(C0INITECH="every")),
        ),
        sla=(
            SlaPolicy(
                "standard",
                None,
                {
                    "first_response": {**dict.fromkeys(PRIORITIES, Length(60)), "urgent": Length(30)},
                    "next_response": dict.fromkeys(PRIORITIES, Length(120)),
                    "resolution": dict.fromkeys(PRIORITIES, Length(600)),
                },
                warn=(0.75,),
            ),
        ),
        reactions={
            "ticket": "open",
            "eyes": "claim",
            "white_check_mark": "resolve",
            "arrows_counterclockwise": "reopen",
            "rotating_light": "urgent",
        },
        categories=("Export", "Login"),
        digests=(Digest("daily", Place(MAIN, MANAGERS), time(8, 30), frozenset(range(5)), "Europe/Berlin"),),
    )
    return replace(made, **changes)


OFFICE = Calendar("office", "Europe/Berlin", {day: ((time(9), time(18)),) for day in range(5)}, holidays=frozenset())
