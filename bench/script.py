"""What is said in a measurement: made up, the same in every run, and shaped like a support channel.

Five messages make a ticket: a customer opens it at the top level of their channel, adds a line there, an agent answers
in the thread, the customer replies, the agent answers again. Tickets overlap: between two messages of one `_STRIDE`
others begin, so that after a while opens and appends are mixed 1:4 at each moment, and that nobody answers before the
question is there unless the desk is more than half a second late at the highest rate. One open in four is by somebody
whom the desk meets for the first time.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from adapters.slack import inbound
from adapters.slack.payloads import Me
from bot import deskfile
from core.language.events import MessagePosted
from core.language.policy import Policy

Json = dict[str, Any]
Kind = Literal["open", "append"]

ME = Me("main", team="T0ACME", user="U0DESK", bot="B0DESK", app="A0DESK")
TRIAGE = "C0BTRIAGE"
ACCOUNTS = 8
AGENTS = 8
PER_TICKET = 5
_STRIDE = 40
# So many messages in the mix is even.
EVEN_AFTER = _STRIDE * (1 + 2 + 3 + 4)
_TICKETS_EACH = 4
_LEAST_PEOPLE = 100
# By the platform's time, in seconds: what a person adds within five minutes belongs together, and their next ticket
# begins later than that.
_NEXT_MESSAGE = 40
_NEXT_TICKET = 900

_WHAT = (
    "The CSV export of last month's invoices",
    "Single sign-on for our Vienna office",
    "The webhook for order updates",
    "Our nightly import from the warehouse",
    "The dashboard of the finance team",
    "Password reset mails to our contractors",
    "The mobile app on tablets",
    "Search in the document archive",
)
_HOW = (
    "fails with error 502 since this morning",
    "takes more than ten minutes and then stops",
    "shows the figures of the wrong quarter",
    "is empty for everybody but administrators",
    "was fine yesterday and now asks to log in again and again",
    "leaves out every line with an umlaut in it (Köln, Zürich)",
)
_MORE = (
    "It happens on two machines here, on Firefox and on Chrome.",
    "We need it for the board meeting at three.",
    "I attached nothing because there is nothing to see, just a white page.",
    "The request id was 7f3a-22c1 if that helps.",
    "No rush, we have a workaround until tomorrow.",
)
_ANSWERS = (
    "Thanks, I can see it in our logs. Give me half an hour.",
    "Could you tell me which account you were logged in with?",
    "We rolled back the change of this morning; please try again.",
    "That is a known problem, the fix goes out tonight.",
)
_REPLIES = (
    "Yes, it works again for one of us, the other one still sees the error.",
    "It was the shared account, finance@example.com.",
    "Will try and let you know!",
    "Same as before, sorry. Anything else that I can look at?",
)


@dataclass(frozen=True, slots=True)
class Message:
    """`ticket` counts from 0; `root` is the ts of the ticket's first message."""

    kind: Kind
    ticket: int
    ts: str
    root: str
    channel: str
    author: str
    text: str
    in_thread: bool
    by_agent: bool

    @property
    def payload(self) -> Json:
        """As Slack sends it."""
        event: Json = {
            "type": "message",
            "user": self.author,
            "ts": self.ts,
            "client_msg_id": f"0b5e7d1c-6f0a-4a53-9a55-{self.ts.replace('.', '')[-12:]}",
            "text": self.text,
            "team": ME.team,
            "blocks": [
                {
                    "type": "rich_text",
                    "block_id": f"b{self.ts[-6:]}",
                    "elements": [
                        {"type": "rich_text_section", "elements": [{"type": "text", "text": self.text}]},
                    ],
                }
            ],
            "channel": self.channel,
            "event_ts": self.ts,
            "channel_type": "channel",
        }
        if self.in_thread:
            event |= {"thread_ts": self.root, "parent_user_id": "U0B00000"}
        return {
            "token": "legacy",
            "team_id": ME.team,
            "context_team_id": ME.team,
            "context_enterprise_id": None,
            "api_app_id": ME.app,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{self.ts.replace('.', '')[-10:]}",
            "event_time": int(self.ts.partition(".")[0]),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": ME.team,
                    "user_id": ME.user,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": "4-eyJldCI6Im1lc3NhZ2UiLCJ0aWQiOiJUMEFDTUUiLCJhaWQiOiJBMERFU0sifQ",
        }

    @property
    def event(self) -> MessagePosted:
        found = inbound.read(self.payload, ME, datetime.now(UTC))
        assert isinstance(found, MessagePosted)
        return found


