"""What a message means: a new ticket, more of a known one, a command, or nothing. Pure; each decision names its
rule, so that it can be explained."""

from dataclasses import dataclass
from typing import Literal

from core.language.words import Intake, Side

ChannelKind = Literal["customer", "triage", "direct", "unknown"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known about a message when it arrives.

    `thread_side` is the side of the ticket whose thread it stands in; `in_unknown_thread` that it answers a root
    the desk does not know. `recent_ticket` is the ticket of the author's last words in this channel, when these
    are no older than the desk's joining window (for a thank-you: two weeks) and the ticket is not closed. `is_thanks`:
    it says thank you and nothing else.
    """

    channel: ChannelKind
    intake: Intake
    by_bot: bool
    by_agent: bool
    mentions_desk: bool
    thread_side: Side | None
    in_unknown_thread: bool
    recent_ticket: int | None
    is_thanks: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`join`: the known thread's ticket; `join_recent`: `recent_ticket`; `thank`, `thank_recent`: the same, and nothing
    comes of it; `report`: tell the team once about an unknown channel; `help`: an agent wrote to the desk directly."""

    what: Literal[
        "open", "open_on_thread", "join", "join_recent", "thank", "thank_recent", "note", "report", "help", "ignore"
    ]
    rule: str


def decide(heard: Heard) -> Verdict:
    if heard.by_bot:
        return Verdict("ignore", "another bot's message")
    if heard.thread_side == "triage":
        return Verdict("note", "written in the triage thread")
    if heard.thread_side == "customer" and heard.is_thanks and not heard.by_agent:
        return Verdict("thank", "a plain thank-you in the ticket's thread")
    if heard.thread_side == "customer":
        return Verdict("join", "written in the ticket's thread")
    match heard.channel:
        case "triage":
            return Verdict("ignore", "talk in the triage channel")
        case "unknown":
            return Verdict("report", "a channel of no account")
        case "direct":
            if heard.by_agent:
                return Verdict("help", "an agent wrote to the desk")
            return _request(heard, "every")
        case "customer":
            if heard.by_agent:
                return Verdict("ignore", "an agent's own message")
            return _request(heard, heard.intake)


def _request(heard: Heard, mode: Intake) -> Verdict:
    if mode == "off":
        return Verdict("ignore", "intake is off here")
    if mode in ("reaction", "command", "form"):
        return Verdict("ignore", f"intake here is by {mode}")
    if mode == "mention" and not heard.mentions_desk:
        return Verdict("ignore", "intake here is by mention")
    if heard.is_thanks:
        thanked = heard.recent_ticket is not None
        return Verdict("thank_recent" if thanked else "ignore", "a plain thank-you opens nothing")
    if heard.in_unknown_thread:
        return Verdict("open_on_thread", f"intake {mode}, in a thread unknown so far")
    if mode == "every" and heard.recent_ticket is not None:
        return Verdict("join_recent", "within minutes of the author's last message")
    return Verdict("open", f"intake {mode}")
