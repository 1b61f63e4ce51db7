"""Messages, threads, reactions, files: discord.py sees what people do, and people see what it does."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import aiohttp
import discord
import pytest
from support.discord_peer import Peer, connected, control, sees, served

from sandbox.app import Sandbox
from sandbox.discord.seed import AGENTS, BO, GUILD, HELP, IDEAS, KIM, LEE, TRIAGE


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with served(tmp_path) as sandbox:
        yield sandbox


@pytest.fixture
async def peer(sandbox: Sandbox) -> AsyncIterator[Peer]:
    async with connected(sandbox) as peer:
        yield peer


async def test_server_is_whole_after_ready(peer: Peer) -> None:
    guild = peer.guild
    assert (guild.name, guild.member_count) == ("Acme Community", 6)
    assert {channel.name for channel in guild.channels} == {"help", "ideas", "contact", "triage-discord"}
    ideas = guild.get_channel(int(IDEAS))
    assert isinstance(ideas, discord.ForumChannel)
    assert "Waiting for you" in [tag.name for tag in ideas.available_tags]
    assert {member.display_name for member in guild.get_role(int(AGENTS)).members} == {"Bo Lind", "Ida Sand"}
    triage = peer.text(TRIAGE)
    assert triage.permissions_for(guild.get_member(int(BO))).view_channel
    assert not triage.permissions_for(guild.get_member(int(KIM))).view_channel
    assert triage.permissions_for(guild.me).send_messages


async def test_message_comes_in_and_answer_goes_out(sandbox: Sandbox, peer: Peer) -> None:
    said = await control(sandbox, "post", **{"as": KIM, "channel": HELP, "text": "@Bo Lind my export fails"})
    message = await peer.next("message")
    assert (message.content, message.author.display_name) == (f"<@{BO}> my export fails", "Kim Holm")
    assert [one.id for one in message.mentions] == [int(BO)]
    answer = await message.reply("On it, @everyone", mention_author=False)
    seen = (await sees(sandbox, KIM, HELP))[-1]
    assert (seen["text"], seen["traits"]["reference"]["message_id"]) == ("On it, @everyone", said["ts"])
    assert seen["traits"]["mentions"] == {"users": [], "roles": [], "everyone": False}
    await answer.edit(content="Still on it")
    assert (await peer.next("raw_message_edit")).data["content"] == "Still on it"
    await control(sandbox, "edit", **{"as": KIM, "channel": HELP, "message": said["ts"], "text": "It works now"})
    edited = await peer.next("raw_message_edit", lambda one: one.message_id == message.id)
    assert edited.data["content"] == "It works now"
    assert edited.data["edited_timestamp"]
    await answer.delete()
    await control(sandbox, "delete", **{"as": KIM, "channel": HELP, "message": said["ts"]})
    await peer.next("raw_message_delete", lambda one: one.message_id == message.id)
    assert await sees(sandbox, KIM, HELP) == []


async def test_same_nonce_gives_the_same_message(sandbox: Sandbox, peer: Peer) -> None:
    body = {"content": "once", "nonce": "outbox-7", "enforce_nonce": True}
    route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=HELP)
    first = await peer.http.request(route, json=body)
    second = await peer.http.request(route, json=body)
    assert first["id"] == second["id"]
    assert len(await sees(sandbox, KIM, HELP)) == 1
    await sandbox.clock.advance(600)
    third = await peer.http.request(route, json=body)
    assert third["id"] != first["id"]


async def test_thread_has_its_messages_id_and_comes_once(sandbox: Sandbox, peer: Peer) -> None:
    said = await control(sandbox, "post", **{"as": KIM, "channel": HELP, "text": "Export fails"})
    message = await peer.next("message")
    thread = await message.create_thread(name="T-1 Export fails", auto_archive_duration=1440)
    assert thread.id == message.id
    await peer.next("thread_create")
    with pytest.raises(discord.HTTPException) as again:
        await message.create_thread(name="once more")
    assert again.value.code == 160004
    await thread.send("Hello Kim")
    await control(sandbox, "post", **{"as": KIM, "channel": str(thread.id), "text": "Thanks"})
    thanks = await peer.next("message", lambda one: one.content == "Thanks")
    assert (thanks.channel.id, thanks.channel.parent_id) == (thread.id, int(HELP))
    history = [one async for one in thread.history(oldest_first=True)]
    assert history[0].type == discord.MessageType.thread_starter_message
    assert [one.content for one in history][1:] == ["Hello Kim", "Thanks"]
    assert (await peer.text(HELP).fetch_message(int(said["ts"]))).flags.has_thread


async def test_archived_thread_wakes_for_a_message_and_locked_one_does_not(sandbox: Sandbox, peer: Peer) -> None:
    await control(sandbox, "post", **{"as": KIM, "channel": HELP, "text": "Export fails"})
    thread = await (await peer.next("message")).create_thread(name="T-1")
    await thread.edit(archived=True)
    assert sandbox.world.channels[str(thread.id)].archived
    await control(sandbox, "post", **{"as": KIM, "channel": str(thread.id), "text": "Not solved"})
    await peer.next("message", lambda one: one.content == "Not solved")
    assert not sandbox.world.channels[str(thread.id)].archived
    await thread.edit(archived=True, locked=True)
    refused = await control(sandbox, "post", **{"as": KIM, "channel": str(thread.id), "text": "Hello?"})
    assert refused["error"]["code"] == "50083"
    archived = [one.id async for one in peer.text(HELP).archived_threads()]
    assert archived == [thread.id]
    with pytest.raises(discord.HTTPException) as closed:
        await thread.edit(name="late")
    assert closed.value.code == 50083
    await thread.edit(archived=False, locked=False)
    assert [one.id for one in await peer.guild.active_threads()] == [thread.id]


async def test_idle_thread_archives_itself(sandbox: Sandbox, peer: Peer) -> None:
    await control(sandbox, "post", **{"as": KIM, "channel": HELP, "text": "Export fails"})
    thread = await (await peer.next("message")).create_thread(name="T-1", auto_archive_duration=60)
    await sandbox.clock.advance(59 * 60)
    assert not sandbox.world.channels[str(thread.id)].archived
    await sandbox.clock.advance(2 * 60)
    assert (await peer.next("raw_thread_update")).data["thread_metadata"]["archived"]


async def test_full_server_takes_no_further_thread(sandbox: Sandbox, peer: Peer) -> None:
    await control(sandbox, "discord/app", active_threads=1)
    await control(sandbox, "post", **{"as": KIM, "channel": HELP, "text": "one", "title": "One", "thread": ""})
    await (await peer.next("message")).create_thread(name="T-1")
    with pytest.raises(discord.HTTPException) as full:
        await peer.text(HELP).create_thread(name="T-2", type=discord.ChannelType.private_thread)
    assert full.value.code == 160006


async def test_private_thread_is_seen_by_who_is_in_it(sandbox: Sandbox, peer: Peer) -> None:
    thread = await peer.text(HELP).create_thread(name="T-9", type=discord.ChannelType.private_thread, invitable=False)
    await thread.add_user(discord.Object(int(KIM)))
    await thread.send("Only for you")
    assert [one["text"] for one in await sees(sandbox, KIM, str(thread.id))] == ["Only for you"]
    hidden = await control(sandbox, "post", **{"as": LEE, "channel": str(thread.id), "text": "?"})
    assert hidden["error"]["code"] == "no_such_channel"


async def test_forum_post_has_one_id_with_its_message(sandbox: Sandbox, peer: Peer) -> None:
    said = await control(
        sandbox, "post", **{"as": LEE, "channel": IDEAS, "title": "Dark mode", "text": "Please add a dark mode"}
    )
    post = await peer.next("thread_create")
    message = await peer.next("message")
    assert (post.name, post.id, message.id) == ("Dark mode", int(said["ts"]), int(said["ts"]))
    forum = post.parent
    edited = await post.edit(applied_tags=[tag for tag in forum.available_tags if tag.name == "Open"])
    assert [tag.name for tag in edited.applied_tags] == ["Open"]
    made = await forum.create_thread(name="From the desk", content="Hello")
    assert made.thread.id == made.message.id


async def test_reactions_both_ways(sandbox: Sandbox, peer: Peer) -> None:
    said = await control(sandbox, "post", **{"as": KIM, "channel": HELP, "text": "Export fails"})
    message = await peer.next("message")
    await control(sandbox, "react", **{"as": "U0BO", "channel": HELP, "message": said["ts"], "name": "👀"})
    added = await peer.next("raw_reaction_add")
    assert (added.user_id, added.emoji.name, added.guild_id) == (int(BO), "👀", int(GUILD))
    await message.add_reaction("✅")
    await control(sandbox, "unreact", **{"as": BO, "channel": HELP, "message": said["ts"], "name": "👀"})
    await peer.next("raw_reaction_remove")
    assert (await sees(sandbox, KIM, HELP))[0]["reactions"] == {"✅": ["1480000000000000201"]}
    with pytest.raises(discord.HTTPException) as unknown:
        await message.add_reaction("eyes")
    assert unknown.value.code == 10014


async def test_attachment_links_expire(sandbox: Sandbox, peer: Peer) -> None:
    await peer.text(HELP).send("The log", file=discord.File(BytesIO(b"one line"), "log 1.txt", description="A log"))
    attached = (await peer.next("message")).attachments[0]
    assert (attached.filename, attached.size, attached.description) == ("log_1.txt", 8, "A log")
    assert await attached.read() == b"one line"
    async with aiohttp.ClientSession() as session:
        async with session.get(attached.url.replace("hm=", "hm=0")) as forged:
            assert forged.status == 404
        await sandbox.clock.advance(25 * 3600)
        async with session.get(attached.url) as expired:
            assert expired.status == 404
    again = (await anext(peer.text(HELP).history())).attachments[0]
    assert await again.read() == b"one line"


async def test_file_of_a_customer_comes_in(sandbox: Sandbox, peer: Peer) -> None:
    form = aiohttp.FormData({"as": KIM, "channel": HELP, "text": "See the picture"})
    form.add_field("file", b"\x89PNG", filename="screen.png", content_type="image/png")
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.base_url}/control/upload", data=form) as response,
    ):
        assert (await response.json())["ok"]
    attached = (await peer.next("message")).attachments[0]
    assert (attached.filename, attached.content_type) == ("screen.png", "image/png")
    assert await attached.read() == b"\x89PNG"


async def test_direct_message_and_closed_ones(sandbox: Sandbox, peer: Peer) -> None:
    user = await peer.fetch_user(int(KIM))
    sent = await user.send("Hello Kim")
    await control(sandbox, "post", **{"as": KIM, "channel": str(sent.channel.id), "text": "Hello Desk"})
    heard = await peer.next("message", lambda one: one.content == "Hello Desk")
    assert isinstance(heard.channel, discord.DMChannel)
    assert heard.guild is None
    await control(sandbox, "discord/app", closed_to=[KIM])
    with pytest.raises(discord.Forbidden) as closed:
        await user.send("Are you there?")
    assert closed.value.code == 50007


async def test_refusals_have_discords_codes(sandbox: Sandbox, peer: Peer) -> None:
    help_channel = peer.text(HELP)
    with pytest.raises(discord.HTTPException) as long:
        await help_channel.send("x" * 2001)
    assert (long.value.code, "2000" in long.value.text) == (50035, True)
    with pytest.raises(discord.HTTPException) as empty:
        await help_channel.send("  ")
    assert empty.value.code == 50006
    with pytest.raises(discord.NotFound) as missing:
        await help_channel.fetch_message(1)
    assert missing.value.code == 10008
    await control(sandbox, "remove", **{"as": "U0MIA", "channel": TRIAGE, "person": "1480000000000000201"})
    with pytest.raises(discord.Forbidden) as hidden:
        await peer.http.send_message(int(TRIAGE), params=discord.http.handle_message_parameters("x"))
    assert hidden.value.code == 50001
    place = sandbox.world.channels[HELP]
    place.traits["overwrites"] = [{"id": "1480000000000000012", "type": 0, "allow": "0", "deny": str(1 << 11)}]
    sandbox.world.put_channel(place, by="U0MIA", what="changed")
    with pytest.raises(discord.Forbidden) as forbidden:
        await help_channel.send("no")
    assert forbidden.value.code == 50013


async def test_people_come_change_and_leave(sandbox: Sandbox, peer: Peer) -> None:
    await control(sandbox, "people", id="1480000000000000301", name="Noa Blum", workspace=GUILD, role="customer")
    assert (await peer.next("member_join")).display_name == "Noa Blum"
    role = sandbox.world.usergroups[AGENTS]
    await control(sandbox, "usergroups", id=AGENTS, members=[*role.members, "1480000000000000301"])
    updated = await peer.next("member_update", lambda one: one.id == 1480000000000000301)
    assert peer.guild.get_member(updated.id).get_role(int(AGENTS)) is not None
    await control(sandbox, "people", id="1480000000000000301", deleted=True)
    await peer.next("member_remove")
    assert peer.guild.get_member(1480000000000000301) is None


async def test_a_thread_on_a_message_updates_it_without_an_edit(sandbox: Sandbox, peer: Peer) -> None:
    await control(sandbox, "post", **{"as": KIM, "channel": HELP, "text": "Export fails"})
    await (await peer.next("message")).create_thread(name="T-1")
    updated = await peer.next("raw_message_edit")
    assert (updated.data["edited_timestamp"], updated.data["flags"] & 32) == (None, 32)


async def test_customer_writes_to_the_app_first(sandbox: Sandbox, peer: Peer) -> None:
    channel = (await control(sandbox, "direct", **{"as": LEE}))["channel"]
    await control(sandbox, "post", **{"as": LEE, "channel": channel, "text": "Hello Desk"})
    heard = await peer.next("message")
    assert (isinstance(heard.channel, discord.DMChannel), heard.content) == (True, "Hello Desk")
    await heard.channel.send("Hello Lee")
    assert [one["text"] for one in await sees(sandbox, LEE, channel)] == ["Hello Desk", "Hello Lee"]
    assert (await control(sandbox, "direct", **{"as": "U0BO", "on": "discord"}))["channel"] != channel
