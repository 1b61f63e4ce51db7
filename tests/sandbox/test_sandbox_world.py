"""The world itself: its order, its ids, what it keeps across a restart, and whom it shows what."""

import asyncio
import json
import sqlite3
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sandbox import seed
from sandbox.app import running
from sandbox.changes import (
    Change,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionAdded,
    WorldReplaced,
)
from sandbox.clock import Clock, fresh_offset
from sandbox.discord import seed as discord_seed
from sandbox.discord.seed import CONTACT, HELP, IDEAS, KIM, LEE, TRIAGE
from sandbox.dump import BadWorld, dump_world, fill_world
from sandbox.persist import DataInUse
from sandbox.settings import BadSettings, Settings, from_environment
from sandbox.sight import channels_for, sees_change
from sandbox.world import Missing, World

BERLIN = ZoneInfo("Europe/Berlin")


def small_world() -> World:
    world = World(Clock(fresh_offset(), "Europe/Berlin"))
    seed.plant(world)
    return world


def test_fresh_world_is_a_friday_afternoon_with_people_of_both_platforms() -> None:
    world = small_world()
    assert world.clock.local().strftime("%A %H:%M") == "Friday 13:40"
    assert {person.id for person in world.people.values() if person.role != "app"} == {
        "U0ANN",
        "U0RAJ",
        "U0BO",
        "U0IDA",
        "U0MIA",
        KIM,
        LEE,
    }
    said = [message for room in world.rooms.values() for message in room.by_id.values()]
    assert said
    assert all(world.people[message.author].role in ("agent", "manager") for message in said)
    assert all(message.at < world.clock.now() for message in said)


def test_customers_see_their_own_channel_and_nothing_of_the_staff() -> None:
    world = small_world()
    assert {channel.id for channel in channels_for(world, "U0ANN")} == {"C0GLOBEX", "D0ANN"}
    assert {channel.id for channel in channels_for(world, "U0RAJ")} == {"C0INITECH", "D0RAJ"}
    assert {channel.id for channel in channels_for(world, "U0BO", "slack")} == {
        "C0TRIAGE",
        "C0GLOBEX",
        "C0INITECH",
        "D0BO",
    }
    assert {channel.id for channel in channels_for(world, "U0BO", "discord")} == {HELP, IDEAS, CONTACT, TRIAGE}
    assert {channel.id for channel in channels_for(world, KIM)} == {HELP, IDEAS, CONTACT}
    secret = world.post("C0TRIAGE", "U0BO", "between us")
    whisper = world.show_ephemeral("U0BO", "C0GLOBEX", "U0DESK", "for Bo")
    assert not sees_change(world, "U0ANN", MessagePosted(secret))
    assert sees_change(world, "U0IDA", MessagePosted(secret))
    assert world.ephemerals_of("U0BO", "C0GLOBEX") == [whisper]
    assert world.ephemerals_of("U0ANN", "C0GLOBEX") == []


def test_feed_tells_every_change_in_order_until_unsubscribed() -> None:
    world = small_world()
    heard: list[Change] = []
    stop = world.subscribe(heard.append)
    message = world.post("C0GLOBEX", "U0ANN", "one")
    world.edit("C0GLOBEX", message.id, "U0ANN", text="two")
    world.react("C0GLOBEX", message.id, "U0BO", "eyes")
    world.delete("C0GLOBEX", message.id, "U0ANN")
    stop()
    world.post("C0GLOBEX", "U0ANN", "unheard")
    assert [type(change) for change in heard] == [MessagePosted, MessageEdited, ReactionAdded, MessageDeleted]
    edited, deleted = heard[1], heard[3]
    assert isinstance(edited, MessageEdited)
    assert (edited.previous.text, edited.message.text) == ("one", "two")
    assert isinstance(deleted, MessageDeleted)
    assert deleted.message is None
    assert deleted.previous.reactions == {"eyes": ["U0BO"]}


def test_deleted_root_leaves_a_stand_in_that_goes_with_the_last_reply() -> None:
    world = small_world()
    root = world.post("C0GLOBEX", "U0ANN", "root")
    reply = world.post("C0GLOBEX", "U0BO", "reply", thread=root.id)
    world.delete("C0GLOBEX", root.id, "U0ANN")
    assert world.message("C0GLOBEX", root.id).deleted
    assert [message.id for message in world.thread("C0GLOBEX", root.id)] == [root.id, reply.id]
    world.delete("C0GLOBEX", reply.id, "U0BO")
    with pytest.raises(Missing):
        world.message("C0GLOBEX", root.id)
    assert world.thread("C0GLOBEX", root.id) == []


