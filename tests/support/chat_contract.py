"""What every `ChatPlatform` must do, as tests. A platform's own test module subclasses `ChatPlatformContract` and
provides the fixture `stage`; fakes pass the same tests as real adapters."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from support.contract_stage import ContractStage as ContractStage
from support.contract_stage import Seen as Seen

from core.language.effects import (
    BackfillThread,
    Delete,
    Deliverable,
    Dm,
    EffectKind,
    Ephemeral,
    FetchFile,
    FetchPerson,
    Post,
    PublishHome,
    React,
    SetThread,
    Unreact,
    Update,
    Upload,
)
from core.language.events import (
    Inbound,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionAdded,
    receipt_key,
)
from core.language.places import Place
from core.language.text import plain, words
from core.language.views import Actions, Button, Card, Home, Paragraph, Small
from core.ports import NotSent, OutcomeUnknown, RateLimited, RefusedByPlatform, Revoked


def card(text: str, *controls: Button) -> Card:
    blocks = (Paragraph(words(text)), *((Actions(controls),) if controls else ()))
    return Card(fallback=text, title=words("T-12"), blocks=blocks)


def _since() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1)


class ChatPlatformContract:
    # --- what it says about itself

    async def test_rates_are_for_known_effects_and_allow_some(self, stage: ContractStage) -> None:
        rates = stage.platform.rates()
        assert set(rates) <= set(get_args(EffectKind))
        assert all(rate.count >= 1 and rate.seconds > 0 for rate in rates.values())

    async def test_a_permalink_is_made_without_a_call(self, stage: ContractStage) -> None:
        ref = await stage.say("Hello")
        link = stage.platform.permalink(ref)
        assert link is None or link.startswith(("http://", "https://"))

    async def test_it_says_what_it_lacks(self, stage: ContractStage) -> None:
        assert set(stage.platform.lacks) == set(stage.cannot)

    async def test_what_it_holds_is_seen_whole(self, stage: ContractStage) -> None:
        """Below a name, above small print; with characters that are longer as they are drawn."""
        text = " ".join(f"{n} & <{n}> *x*" for n in range(4000))
        length = max(length for length in range(0, len(text), 100) if stage.platform.holds(words(text[:length])))
        assert length >= 1000
        part = text[:length].rsplit(" ", 1)[0]
        small = words("sent to customer")
        shown = Card(f"{part} {plain(small)}", blocks=(Paragraph(words(part)), Small(small)), sender="Bo Lind")
        await stage.platform.deliver(Post(stage.place, shown, "k1"))
        said = (await stage.seen(stage.place))[-1].text
        assert re.findall(r"\d+", said) == re.findall(r"\d+", part)
        assert "…" not in said
        assert "sent to customer" in said

    # --- sending

    async def test_a_post_is_seen_once_where_it_belongs(self, stage: ContractStage) -> None:
        made = await stage.platform.deliver(Post(stage.place, card("Export fails"), "k1"))
        assert made.ref is not None
        assert made.ref.thread is None
        found = [one for one in await stage.seen(stage.place) if "Export fails" in one.text]
        assert [one.ref.message for one in found] == [made.ref.message]

    async def test_a_reply_is_in_its_thread_alone(self, stage: ContractStage) -> None:
        root = await stage.say("Help")
        made = await stage.platform.deliver(Post(root.as_root, card("We are on it"), "k1"))
        assert made.ref is not None
        assert made.ref.place == root.as_root
        assert "We are on it" in (await stage.seen(root.as_root))[-1].text
        assert not any("We are on it" in one.text for one in await stage.seen(stage.place))

    async def test_an_update_changes_and_a_delete_takes_away(self, stage: ContractStage) -> None:
        made = await stage.platform.deliver(Post(stage.place, card("Open", Button("Claim", "claim:1")), "k1"))
        assert made.ref is not None
        await stage.platform.deliver(Update(made.ref, card("Claimed")))
        last = (await stage.seen(stage.place))[-1]
        assert "Claimed" in last.text
        assert "Open" not in last.text
        await stage.platform.deliver(Delete(made.ref))
        await stage.platform.deliver(Delete(made.ref))
        assert made.ref.message not in [one.ref.message for one in await stage.seen(stage.place)]

    async def test_a_thread_is_put_away_and_wakes_when_something_is_said(self, stage: ContractStage) -> None:
        place = (await stage.say("Help")).as_root
        await stage.platform.deliver(Post(place, card("We are on it"), "k1"))
        for locked in (False, True):
            put_away = SetThread(place, archived=True, locked=locked)
            await stage.platform.deliver(put_away)
            await stage.platform.deliver(put_away)
            assert await stage.standing(place) == (
                (True, locked) if "set_thread" not in stage.cannot else (False, False)
            )
            await stage.platform.deliver(Post(place, card("One more thing"), f"k2 {locked}"))
            assert "One more thing" in (await stage.seen(place))[-1].text
        await stage.platform.deliver(SetThread(place, archived=False, locked=False))
        assert await stage.standing(place) == (False, False)

    async def test_what_is_changed_in_a_thread_leaves_it_put_away(self, stage: ContractStage) -> None:
        place = (await stage.say("Help")).as_root
        made = await stage.platform.deliver(Post(place, card("We are on it"), "k1"))
        assert made.ref is not None
        await stage.platform.deliver(SetThread(place, archived=True, locked=False))
        await stage.platform.deliver(Update(made.ref, card("Solved")))
        assert "Solved" in (await stage.seen(place))[-1].text
        assert await stage.standing(place) == ("set_thread" not in stage.cannot, False)

    async def test_reactions_may_be_repeated(self, stage: ContractStage) -> None:
        ref = await stage.say("Help")
        await stage.platform.deliver(React(ref, "eyes"))
        await stage.platform.deliver(React(ref, "eyes"))
        assert (await stage.seen(stage.place))[-1].reactions == {"eyes"}
        await stage.platform.deliver(Unreact(ref, "eyes"))
        await stage.platform.deliver(Unreact(ref, "eyes"))
        assert (await stage.seen(stage.place))[-1].reactions == frozenset()

    async def test_a_direct_message_reaches_its_person(self, stage: ContractStage) -> None:
        made = await stage.platform.deliver(Dm(stage.person, card("For you"), "k1"))
        assert made.ref is not None
        assert "For you" in (await stage.seen(Place(made.ref.connection, made.ref.channel)))[-1].text

    async def test_an_upload_arrives_as_it_was(self, stage: ContractStage) -> None:
        blob = stage.blobs.put(b"\x89PNG" * 1000)
        root = await stage.say("Help")
        made = await stage.platform.deliver(Upload(root.as_root, "a.png", "image/png", blob, "k1", "Here"))
        last = (await stage.seen(root.as_root))[-1]
        assert last.files == (b"\x89PNG" * 1000,)
        assert made.ref is not None
        assert made.ref.message == last.ref.message

    async def test_an_upload_of_lost_bytes_is_refused(self, stage: ContractStage) -> None:
        with pytest.raises(RefusedByPlatform):
            await stage.platform.deliver(Upload(stage.place, "a.png", "image/png", "no-such-blob", "k1"))

    async def test_what_is_for_one_person_alone_is_taken(self, stage: ContractStage) -> None:
        for effect in (
            Ephemeral(stage.place, stage.person, card("Only you")),
            PublishHome(stage.person, Home(words("Your tickets"), (Paragraph(words("None")),))),
        ):
            if effect.kind not in stage.cannot:
                await stage.platform.deliver(effect)
        assert not any("Only you" in one.text for one in await stage.seen(stage.place))

    # --- fetching

    async def test_a_person_has_a_name(self, stage: ContractStage) -> None:
        found = await stage.platform.deliver(FetchPerson(stage.person))
        assert found.profile is not None
        assert found.profile.identity == stage.person
        assert found.profile.name

    async def test_a_file_comes_as_it_was(self, stage: ContractStage) -> None:
        found = await stage.platform.deliver(await stage.attach(b"log line\n" * 500))
        assert found.blob is not None
        assert stage.blobs.held[found.blob] == b"log line\n" * 500
        assert found.size == 4500

    async def test_a_file_that_is_too_large_leaves_nothing(self, stage: ContractStage) -> None:
        effect = await stage.attach(b"x" * 2000)
        with pytest.raises(RefusedByPlatform):
            await stage.platform.deliver(FetchFile(effect.connection, effect.source, limit=1999))
        assert stage.blobs.held == {}

    # --- reading

    async def test_history_is_oldest_first_after_a_message(self, stage: ContractStage) -> None:
        first = await stage.say("one")
        for text in ("two", "three", "four"):
            await stage.say(text)
        raws = await stage.platform.history(stage.place, after=first.message, limit=2)
        assert [_said(stage, raw) for raw in raws] == ["two", "three"]

    async def test_history_begins_at_a_time(self, stage: ContractStage) -> None:
        said = await stage.say("one")
        (raw,) = (await stage.platform.history(stage.place, after=None, limit=1000))[-1:]
        event = stage.platform.normalise(raw)
        assert isinstance(event, MessagePosted) and event.ref == said
        for moment, found in ((event.at - timedelta(seconds=2), 1), (event.at + timedelta(seconds=2), 0)):
            raws = await stage.platform.history(stage.place, after=stage.platform.id_at(moment), limit=10)
            assert raws.count(raw) == found

    async def test_history_of_a_thread_is_its_replies(self, stage: ContractStage) -> None:
        root = await stage.say("root")
        await stage.say("beside")
        for text in ("first", "second"):
            await stage.say(text, root.message)
        raws = await stage.platform.history(root.as_root, after=root.message, limit=10)
        assert [_said(stage, raw) for raw in raws] == ["first", "second"]

    async def test_a_thread_comes_back_whole_without_our_own_words(self, stage: ContractStage) -> None:
        root = await stage.say("root")
        await stage.say("more", root.message)
        await stage.platform.deliver(Post(root.as_root, card("ours"), "k1"))
        await stage.say("thanks", root.message)
        raws = (await stage.platform.deliver(BackfillThread(root.as_root))).raws
        events = [event for event in map(stage.platform.normalise, raws) if isinstance(event, MessagePosted)]
        assert [plain(event.text) for event in events] == ["root", "more", "thanks"]
        assert [event.ref.as_root for event in events] == [root.as_root] * 3

    async def test_what_history_gives_is_the_same_event_each_time(self, stage: ContractStage) -> None:
        await stage.say("before")
        ref = await stage.say("Hello")
        (raw,) = (await stage.platform.history(stage.place, after=None, limit=1000))[-1:]
        event = stage.platform.normalise(raw)
        assert isinstance(event, MessagePosted)
        assert event.ref == ref
        again = stage.platform.normalise(event.raw)
        assert again == event
        assert receipt_key(event) is not None

    async def test_an_edited_message_is_followed_by_its_edit(self, stage: ContractStage) -> None:
        root = await stage.say("root")
        answer = await stage.say("first", root.message)
        await stage.edit(answer, "second")
        raws = await stage.platform.history(root.as_root, after=None, limit=10)
        said, changed = _events(stage, raws)[1:]
        assert isinstance(said, MessagePosted) and isinstance(changed, MessageEdited)
        assert (said.ref, changed.ref) == (answer, answer)
        assert plain(changed.text) == "second"

    async def test_who_has_reacted_is_read_with_a_message(self, stage: ContractStage) -> None:
        root = await stage.say("root")
        made = await stage.platform.deliver(Post(root.as_root, card("ours"), "k1"))
        assert made.ref is not None
        for ref, name in ((root, "eyes"), (root, "heart"), (made.ref, "eyes")):
            await stage.react(ref, name)
        await stage.platform.deliver(React(root, "eyes"))
        raws = await stage.platform.history(root.as_root, after=None, limit=10, reactions={"eyes", "tada"})
        found = [event for event in _events(stage, raws) if isinstance(event, ReactionAdded)]
        assert [(one.ref.message, one.name) for one in found] == [(root.message, "eyes"), (made.ref.message, "eyes")]
        assert {(one.person, one.event_time, receipt_key(one)) for one in found} == {(stage.person, "", None)}

    async def test_threads_with_something_new_are_found(self, stage: ContractStage) -> None:
        old, touched = await stage.say("old"), await stage.say("touched")
        await stage.say("long ago", old.message)
        mark = await stage.say("long ago", touched.message)
        await stage.say("now", touched.message)
        fresh = await stage.say("fresh")
        await stage.say("now", fresh.message)
        found = await stage.platform.touched(stage.place, after=mark.message)
        assert set(found) == {touched.as_root, fresh.as_root}

    async def test_a_single_message_is_looked_up_or_gone(self, stage: ContractStage) -> None:
        root, beside = await stage.say("root"), await stage.say("beside")
        kept, gone = await stage.say("kept", root.message), await stage.say("gone", root.message)
        await stage.react(kept, "eyes")
        await stage.take_away(gone)
        await stage.take_away(beside)
        said, reacted = _events(stage, await stage.platform.look_up(kept, reactions={"eyes"}))
        assert isinstance(said, MessagePosted) and said.ref == kept
        assert isinstance(reacted, ReactionAdded) and reacted.ref.message == kept.message
        for ref in (gone, beside):
            (deleted,) = _events(stage, await stage.platform.look_up(ref))
            assert isinstance(deleted, MessageDeleted)
            assert (deleted.ref, deleted.connection) == (ref, ref.connection)

    async def test_nonsense_is_refused_and_not_a_crash(self, stage: ContractStage) -> None:
        for raw in ({}, {"type": None}, {"event": []}, {"type": "event_callback", "event": {"type": "message"}}):
            with pytest.raises(ValueError):
                stage.platform.normalise(raw)

    # --- when the outcome is not known

    async def test_what_was_applied_without_an_answer_is_found(self, stage: ContractStage) -> None:
        root = await stage.say("Help")
        blob = stage.blobs.put(b"bytes")
        effects: tuple[Deliverable, ...] = (
            Post(stage.place, card("top"), "k1"),
            Post(root.as_root, card("reply"), "k2"),
            Dm(stage.person, card("direct"), "k3"),
            Upload(root.as_root, "a.txt", "text/plain", blob, "k4"),
        )
        for effect in effects:
            since = _since()
            await stage.fail_next(effect.kind, "applied")
            with pytest.raises(OutcomeUnknown):
                await stage.platform.deliver(effect)
            found = await stage.platform.read_back(effect, since=since)
            assert found is not None, effect
            assert found.ref is not None
            place = found.ref.place if found.ref.thread else Place(found.ref.connection, found.ref.channel)
            assert (await stage.seen(place))[-1].ref.message == found.ref.message

    async def test_what_was_not_applied_is_not_found(self, stage: ContractStage) -> None:
        root = await stage.say("Help")
        for effect in (Post(stage.place, card("top"), "k1"), Post(root.as_root, card("reply"), "k2")):
            since = _since()
            await stage.fail_next(effect.kind, "not_applied")
            with pytest.raises(OutcomeUnknown):
                await stage.platform.deliver(effect)
            assert await stage.platform.read_back(effect, since=since) is None

    async def test_posts_that_say_the_same_are_told_apart(self, stage: ContractStage) -> None:
        since = _since()
        effects = [Post(stage.place, card("the same words"), key) for key in ("k1", "k2", "k3")]
        made = [await stage.platform.deliver(effect) for effect in effects[:2]]
        found = [await stage.platform.read_back(effect, since=since) for effect in effects]
        assert [one.ref if one else None for one in found] == [*(one.ref for one in made), None]

    async def test_what_may_be_repeated_is_not_looked_for(self, stage: ContractStage) -> None:
        ref = await stage.say("Help")
        for effect in (React(ref, "eyes"), Update(ref, card("x")), Delete(ref), FetchPerson(stage.person)):
            assert await stage.platform.read_back(effect, since=_since()) is None

    # --- when it is refused

    async def test_a_limit_says_how_long_and_nothing_is_applied(self, stage: ContractStage) -> None:
        await stage.fail_next("post", "limited")
        with pytest.raises(RateLimited) as limited:
            await stage.platform.deliver(Post(stage.place, card("limited"), "k1"))
        assert limited.value.retry_after > 0
        assert limited.value.scope == "lane"
        assert not any("limited" in one.text for one in await stage.seen(stage.place))

    async def test_a_closed_place_is_gone(self, stage: ContractStage) -> None:
        await stage.close_place()
        with pytest.raises(RefusedByPlatform) as refused:
            await stage.platform.deliver(Post(stage.place, card("hello"), "k1"))
        assert refused.value.gone

    async def test_a_platform_out_of_reach_has_taken_nothing(self, stage: ContractStage) -> None:
        await stage.go_away()
        for effect in (Post(stage.place, card("hello"), "k1"), Dm(stage.person, card("hello"), "k2")):
            with pytest.raises(NotSent):
                await stage.platform.deliver(effect)

    async def test_taken_credentials_are_told_apart(self, stage: ContractStage) -> None:
        await stage.revoke()
        with pytest.raises(Revoked):
            await stage.platform.deliver(Post(stage.place, card("hello"), "k1"))


def _events(stage: ContractStage, raws: Iterable[Mapping[str, Any]]) -> list[Inbound]:
    return [event for raw in raws if (event := stage.platform.normalise(raw)) is not None]


def _said(stage: ContractStage, raw: object) -> str:
    event = stage.platform.normalise(raw)
    assert isinstance(event, MessagePosted)
    return plain(event.text)
