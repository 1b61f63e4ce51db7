"""Commands, buttons, selects, modals and menus of discord.py, used by people through the control interface."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands, ui
from support.discord_peer import Peer, connected, control, sees, served

from sandbox.app import Sandbox
from sandbox.discord.seed import BOT, GUILD, HELP, KIM, LEE, TRIAGE

HERE = discord.Object(int(GUILD))


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with served(tmp_path, ack_seconds=1.0) as sandbox:
        yield sandbox


@pytest.fixture
async def peer(sandbox: Sandbox) -> AsyncIterator[Peer]:
    async with connected(sandbox) as peer:
        yield peer


async def test_slash_command_with_subcommand_and_autocomplete(sandbox: Sandbox, peer: Peer) -> None:
    group = app_commands.Group(name="ticket", description="Tickets")
    heard: list[tuple[Any, ...]] = []

    @group.command(name="assign", description="Give it to somebody")
    async def assign(interaction: discord.Interaction, number: int, agent: discord.Member, note: str = "") -> None:
        heard.append((number, agent.id, note, interaction.user.id))
        await interaction.response.send_message(f"T-{number} is {agent.display_name}'s", ephemeral=True)

    @assign.autocomplete("number")
    async def numbers(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[int]]:
        return [app_commands.Choice(name=f"T-{one} of {current}", value=one) for one in (12, 13)]

    peer.tree.add_command(group, guild=HERE)
    synced = await peer.tree.sync(guild=HERE)
    assert [one.name for one in synced] == ["ticket"]
    offered = await control(
        sandbox,
        "options",
        **{"as": "U0BO", "channel": TRIAGE, "text": "/ticket assign", "action_id": "number", "value": "1"},
    )
    assert offered["options"] == [{"name": "T-12 of 1", "value": 12}, {"name": "T-13 of 1", "value": 13}]
    typed = f"/ticket assign number:12 agent:<@{KIM}> note:please: today"
    done = await control(sandbox, "command", **{"as": "U0BO", "channel": TRIAGE, "text": typed})
    assert (done["ok"], done["answer"]["kind"]) == (True, "message")
    assert heard == [(12, int(KIM), "please: today", 1480000000000000204)]
    assert [(one["text"], one["ephemeral"]) for one in await sees(sandbox, "U0BO", TRIAGE)] == [
        ("T-12 is Kim Holm's", True)
    ]
    assert await sees(sandbox, "U0IDA", TRIAGE) == []
    wrong = await control(sandbox, "command", **{"as": "U0BO", "channel": TRIAGE, "text": "/ticket assign number:x"})
    assert wrong["error"]["code"] == "bad_request"
    again = await peer.tree.fetch_commands(guild=HERE)
    assert [one.id for one in again] == [one.id for one in synced]


class Card(ui.LayoutView):
    """Components V2 with a button that asks for an answer in a modal, and selects."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        self.chosen: list[Any] = []
        row: ui.ActionRow[Any] = ui.ActionRow()
        button: ui.Button[Any] = ui.Button(label="Reply", custom_id="reply:12")
        button.callback = self.reply
        row.add_item(button)
        pick: ui.Select[Any] = ui.Select(
            custom_id="priority:12", options=[discord.SelectOption(label="High", value="high")]
        )
        who: ui.UserSelect[Any] = ui.UserSelect(custom_id="assign:12")
        for select in (pick, who):
            select.callback = self.choose(select)
        self.add_item(ui.Container(ui.TextDisplay("## T-12 Export fails"), row, ui.ActionRow(pick), ui.ActionRow(who)))

    async def reply(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Answer())

    def choose(self, select: Any) -> Any:
        async def chosen(interaction: discord.Interaction) -> None:
            self.chosen.append([str(one) for one in select.values])
            await interaction.response.edit_message(view=self)

        return chosen


class Answer(ui.Modal, title="Reply to Kim"):
    body: Any = ui.Label(text="Your answer", component=ui.TextInput(custom_id="body", min_length=3))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send(f"Sent: {self.body.component.value}")


async def test_button_opens_a_modal_and_its_answer_is_deferred(sandbox: Sandbox, peer: Peer) -> None:
    message = await peer.text(TRIAGE).send(view=Card())
    assert message.flags.components_v2
    place = {"as": "U0BO", "channel": TRIAGE}
    pressed = await control(sandbox, "press", **place, message=str(message.id), action_id="reply:12")
    assert pressed["answer"]["kind"] == "modal"
    short = await control(sandbox, "submit", **{"as": "U0BO", "values": {"body": "no"}})
    assert (short["reason"], list(short["errors"])) == ("incomplete", ["body"])
    done = await control(sandbox, "submit", **{"as": "U0BO", "values": {"body": "We are on it"}})
    assert done["answer"]["kind"] == "deferred"
    assert sandbox.world.forms_of("U0BO") == []
    await control_idle(sandbox)
    assert [one["text"] for one in await sees(sandbox, "U0BO", TRIAGE) if one["ephemeral"]] == ["Sent: We are on it"]


async def control_idle(sandbox: Sandbox) -> None:
    assert await sandbox.traffic.wait_idle(0.3, 10.0)


