"""What people read, word by word."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.desk import buttons, text_of

from core.cards import answers, copies, forms, notices, reminders
from core.cards import customer as customer_cards
from core.cards import digest as digest_cards
from core.cards.triage_card import TriageContext, triage_card
from core.language.commands import VERBS
from core.language.errors import Refused
from core.language.facts import AttachmentFacts, ClockFacts, ConversationFacts, MessageFacts, TicketFacts, TicketView
from core.language.figures import Figures, Standing
from core.language.places import Identity, Place
from core.language.policy import ALWAYS
from core.language.text import ChannelLink, Ping, Words, plain, words
from core.language.views import Button, Card, Paragraph
from core.language.wording import ENGLISH_VOICE, Voice
from core.rules.reminders import Due, Reminder

NOW = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)  # Friday, 14:00 in Berlin
BERLIN = "Europe/Berlin"


def ticket(**changes: Any) -> TicketFacts:
    made = TicketFacts(
        number=12,
        status="open",
        priority="high",
        type="question",
        category=None,
        tags=(),
        subject="Export fails with 502",
        description="Hello, our export has been failing since this morning with error 502.",
        account="globex",
        team="support",
        assignee=None,
        requester=1,
        requester_name="Ann Weber",
        created_at=NOW,
        updated_at=NOW,
        first_response_at=None,
        resolved_at=None,
        closed_at=None,
    )
    return replace(made, **changes)


def clock(target: Any, minutes: float, **changes: Any) -> ClockFacts:
    made = ClockFacts(12, target, "standard", "running", NOW, NOW + timedelta(minutes=minutes))
    return replace(made, **changes)


CLOCKS = (clock("first_response", 30), clock("resolution", 3 * 24 * 60 - 120))


def view(clocks: tuple[ClockFacts, ...] = CLOCKS, problem: str | None = None, **changes: Any) -> TicketView:
    made = ticket(**changes)
    customer = ConversationFacts(1, 12, "customer", "main", "C0GLOBEX", "1.0")
    return TicketView(made, (customer,), clocks, words(made.description), problem)


def context(**changes: Any) -> TriageContext:
    place = (ChannelLink("main", "C0GLOBEX", "globex-shared"),)
    made = TriageContext(ENGLISH_VOICE, NOW, BERLIN, "Globex (gold)", "Support", None, place, "https://chat/1")
    return replace(made, **changes)


def test_triage_card() -> None:
    card = triage_card(view(), context())
    assert text_of(card) == (
        "T-12 Export fails with 502 (https://chat/1)\n"
        "Globex (gold) · Ann Weber · #globex-shared\n"
        "Hello, our export has been failing since this morning with error 502.\n"
        "Status: ● Open\n"
        "Priority: High\n"
        "First response: due 14:30\n"
        "Owner: nobody yet\n"
        "Resolution due Mon 12:00 · team Support"
    )
    assert card.fallback == "T-12 Export fails with 502 (Ann Weber, Open)"
    assert card.tone == "warning"
    assert list(buttons(card)) == ["Claim", "Reply …", "Resolve"]
    assert [b.style for block in card.blocks for b in getattr(block, "controls", ())].count("primary") == 1
    assert card.menu and [o.label for o in card.menu.options] == ["Assign …", "Note …", "Wait for customer", "More …"]


@pytest.mark.parametrize(
    ("shown", "said", "first", "tone"),
    [
        (view(assignee="bo"), "Owner: Bo Lind", "Reply …", "warning"),
        (view(status="resolved"), "Status: ✓ Resolved", "Reopen", "good"),
        (view(status="pending"), "Status: ◐ Waiting for customer", "Claim", "warning"),
        (view(wants_person=True), "Status: ● Open, asks for a person", "Claim", "warning"),
        (view(priority="low"), "Priority: Low", "Claim", "neutral"),
        (
            view(type="incident", category="Export", tags=("vip", "eu")),
            "incident · Export · vip, eu",
            "Claim",
            "warning",
        ),
        (view(problem="The channel is gone."), "⚠ The channel is gone.", "Claim", "warning"),
        (view(()), "First response: no target", "Claim", "warning"),
        (view((clock("resolution", 0, state="paused", due_at=None),)), "Resolution paused", "Claim", "warning"),
        (
            view((clock("first_response", -30, state="breached", breached_at=NOW - timedelta(minutes=30)),)),
            "First response: late since 13:30",
            "Claim",
            "bad",
        ),
        (
            view((clock("first_response", 30, state="met", met_at=NOW),)),
            "First response: met 14:00",
            "Claim",
            "warning",
        ),
        (view((*CLOCKS, clock("next_response", 60))), "Next response: due 15:00", "Claim", "warning"),
    ],
)
def test_triage_card_states(shown: TicketView, said: str, first: str, tone: str) -> None:
    card = triage_card(shown, context(owner="Bo Lind" if shown.ticket.assignee else None))
    assert said in text_of(card)
    assert next(iter(buttons(card))) == first
    assert card.tone == tone


def test_triage_card_quotes_once_and_cuts() -> None:
    long = replace(view(), quote=words("word " * 200))
    quoted = text_of(triage_card(long, context())).splitlines()[2]
    assert len(quoted) <= 240 and quoted.endswith("…")
    deleted = replace(view(), quote=())
    assert "This message was deleted." in text_of(triage_card(deleted, context()))
    by_agent = TicketView(ticket(), (), (), ())
    assert "Hello, our export" in text_of(triage_card(by_agent, context(place=words("no customer's side"), link=None)))


def receipt(shown: TicketView, owner: str | None = None, opens_at: datetime | None = None) -> str:
    return text_of(
        customer_cards.receipt(shown, customer_cards.ReceiptContext(NOW, BERLIN, ENGLISH_VOICE, owner, opens_at))
    )


def test_receipts() -> None:
    monday = NOW + timedelta(days=3)
    assert receipt(view()) == "Thanks, Ann. This is T-12; you will hear from us by 14:30."
    assert receipt(view(), "Bo Lind") == "Thanks, Ann. This is T-12; you will hear from us by 14:30. Bo Lind is on it."
    assert receipt(view(()), None) == "Thanks, Ann. This is T-12; somebody will look at it."
    assert receipt(view((clock("first_response", 3 * 24 * 60 + 30),)), opens_at=monday) == (
        "Thanks, Ann. This is T-12. We are back Mon 14:00 and will answer by 14:30. Is it urgent?"
    )
    answered = view((clock("first_response", 30, state="met", met_at=NOW),), first_response_at=NOW)
    assert receipt(answered, "Bo Lind") == "T-12 · Bo Lind has it."
    assert receipt(answered) == "T-12 · we are on it."
    assert receipt(view(status="pending")) == "T-12 · waiting for you."
    assert receipt(view(status="resolved")) == "T-12 · solved."
    told = "T-12 · we told the team that you would like a person to look at it."
    assert receipt(view((), wants_person=True)) == told
    assert receipt(view(wants_person=True), "Bo Lind") == f"{told} Bo Lind is on it. You will hear from us by 14:30."
    waits = view(answered.clocks, wants_person=True, first_response_at=NOW)
    assert receipt(waits, "Bo Lind") == f"{told} Bo Lind is on it."


def test_notices_to_the_customer() -> None:
    def said(key: str, owner: str | None = None) -> str:
        return text_of(customer_cards.notice(ENGLISH_VOICE, key, ref="T-12", owner=owner))

    assert said("notice_pending", "Bo Lind") == "Bo Lind needs something from you to go on (see above)."
    assert said("notice_pending") == "We need something from you to go on (see above)."
    assert said("notice_resolved") == "We think this is solved. Just answer here if it is not."
    assert customer_cards.notice(Voice({"notice_resolved": ""}), "notice_resolved", ref="T-12", owner=None) is None


def due(kind: Any = "warn", number: int = 12, minutes: float = 30, **changes: Any) -> Due:
    made = Due(
        kind=kind,
        ticket=number,
        target="first_response",
        due_at=NOW + timedelta(minutes=minutes),
        since=NOW,
        priority="high",
        subject="Export fails with 502",
        calendar=ALWAYS,
        triage=Place("main", "C0TRIAGE"),
        account="Globex (gold)",
    )
    return replace(made, **changes)


def no_link(_: int) -> None:
    return None


def test_one_reminder() -> None:
    bo = Identity("main", "U0BO")
    card = reminders.one(ENGLISH_VOICE, due(minutes=15), now=NOW, timezone=BERLIN, owner=("Bo Lind", bo), link=no_link)
    assert card.fallback == (
        "T-12 needs a first answer in 15 min (14:15). Export fails with 502, Globex (gold), owned by @Bo Lind."
    )
    paragraph = card.blocks[0]
    assert isinstance(paragraph, Paragraph) and Ping(bo, "Bo Lind") in paragraph.text
    assert buttons(card) == {"Reply …": "form_reply:12"}
    late = reminders.one(ENGLISH_VOICE, due("breach", minutes=-60), now=NOW, timezone=BERLIN, owner=None, link=no_link)
    assert late.fallback == (
        "T-12 needed a first answer by 13:00. Export fails with 502, Globex (gold). Nobody has it yet."
    )
    assert (buttons(late), late.tone) == ({"Claim": "claim:12"}, "bad")


def several(*items: Due) -> Card:
    owners: dict[str | None, Any] = {"bo": ("Bo Lind", Identity("main", "U0BO")), "mia": ("Mia Roth", None)}
    reminder = Reminder(Place("main", "C0TRIAGE"), items)
    return reminders.several(ENGLISH_VOICE, reminder, now=NOW, timezone=BERLIN, owner_of=owners.get, link=no_link)


def test_several_reminders() -> None:
    late = due("breach", 3, -60, assignee="bo")
    card = several(late, due(number=12, subject="Export fails with 502."), due(number=14, account=None))
    assert text_of(card) == (
        "3 promises need attention, 1 late\n"
        "T-3  Export fails with 502 · Globex (gold) · late since 13:00 · Bo Lind\n"
        "T-12  Export fails with 502 · Globex (gold) · due 14:30 · nobody yet\n"
        "T-14  Export fails with 502 · due 14:30 · nobody yet"
    )
    assert several(late, late).fallback == "2 promises are late"


def test_more_reminders_than_have_a_line() -> None:
    late, soon = due("breach", 3, -60, assignee="bo"), due(number=12, assignee="mia")
    card = several(*[soon] * 10, *[late] * 9)
    assert card.fallback == "19 promises need attention, 9 late"
    assert card.tone == "bad"
    assert text_of(card).splitlines()[-1] == "… and 9 more: /ticket list late"
    # After a stall, whose they are.
    stalled = several(*[late] * 30, *[soon] * 10, *[due()] * 11)
    assert text_of(stalled).splitlines()[-2:] == [
        "… and 41 more: /ticket list late",
        "Of these: @Bo Lind 20, @Mia Roth 10, nobody yet 11.",
    ]
    shares = stalled.blocks[-1]
    assert isinstance(shares, Paragraph)
    assert [span for span in shares.text if isinstance(span, Ping)] == [Ping(Identity("main", "U0BO"), "Bo Lind")]


def message(**changes: Any) -> MessageFacts:
    made = MessageFacts(1, 12, 1, "Ann Weber", "public", words("It fails."), "It fails.", NOW, 0, None)
    return replace(made, **changes)


def test_copies() -> None:
    def copy(shown: MessageFacts, **more: Any) -> str:
        more = {"parts": (shown.text,), "part": 0, **more}
        card = copies.copy(ENGLISH_VOICE, shown, author="Ann Weber (Globex)", now=NOW, timezone=BERLIN, **more)
        assert card.sender == "Ann Weber (Globex)"
        return text_of(card)

    file = AttachmentFacts(1, "a.png", "image/png", 1, None)
    assert copy(message()) == "It fails."
    assert copy(message(), sent_by_agent=True) == "It fails.\nsent to customer"
    assert copy(message(revisions=1)) == "It fails.\nedited"
    assert copy(message(deleted_at=NOW, attachments=(file,))) == "This message was deleted."
    assert copy(message(attachments=(file, file))) == "It fails.\nfiles: a.png, a.png"
    assert copy(message(text=(), body="", attachments=(file,))) == "file: a.png"
    assert copy(message(text=(), body="")) == "(no text)"
    assert copy(message(at=NOW - timedelta(hours=3))) == "It fails.\nwritten 11:00"
    # In several posts: what there is to say of it stands once, whom it went to below each.
    long = message(revisions=1, attachments=(file,))
    both = {"parts": (words("It fails,"), words("often.")), "sent_by_agent": True}
    assert copy(long, part=0, **both) == "It fails,\nsent to customer"
    assert copy(long, part=1, **both) == "often.\nsent to customer · edited · file: a.png"
    assert copy(long, part=2, **both) == "The message is shorter now and ends above.\nsent to customer"


def test_answers() -> None:
    ida = Refused("already_claimed", name="Ida Sand", ref="T-11", number=11)
    assert text_of(answers.refused(ENGLISH_VOICE, ida)) == "Ida Sand has T-11. Ask for it, or /ticket assign 11 me"
    assert buttons(answers.said(words("Done."), Button("Undo", "release:1")).card) == {"Undo": "release:1"}
    helped = answers.help_text(ENGLISH_VOICE, [v for v in VERBS if v.who != "agent"], {}, is_agent=False).card
    for_customers = text_of(helped)
    assert "/ticket solved [number]  say that your request is solved" in for_customers
    assert "Or simply write in your channel" in for_customers
    assert "show what you can do\nOr simply write in your channel" in helped.fallback


def test_forms_say_where_the_words_go() -> None:
    reply = forms.reply(ENGLISH_VOICE, ticket(requester_name="Ann-Katharina von Weber"), words("Goes to Ann alone."))
    assert plain(reply.intro) == "T-12. Goes to Ann alone."
    assert reply.submit == "Send to customer"
    assert len(reply.title) <= 24
    assert plain(forms.note(ENGLISH_VOICE, ticket()).intro) == "Only the team sees this."
    assert forms.assign(ENGLISH_VOICE, ticket(assignee="bo"), [("bo", "Bo Lind")]).inputs[0].initial == "bo"


def figures(**changes: Any) -> Figures:
    made = Figures(
        since=NOW - timedelta(days=1),
        until=NOW,
        opened=42,
        resolved=45,
        backlog=31,
        backlog_before=34,
        unowned=2,
        kept=9,
        broken=1,
        first_response_median=18 * 60,
        first_response_p90=70 * 60,
        resolution_median=5 * 3600,
    )
    return replace(made, **changes)


def test_digest_headline() -> None:
    before = figures(first_response_median=24 * 60)
    assert digest_cards.headline(ENGLISH_VOICE, figures(), before) == (
        "42 new, 45 solved, backlog down to 31; first answers took 18 min, 6 min faster than before."
    )
    slower = digest_cards.headline(ENGLISH_VOICE, figures(), figures(first_response_median=10 * 60))
    assert slower.endswith("took 18 min, 8 min slower than before.")
    assert digest_cards.headline(ENGLISH_VOICE, figures(backlog_before=31), figures()).endswith(
        "still 31; first answers took 18 min."
    )
    assert digest_cards.headline(ENGLISH_VOICE, figures(first_response_median=None), before) == (
        "42 new, 45 solved, backlog down to 31."
    )


def test_digest() -> None:
    late = Standing(12, "Export fails with 502", "Bo Lind", NOW - timedelta(hours=1))
    made = figures(attention=(late,), load=(("Bo Lind", 4),), accounts=(("Globex", 7),))
    card = digest_cards.digest(ENGLISH_VOICE, "Acme Support", made, made, at=NOW, timezone=BERLIN, link=no_link)
    text = text_of(card)
    assert text.startswith("Acme Support, 20 November\n42 new, 45 solved, backlog down to 31")
    for line in (
        "T-12  Export fails with 502 · Bo Lind · late since 13:00",
        "Promises kept: 90 % (9 of 10)",
        "First answer, 9 of 10 within: 70 min",
        "Time to solve (median): 5.0 h",
        "Open without owner: 2",
        "Open by owner  Bo Lind 4",
        "Most requests  Globex 7",
    ):
        assert line in text
    quiet = figures(opened=0, resolved=0, backlog=0)
    card = digest_cards.digest(ENGLISH_VOICE, "Acme Support", quiet, quiet, at=NOW, timezone=BERLIN, link=no_link)
    assert text_of(card) == "Acme Support, 20 November\nA quiet day: nothing new, nothing solved, nothing open."


def test_names_in_braces_take_spans() -> None:
    line = notices.line(
        ENGLISH_VOICE, "assigned_to", assignee=Words("A"), actor=words("B"), ref="{subject}", subject="{ref}"
    )
    assert line and line.fallback == "A, B gave you {subject}: {ref}"
