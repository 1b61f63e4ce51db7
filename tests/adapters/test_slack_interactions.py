"""What people press, type and fill in on Slack, as the desk's events."""

from support.slack_payloads import (
    NOW,
    ROOT,
    TS,
    command,
    press,
    question,
    read,
    shortcut,
    submission,
)

from core.language.events import (
    ActionPressed,
    ChoicesAsked,
    CommandTyped,
    FormSubmitted,
    ShortcutUsed,
    receipt_key,
)
from core.language.places import Identity, MessageRef, Place

ANN = Identity("main", "U0ANN")
BO = Identity("main", "U0BO")


def test_a_command():
    event = read(command(text="  reply 12 a &lt;b&gt; &amp; <https://x.example|this> *now* "))
    assert isinstance(event, CommandTyped)
    assert event.text == "reply 12 a <b> & this (https://x.example) *now*"
    assert (event.place, event.person, event.at) == (Place("main", "C0TRIAGE"), BO, NOW)


def test_a_button_a_select_and_a_menu():
    button = read(press())
    assert isinstance(button, ActionPressed)
    assert (button.token, button.value) == ("claim:12", None)
    assert button.ref == MessageRef("main", "C0TRIAGE", TS, None)
    # People of the desk's own workspace are of no organisation apart.
    assert button.person_home is None
    shared = read(press(user={"id": "U0ANN", "team_id": "T0GLOBEX"}))
    assert isinstance(shared, ActionPressed) and shared.person_home == "T0GLOBEX"
    chosen = {"selected_option": {"value": "high", "text": {"type": "plain_text", "text": "High"}}}
    select = read(press({"action_id": "priority:12~2", "type": "static_select", **chosen}))
    assert isinstance(select, ActionPressed)
    assert (select.token, select.value) == ("priority:12", "high")


def test_a_press_in_a_thread_knows_it():
    event = read(press(message={"ts": TS, "thread_ts": ROOT}))
    assert isinstance(event, ActionPressed)
    assert event.ref == MessageRef("main", "C0TRIAGE", TS, ROOT)
    ephemeral = {"type": "message", "message_ts": TS, "channel_id": "C0TRIAGE", "thread_ts": ROOT, "is_ephemeral": True}
    event = read(press(message=None, container=ephemeral))
    assert isinstance(event, ActionPressed)
    assert event.ref == MessageRef("main", "C0TRIAGE", TS, ROOT)


def test_a_press_in_the_home_is_on_no_message():
    event = read(press(message=None, channel=None, container={"type": "view", "view_id": "V1"}, view={"type": "home"}))
    assert isinstance(event, ActionPressed)
    assert event.ref is None


def test_a_link_button_says_nothing():
    assert read(press({"action_id": "open_link~2"})) is None


def test_a_form():
    event = read(submission())
    assert isinstance(event, FormSubmitted)
    assert event.token == "reply:12"
    assert event.values == {"text": "We are on it", "then": "open", "also": ""}
    assert read(submission(type="view_closed")) is None
    assert read(submission(view={"callback_id": "notice"})) is None


def test_a_shortcut_brings_its_message():
    event = read(shortcut())
    assert isinstance(event, ShortcutUsed)
    assert event.name == "open_ticket"
    assert event.message.author == ANN
    assert event.message.ref == MessageRef("main", "C0GLOBEX", TS, ROOT)
    assert read(shortcut(callback_id="something_else")) is None
    ours = read(shortcut(message={"ts": TS, "user": "U0DESK", "bot_id": "B0DESK", "text": "card"}))
    assert isinstance(ours, ShortcutUsed)
    assert ours.message.author_is_bot


def test_a_question_for_options():
    event = read(question())
    assert isinstance(event, ChoicesAsked)
    assert (event.token, event.query) == ("assignee:12", "mi")


def test_a_press_is_known_again_and_two_presses_are_two():
    assert read(press()) == read(press())
    first, second = read(press()), read(press(trigger_id="1.2.other"))
    assert isinstance(first, ActionPressed)
    assert isinstance(second, ActionPressed)
    assert receipt_key(first) != receipt_key(second)
    # Servers that give no trigger: the response URL, else the payload itself.
    without = [read(press(trigger_id=None, response_url=url)) for url in ("https://a", "https://b", None)]
    assert len({receipt_key(event) for event in without if event}) == 3


def test_a_trigger_that_is_always_the_same_is_no_reason_to_take_two_things_for_one():
    pressed = [read(press({"action_id": token}, trigger_id="1")) for token in ("claim:12", "claim:12", "resolve:12")]
    first, again, other = (receipt_key(event) for event in pressed if event)
    assert first == again != other
    assert receipt_key(read(command(text="claim 1"))) != receipt_key(read(command(text="claim 2")))


def test_an_odd_time_of_a_press_is_not_minded():
    event = read(press({"action_ts": "just now"}))
    assert isinstance(event, ActionPressed)
    assert event.at == NOW