async def test_selects_carry_their_values(sandbox: Sandbox, peer: Peer) -> None:
    card = Card()
    message = await peer.text(TRIAGE).send(view=card)
    place = {"as": "U0BO", "channel": TRIAGE, "message": str(message.id)}
    done = await control(sandbox, "press", **place, action_id="priority:12", value="high")
    assert done["answer"]["kind"] == "update"
    await control(sandbox, "press", **place, action_id="assign:12", value=LEE)
    assert card.chosen == [["high"], ["lee"]]
    wrong = await control(sandbox, "press", **place, action_id="priority:12", value="none")
    assert wrong["error"]["code"] == "bad_request"


async def test_message_menu_reads_its_target(sandbox: Sandbox, peer: Peer) -> None:
    heard: list[str] = []

    async def open_ticket(interaction: discord.Interaction, message: discord.Message) -> None:
        heard.append(message.content)
        await interaction.response.send_message("T-1", ephemeral=True)

    peer.tree.add_command(app_commands.ContextMenu(name="Open ticket", callback=open_ticket), guild=HERE)
    await peer.tree.sync(guild=HERE)
    said = await control(sandbox, "post", **{"as": KIM, "channel": HELP, "text": "Export fails"})
    where = {"as": "U0BO", "channel": HELP, "message": said["ts"]}
    assert (await control(sandbox, "shortcut", **where, callback_id="Open ticket"))["ok"]
    assert heard == ["Export fails"]


async def test_too_late_and_twice(sandbox: Sandbox, peer: Peer) -> None:
    kept: list[discord.Interaction] = []

    @peer.tree.command(name="silent", description="Says nothing", guild=HERE)
    async def silent(interaction: discord.Interaction) -> None:
        kept.append(interaction)

    @peer.tree.command(name="twice", description="Answers twice", guild=HERE)
    async def twice(interaction: discord.Interaction) -> None:
        kept.append(interaction)
        await interaction.response.send_message("once")

    await peer.tree.sync(guild=HERE)
    late = await control(sandbox, "command", **{"as": "U0BO", "channel": TRIAGE, "text": "/silent"})
    assert (late["ok"], late["reason"]) == (False, "timeout")
    with pytest.raises(discord.NotFound) as unknown:
        await kept[0].response.send_message("too late")
    assert unknown.value.code == 10062
    assert (await control(sandbox, "command", **{"as": "U0BO", "channel": TRIAGE, "text": "/twice"}))["ok"]
    second = discord.Interaction(data=raw_interaction(kept[1]), state=peer._connection)
    with pytest.raises(discord.HTTPException) as again:
        await second.response.send_message("twice")
    assert again.value.code == 40060
    original = await kept[1].original_response()
    await original.edit(content="edited")
    assert [one["text"] for one in await sees(sandbox, "U0IDA", TRIAGE)] == ["edited"]
    sandbox.discord.interactions.expire(str(kept[1].id))
    with pytest.raises(discord.HTTPException) as over:
        await kept[1].followup.send("a quarter of an hour later")
    assert over.value.code == 50027


def raw_interaction(one: discord.Interaction) -> Any:
    """The same interaction, as if it had not been answered here."""
    return {
        "id": str(one.id),
        "type": 2,
        "token": one.token,
        "version": 1,
        "application_id": BOT,
        "attachment_size_limit": 1,
        "entitlements": [],
        "authorizing_integration_owners": {},
        "data": {"id": "1", "name": "twice", "type": 1},
    }


async def test_nobody_connected_is_said(sandbox: Sandbox) -> None:
    async with connected(sandbox) as peer:
        message = await peer.text(TRIAGE).send(view=Card())
    where = {"as": "U0BO", "channel": TRIAGE, "message": str(message.id)}
    pressed = await control(sandbox, "press", **where, action_id="reply:12")
    assert (pressed["ok"], pressed["reason"]) == (False, "not_connected")


async def test_components_are_checked(sandbox: Sandbox, peer: Peer) -> None:
    route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=TRIAGE)

    async def refusal(components: list[Any], **more: Any) -> str:
        with pytest.raises(discord.HTTPException) as refused:
            await peer.http.request(route, json={"flags": 1 << 15, "components": components, **more})
        assert refused.value.code == 50035
        return refused.value.text

    def row(*inner: Any) -> dict[str, Any]:
        return {"type": 1, "components": list(inner)}

    def button(custom_id: str) -> dict[str, Any]:
        return {"type": 2, "style": 1, "label": "x", "custom_id": custom_id}

    text = {"type": 10, "content": "x"}
    assert "100 or fewer" in await refusal([row(button("x" * 101))])
    assert "duplicated" in await refusal([row(button("a"), button("a"))])
    assert "40 or fewer" in await refusal([{"type": 17, "components": [text] * 40}])
    assert "4000 or fewer" in await refusal([{"type": 10, "content": "x" * 2500}, {"type": 10, "content": "x" * 2500}])
    assert "between 1 and 5" in await refusal([row(*(button(str(one)) for one in range(6)))])
    options = [{"label": str(one), "value": str(one)} for one in range(26)]
    assert "between 1 and 25" in await refusal([row({"type": 3, "custom_id": "s", "options": options})])
    assert "content" in await refusal([text], content="beside")
    assert "attachment" in await refusal([{"type": 13, "file": {"url": "attachment://none.txt"}}])