def customer(number: int) -> str:
    return f"U0B{number:05}"


def agent(number: int) -> str:
    return f"U0BA{number}"


def channel(number: int) -> str:
    return f"C0B{number:04}"


def people(tickets: int) -> int:
    """How many customers a script of so many tickets has."""
    return max(_LEAST_PEOPLE, tickets // _TICKETS_EACH)


def script(tickets: int, end: float, *, only_opens: bool = False) -> list[Message]:
    """In the order in which it is said, by the platform's time before `end` (epoch seconds)."""
    chance = random.Random(20261121)
    turns = 1 if only_opens else PER_TICKET
    order = sorted((ticket + turn * _STRIDE, ticket, turn) for ticket in range(tickets) for turn in range(turns))
    number_of_people = people(tickets)
    start = int(end) - _NEXT_TICKET * (1 + tickets // number_of_people)
    roots: dict[int, str] = {}
    said: list[Message] = []
    for _, ticket, turn in order:
        round_, who = divmod(ticket, number_of_people)
        ts = f"{start + _NEXT_TICKET * round_ + _NEXT_MESSAGE * turn}.{ticket:06}"
        root = roots.setdefault(ticket, ts)
        by_agent = turn in (2, 4)
        said.append(
            Message(
                kind="open" if turn == 0 else "append",
                ticket=ticket,
                ts=ts,
                root=root,
                channel=channel(who % ACCOUNTS),
                author=agent(ticket % AGENTS) if by_agent else customer(who),
                text=_words(turn, chance),
                in_thread=turn >= 2,
                by_agent=by_agent,
            )
        )
    return said


def _words(turn: int, chance: random.Random) -> str:
    match turn:
        case 0:
            return f"{chance.choice(_WHAT)} {chance.choice(_HOW)}. {chance.choice(_MORE)}"
        case 1:
            return chance.choice(_MORE)
        case 3:
            return chance.choice(_REPLIES)
        case _:
            return chance.choice(_ANSWERS)


def desk_file() -> Json:
    """A desk.yaml as people write it: office hours, holidays, two promises; each account has its channel."""
    priorities = ("urgent", "high", "normal", "low")
    return {
        "desk": {"name": "Bench", "timezone": "Europe/Berlin"},
        "connections": [{"id": "main", "platform": "slack"}],
        "agents": [
            {
                "id": f"a{number}",
                "name": f"Agent {number}",
                "role": "agent",
                "identities": [{"connection": "main", "user": agent(number)}],
            }
            for number in range(AGENTS)
        ],
        "teams": [
            {
                "id": "support",
                "name": "Support",
                "agents": [f"a{number}" for number in range(AGENTS)],
                "triage": {"connection": "main", "channel": TRIAGE},
            }
        ],
        "accounts": [
            {
                "id": f"c{number}",
                "name": f"Customer {number}",
                "tier": "gold",
                "channels": [{"connection": "main", "channel": channel(number), "intake": "every"}],
            }
            for number in range(ACCOUNTS)
        ],
        "calendars": [
            {
                "id": "office",
                "timezone": "Europe/Berlin",
                "hours": {"mon-fri": ["09:00-12:30", "13:00-17:30"]},
                "holidays": {"country": "DE", "subdivision": "BE"},
            }
        ],
        "sla": [
            {
                "id": "standard",
                "calendar": "office",
                "first_response": dict(zip(priorities, ("30m", "1h", "4h", "8h"), strict=True)),
                "resolution": dict(zip(priorities, ("4h", "1d", "3d", "5d"), strict=True)),
                "warn": ["75%"],
            }
        ],
    }


def policy(desk_yaml: str) -> Policy:
    return deskfile.loads(desk_yaml.encode())