def test_replies_stay_out_of_the_channel_unless_broadcast() -> None:
    world = small_world()
    root = world.post("C0GLOBEX", "U0ANN", "root")
    world.post("C0GLOBEX", "U0BO", "hidden", thread=root.id)
    shown = world.post("C0GLOBEX", "U0BO", "shown", thread=root.id, broadcast=True)
    assert [message.id for message in world.history("C0GLOBEX")] == [shown.id, root.id]
    assert len(world.replies("C0GLOBEX", root.id)) == 2


def test_unread_counts_what_others_said_since_one_looked() -> None:
    world = small_world()
    first = world.post("C0GLOBEX", "U0ANN", "one")
    world.post("C0GLOBEX", "U0ANN", "two")
    assert world.unread("U0BO", "C0GLOBEX") == 2
    assert world.unread("U0ANN", "C0GLOBEX") == 0
    world.mark_read("U0BO", "C0GLOBEX", first.id)
    assert world.unread("U0BO", "C0GLOBEX") == 1
    world.mark_read("U0BO", "C0GLOBEX")
    assert world.unread("U0BO", "C0GLOBEX") == 0


async def test_ids_never_repeat_when_the_clock_goes_back() -> None:
    world = small_world()
    ids = [world.post("C0GLOBEX", "U0ANN", "x").id for _ in range(200)]
    await world.clock.set_offset(world.clock.offset_seconds - 0.01)
    ids += [world.post("C0GLOBEX", "U0ANN", "x").id for _ in range(200)]
    assert len(set(ids)) == 400
    room = world.rooms["C0GLOBEX"]
    assert room.top == sorted(room.top)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-11-20T13:40", "2026-11-23T08:30"),
        ("2026-11-23T07:00", "2026-11-24T08:30"),
        ("2026-11-21T23:59", "2026-11-23T08:30"),
        ("2026-03-27T12:00", "2026-03-30T08:30"),
    ],
)
async def test_next_morning_is_the_next_business_day_at_half_past_eight(start: str, expected: str) -> None:
    clock = Clock(0.0, "Europe/Berlin")
    await clock.move_to(datetime.fromisoformat(start).replace(tzinfo=BERLIN))
    assert clock.next_morning() == datetime.fromisoformat(expected).replace(tzinfo=BERLIN)


async def test_world_and_clock_survive_a_restart(tmp_path: Path) -> None:
    async with running(Settings(port=0, data=tmp_path)) as sandbox:
        world_id = sandbox.world.world_id
        root = sandbox.world.post("C0GLOBEX", "U0ANN", "kept", nonce="n1")
        sandbox.world.post("C0GLOBEX", "U0BO", "answer", thread=root.id)
        gone = sandbox.world.post("C0GLOBEX", "U0ANN", "gone")
        sandbox.world.delete("C0GLOBEX", gone.id, "U0ANN")
        sandbox.world.react("C0GLOBEX", root.id, "U0BO", "eyes")
        sandbox.world.edit("C0GLOBEX", root.id, "U0ANN", text="kept, edited")
        await sandbox.clock.advance(3600)
        before = sandbox.clock.now()
    async with running(Settings(port=0, data=tmp_path)) as sandbox:
        assert sandbox.world.world_id == world_id
        assert 0 <= sandbox.clock.now() - before < 30
        message = sandbox.world.message("C0GLOBEX", root.id)
        assert (message.text, message.nonce, message.reactions) == ("kept, edited", "n1", {"eyes": ["U0BO"]})
        assert message.edited is not None
        assert len(sandbox.world.replies("C0GLOBEX", root.id)) == 1
        assert sandbox.world.find_message("C0GLOBEX", gone.id) is None
        assert sandbox.world.post("C0GLOBEX", "U0ANN", "after").id > gone.id
        assert [channel.id for channel in sandbox.world.channels.values()][:2] == ["C0TRIAGE", "C0GLOBEX"]


