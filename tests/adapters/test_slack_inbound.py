"""What Slack sends, as the desk's events."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.slack_payloads import (
    ME,
    NOW,
    ROOT,
    TS,
    changed,
    command,
    envelope,
    message,
    press,
    reaction,
    read,
    samples,
    shortcut,
    submission,
)

from adapters.slack.payloads import moment
from core.language.events import (
    ChannelChanged,
    ConnectionRevoked,
    GroupChanged,
    HomeOpened,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    PersonChanged,
    ReactionAdded,
    ReactionRemoved,
    receipt_key,
)
from core.language.places import Identity, MessageRef, Place
from core.language.text import Link, Named, Quoted, plain

ANN = Identity("main", "U0ANN")
BO = Identity("main", "U0BO")


def posted(**more: Any) -> MessagePosted:
    event = read(message(**more))
    assert isinstance(event, MessagePosted)
    return event


# --- messages


def test_a_message_says_who_where_when_and_what():
    event = posted()
    assert event.ref == MessageRef("main", "C0GLOBEX", TS, None)
    assert event.author == ANN
    assert plain(event.text) == "Our export fails"
    assert event.at == moment(TS)
    assert event.client_id == posted().client_id != posted(text="Something else").client_id
    assert event.client_id != posted(client_msg_id="c-2").client_id
    assert posted(client_msg_id=None).client_id is None
    assert event.event_id == "Ev1"
    assert not (event.author_is_bot or event.mentions_desk or event.direct or event.broadcast)


def test_a_mention_arrives_twice_and_is_one_event():
    as_message = posted(text="<@U0DESK> help")
    as_mention = posted(type="app_mention", text="<@U0DESK> help", channel_type=None)
    assert as_message.mentions_desk
    assert as_mention.mentions_desk
    assert receipt_key(as_message) == receipt_key(as_mention)
    assert not posted(text="<@U0BO> help").mentions_desk
    # The desk's own name is nobody's: it can be told from the people whom a message names.
    assert as_message.text[0] == Named("desk")
    assert posted(text="<@U0BO> help").text[0] == Named("U0BO", BO)


@pytest.mark.parametrize(
    "more",
    [
        {"user": "U0DESK"},
        {"user": None, "bot_id": "B0DESK", "subtype": "bot_message"},
        {"user": "U1", "bot_id": "B1", "app_id": "A0DESK"},
        {"user": "U1", "bot_profile": {"app_id": "A0DESK"}},
    ],
)
def test_what_we_wrote_ourselves_is_nothing_new(more):
    assert read(message(**more)) is None


@pytest.mark.parametrize(
    "more",
    [{"bot_id": "B9", "user": "U9"}, {"subtype": "bot_message", "user": None, "bot_id": "B9"}, {"user": "USLACKBOT"}],
)
def test_other_bots_are_told_apart(more):
    event = posted(**more)
    assert event.author_is_bot
    assert event.author.user in ("U9", "B9", "USLACKBOT")


@pytest.mark.parametrize("subtype", [None, "file_share", "thread_broadcast", "me_message"])
def test_what_people_say_is_kept_whatever_its_subtype(subtype):
    assert posted(subtype=subtype).author == ANN


@pytest.mark.parametrize("subtype", ["channel_join", "channel_topic", "pinned_item", "message_replied", "reminder_add"])
def test_what_slack_says_is_noise(subtype):
    assert read(message(subtype=subtype)) is None


def test_a_thread_is_its_roots_and_a_root_is_in_none():
    assert posted(thread_ts=ROOT).ref.thread == ROOT
    assert posted(thread_ts=TS).ref.thread is None
    assert posted(thread_ts=ROOT, subtype="thread_broadcast").broadcast


def test_a_direct_message_says_so():
    assert posted(channel="D0ANN", channel_type="im").direct


def test_somebody_of_another_organisation_brings_its_name():
    assert posted(user_team="T0GLOBEX").author_home == "T0GLOBEX"
    assert posted(source_team="T0GLOBEX").author_home == "T0GLOBEX"
    assert posted().author_home is None


def test_files_are_kept_with_what_finds_them():
    file = {
        "id": "F1",
        "name": "a.png",
        "mimetype": "image/png",
        "size": 3,
        "url_private_download": "https://x.slack.com/d",
    }
    files = [file, {"id": "F2", "mode": "tombstone"}, {"id": "F3", "file_access": "check_file_info"}]
    event = posted(subtype="file_share", files=files)
    assert [(f.name, f.type, f.size) for f in event.files] == [
        ("a.png", "image/png", 3),
        ("F3", "application/octet-stream", 0),
    ]
    assert event.files[0].source == {"id": "F1", "url": "https://x.slack.com/d", "type": "image/png"}
    assert event.files[1].source["id"] == "F3"


def test_a_document_on_a_drive_is_a_link():
    event = posted(files=[{"id": "F1", "title": "Plan", "mode": "external", "url_private": "https://drive.example/1"}])
    assert event.files == ()
    assert event.text[-1] == Link("https://drive.example/1", "Plan")


def test_a_forwarded_message_is_quoted_and_a_link_preview_is_not():
    shared = {"is_share": True, "author_name": "Raj", "text": "It works here"}
    event = posted(text="", attachments=[shared, {"text": "a preview", "from_url": "https://x.example"}])
    assert event.text == (Quoted("Raj: It works here"),)


# --- edits and deletions


def test_an_edit_knows_its_message_and_itself():
    after = {"text": "b", "thread_ts": ROOT, "edited": {"user": "U0ANN", "ts": "1795178450.000100"}}
    event = read(changed({"text": "a", "thread_ts": ROOT}, after))
    assert isinstance(event, MessageEdited)
    assert event.ref == MessageRef("main", "C0GLOBEX", TS, ROOT)
    assert event.author == ANN
    assert plain(event.text) == "b"
    assert event.edition == "1795178450.000100"


def test_an_edit_without_a_time_is_known_by_its_text():
    one, same, other = (read(changed({"text": "a"}, {"text": text})) for text in ("b", "b", "c"))
    assert isinstance(one, MessageEdited)
    assert receipt_key(one) == receipt_key(same) != receipt_key(other)


def test_a_link_that_was_unfurled_is_no_edit():
    assert read(changed({"text": "a"}, {"text": "a", "attachments": [{"from_url": "https://x.example"}]})) is None


def test_an_edit_that_does_not_say_what_was_before_is_left_to_the_desk():
    event = read(changed(None, {"text": "a"}))
    assert isinstance(event, MessageEdited)
    assert plain(event.text) == "a"


def test_a_file_taken_off_is_an_edit():
    event = read(changed({"text": "a", "files": [{"id": "F1"}]}, {"text": "a", "files": []}))
    assert isinstance(event, MessageEdited)


@pytest.mark.parametrize(
    "payload",
    [
        envelope(
            {"type": "message", "subtype": "message_deleted", "channel": "C0GLOBEX", "deleted_ts": TS, "event_ts": TS}
        ),
        changed({"text": "a"}, {"subtype": "tombstone", "user": "USLACKBOT"}),
        message(subtype="tombstone", user="USLACKBOT"),
    ],
)
def test_a_deletion_comes_in_three_ways(payload):
    event = read(payload)
    assert isinstance(event, MessageDeleted)
    assert event.ref == MessageRef("main", "C0GLOBEX", TS, None)


def test_a_deleted_reply_keeps_its_thread():
    event = read(changed({"text": "a", "thread_ts": ROOT}, {"subtype": "tombstone", "thread_ts": ROOT}))
    assert isinstance(event, MessageDeleted)
    assert event.ref.thread == ROOT


def test_our_own_edits_and_deletions_are_nothing_new():
    ours = {"user": "U0DESK"}
    assert read(changed({"text": "a", **ours}, {"text": "b", **ours})) is None
    assert read(changed({"text": "a", **ours}, {"subtype": "tombstone"})) is None


# --- everything else


def test_a_reaction_is_named_without_skin_tone_and_knows_no_thread():
    event = read(reaction(reaction="+1::skin-tone-3"))
    assert isinstance(event, ReactionAdded)
    assert (event.name, event.person, event.ref.thread) == ("+1", BO, None)
    taken_off = read(reaction(type="reaction_removed"))
    assert isinstance(taken_off, ReactionRemoved)
    assert receipt_key(taken_off) != receipt_key(event)


def test_reactions_of_ours_and_on_files_are_noise():
    assert read(reaction(user="U0DESK")) is None
    assert read(reaction(item={"type": "file", "file": "F1"})) is None


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("channel_left", "removed"),
        ("group_left", "removed"),
        ("channel_archive", "archived"),
        ("group_unarchive", "unarchived"),
        ("channel_deleted", "deleted"),
        ("member_joined_channel", "joined"),
        ("member_left_channel", "removed"),
    ],
)
def test_our_footing_in_a_channel(kind, change):
    event = read(envelope({"type": kind, "channel": "C0GLOBEX", "user": "U0DESK", "event_ts": TS}))
    assert isinstance(event, ChannelChanged)
    assert (event.place, event.change) == (Place("main", "C0GLOBEX"), change)


def test_others_come_and_go_without_a_word():
    assert read(envelope({"type": "member_joined_channel", "channel": "C1", "user": "U0ANN", "event_ts": TS})) is None


def test_a_rename_brings_the_name():
    event = read(envelope({"type": "group_rename", "channel": {"id": "C1", "name": "new"}, "event_ts": TS}))
    assert isinstance(event, ChannelChanged)
    assert (event.change, event.name, event.place.channel) == ("renamed", "new", "C1")


def test_the_home_is_opened_on_its_own_tab_only():
    opened = {"type": "app_home_opened", "user": "U0BO", "channel": "D1", "event_ts": TS}
    event = read(envelope({**opened, "tab": "home"}))
    assert isinstance(event, HomeOpened)
    assert event.person == BO
    assert read(envelope({**opened, "tab": "messages"})) is None


def test_people_groups_and_the_app_itself():
    assert isinstance(read(envelope({"type": "user_change", "user": {"id": "U0BO"}})), PersonChanged)
    assert isinstance(read(envelope({"type": "subteam_members_changed", "subteam_id": "S1"})), GroupChanged)
    assert isinstance(read(envelope({"type": "app_uninstalled"})), ConnectionRevoked)
    assert isinstance(read(envelope({"type": "tokens_revoked", "tokens": {"bot": ["U0DESK"]}})), ConnectionRevoked)
    assert read(envelope({"type": "tokens_revoked", "tokens": {"oauth": ["U0BO"]}})) is None


def test_unknown_kinds_are_noise():
    assert read(envelope({"type": "pin_added", "event_ts": TS})) is None
    assert read({"type": "app_rate_limited", "minute_rate_limited": 1}) is None


# --- other servers


def test_what_a_server_leaves_out_of_an_event_is_no_loss():
    bare = {"event": {"type": "message", "channel": "D0ANN", "user": "U0ANN", "text": "Help", "ts": TS}}
    event = read(bare)
    assert isinstance(event, MessagePosted)
    assert event.direct
    item = {"channel": "C0GLOBEX", "ts": TS}
    one, same, other = (
        read({"event": {"type": "reaction_added", "user": "U0BO", "reaction": "eyes", "item": item}, "event_id": name})
        for name in ("Ev1", "Ev1", "Ev2")
    )
    assert isinstance(one, ReactionAdded)
    assert one.at == NOW
    assert read(one.raw) == one
    assert receipt_key(one) == receipt_key(same) != receipt_key(other)


# --- what is kept


@pytest.mark.parametrize("payload", samples(), ids=lambda payload: payload.get("event", payload).get("type", "command"))
def test_every_event_comes_again_from_what_is_kept_of_it(payload):
    event = read(payload)
    assert event is not None
    kept = json.loads(json.dumps(event.raw))
    assert read(kept) == event
    text = json.dumps(kept)
    for secret in ("secret", "hooks.slack.com", "1.2.abc", "1.3.abc", "1.4.abc"):
        assert secret not in text


def test_nothing_is_kept_that_a_database_refuses():
    event = posted(text="a\x00b \ud83d c", blocks=[{"type": "x", "n": float("inf")}])
    text = json.dumps(event.raw, ensure_ascii=False)
    assert "\x00" not in text
    assert "\\u0000" not in text
    text.encode("utf-8")
    json.loads(text, parse_constant=pytest.fail)


def _deep(levels: int) -> Any:
    out: Any = "x"
    for _ in range(levels):
        out = [out]
    return out


def test_nonsense_is_refused():
    for payload in (
        {},
        {"type": []},
        {"type": "event_callback"},
        message(ts="yesterday"),
        message(ts="9" * 40),
        message(user=None),
        message(channel=None),
        message(blocks=_deep(3000)),
        press({"action_id": None}),
        press(actions=[]),
        command(user_id=7),
        submission(view={"callback_id": "form", "private_metadata": "x", "state": {"values": []}}),
        submission(view={"callback_id": "form", "state": {"values": {"a": {"b": 3}}}}),
        shortcut(message=None),
    ):
        with pytest.raises(ValueError):
            read(payload)


_anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just([]), st.just({}), st.just([{}])
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, part in inner for found in _paths(part, (*path, key)))]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_damage_gives_an_event_or_nothing_or_a_refusal(data):
    payload = copy.deepcopy(data.draw(st.sampled_from(samples())))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([path for path in _paths(payload) if path]))
        inside: Any = payload
        for key in path[:-1]:
            inside = inside[key]
        inside[path[-1]] = copy.deepcopy(data.draw(_anything))
    try:
        event = read(payload)
    except ValueError:
        return
    assert event is None or event.connection == ME.connection