async def test_what_changed_is_on_disk_a_moment_later(tmp_path: Path) -> None:
    async with running(Settings(port=0, data=tmp_path)) as sandbox:
        sandbox.world.post("C0GLOBEX", "U0ANN", "soon on disk")
        await sandbox.store.save()
        (tmp_path / "copy").mkdir()
        for name in ("world.db", "world.db-wal"):
            (tmp_path / "copy" / name).write_bytes((tmp_path / name).read_bytes())
    copied = sqlite3.connect(tmp_path / "copy" / "world.db")
    bodies = [json.loads(body) for (body,) in copied.execute("SELECT body FROM record WHERE kind = 'message'")]
    copied.close()
    assert "soon on disk" in [body["text"] for body in bodies]


async def test_second_sandbox_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    async with running(Settings(port=0, data=tmp_path)):
        with pytest.raises(DataInUse):
            async with running(Settings(port=0, data=tmp_path)):
                pass


async def test_start_over_is_a_fresh_world_that_is_kept(tmp_path: Path) -> None:
    async with running(Settings(port=0, data=tmp_path)) as sandbox:
        heard: list[Change] = []
        sandbox.world.post("C0GLOBEX", "U0ANN", "old")
        old = sandbox.world.world_id
        await sandbox.clock.advance(86_400)
        sandbox.world.subscribe(heard.append)
        await sandbox.start_over()
        new = sandbox.world.world_id
        assert new != old
        assert WorldReplaced(new) in heard
        assert sandbox.clock.local().strftime("%A %H:%M") == "Friday 13:40"
    async with running(Settings(port=0, data=tmp_path)) as sandbox:
        assert sandbox.world.world_id == new
        assert list(sandbox.world.history("C0GLOBEX")) == []


def test_a_dump_fills_another_world_the_same() -> None:
    world = small_world()
    root = world.post("C0GLOBEX", "U0ANN", "root")
    world.edit("C0GLOBEX", root.id, "U0ANN", text="root, edited")
    world.post("C0GLOBEX", "U0BO", "reply", thread=root.id, broadcast=True)
    dump = json.loads(json.dumps(dump_world(world)))
    other = World(Clock(0.0, "Europe/Berlin"))
    fill_world(other, dump)
    assert dump_world(other) | {"offset_seconds": 0} == dump | {"offset_seconds": 0}


@pytest.mark.parametrize(
    "broken",
    [
        {"people": [{"id": "U1"}]},
        {"messages": [{"id": "1.0", "channel": "C9", "author": "U1", "at": 1.0, "text": ""}]},
        {"channels": "none"},
        {"reads": [["U1", "C1"]]},
    ],
)
def test_a_broken_dump_changes_nothing(broken: dict[str, object]) -> None:
    world = small_world()
    before = dump_world(world)
    with pytest.raises(BadWorld):
        fill_world(world, broken)
    assert dump_world(world) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [("SANDBOX_PORT", "many"), ("SANDBOX_SPEED", "0"), ("SANDBOX_SPEED", "nan"), ("SANDBOX_PORT", "-1")],
)
def test_unusable_settings_name_the_variable(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=name):
        from_environment({name: value})


async def test_a_mover_waits_for_the_followers_that_are_there() -> None:
    clock = Clock(0.0, "Europe/Berlin")
    polling = asyncio.create_task(clock.wait_newer(clock.version, 10, "desk"))
    await asyncio.sleep(0)
    await clock.advance(60)
    await polling
    assert not await clock.confirmed(0.01)
    waiting = asyncio.create_task(clock.confirmed(5))
    await clock.seen(clock.version, "desk")
    assert await waiting


async def test_nobody_waits_for_those_who_followed_a_world_that_is_gone() -> None:
    clock = Clock(0.0, "Europe/Berlin")
    polling = asyncio.create_task(clock.wait_newer(clock.version, 10, "desk"))
    await asyncio.sleep(0)
    await clock.advance(60)
    clock.forget_followers()
    await polling
    assert await clock.confirmed(0.01)
    await clock.wait_newer(0, 10, "desk")
    assert not await clock.confirmed(0.01)


def test_a_server_kept_without_its_contact_channel_gets_it_once() -> None:
    world = small_world()
    world.delete_channel(CONTACT, "U0MIA")
    assert discord_seed.plant_contact(world)
    assert CONTACT in {channel.id for channel in channels_for(world, KIM)}
    assert not discord_seed.plant_contact(world)
