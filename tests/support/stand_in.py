"""A very small desk, for tests of the sandbox alone: it talks to the sandbox as any Slack app does, by real sockets.

What customers write at the top level becomes a card in triage and a receipt in their thread; its buttons, forms,
commands, shortcuts and Home do just enough to be seen. `pressed` collects what reached it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

Json = dict[str, Any]

TRIAGE = "C0TRIAGE"


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(text: str, action: str, value: str, **more: Any) -> Json:
    return {"type": "button", "action_id": action, "text": plain(text), "value": value, **more}


def options(*words: str) -> list[Json]:
    return [{"text": plain(word), "value": word.lower()} for word in words]


def card(number: int, question: str, link: str, channel: str, owner: str, version: int) -> list[Json]:
    value = str(number)
    first = [button("Claim", "claim", value, style="primary")] if not owner else []
    return [
        {
            "type": "section",
            "block_id": f"head-{version}",
            "text": mrkdwn(f"*T-{number}* *<{link}|{question[:40]}>*\nGlobex (gold) · <#{channel}>"),
            "accessory": {
                "type": "overflow",
                "action_id": "more",
                "options": options("Assign …", "Note …", "Snooze …"),
            },
        },
        {"type": "section", "block_id": f"quote-{version}", "text": mrkdwn(f"> {question}")},
        {
            "type": "section",
            "block_id": f"fields-{version}",
            "fields": [
                mrkdwn("*Status*\nOpen"),
                mrkdwn("*Priority*\nNormal"),
                mrkdwn("*First response*\ndue 14:30"),
                mrkdwn(f"*Owner*\n{owner or 'nobody yet'}"),
            ],
        },
        {
            "type": "actions",
            "block_id": f"actions-{version}",
            "elements": [
                *first,
                button("Reply …", "reply", value),
                button(
                    "Resolve",
                    "resolve",
                    value,
                    confirm={
                        "title": plain("Resolve it?"),
                        "text": mrkdwn("The customer is told."),
                        "confirm": plain("Resolve"),
                        "deny": plain("Not yet"),
                    },
                ),
                {
                    "type": "static_select",
                    "action_id": "priority",
                    "placeholder": plain("Priority"),
                    "options": options("Urgent", "High", "Normal"),
                },
            ],
        },
    ]


def reply_form(private: str) -> Json:
    return {
        "type": "modal",
        "callback_id": "reply",
        "private_metadata": private,
        "title": plain("Reply to Ann Weber"),
        "submit": plain("Send to customer"),
        "close": plain("Cancel"),
        "blocks": [
            {"type": "context", "elements": [mrkdwn("Goes to <#C0GLOBEX>, seen by all of Globex")]},
            {
                "type": "input",
                "block_id": "answer",
                "label": plain("Your answer"),
                "hint": plain("Plain text or Markdown"),
                "element": {"type": "plain_text_input", "action_id": "text", "multiline": True},
            },
            {
                "type": "input",
                "block_id": "then",
                "label": plain("Then"),
                "element": {
                    "type": "static_select",
                    "action_id": "then",
                    "options": options("Keep open", "Wait"),
                    "initial_option": options("Keep open")[0],
                },
            },
            {
                "type": "input",
                "block_id": "similar",
                "optional": True,
                "label": plain("Similar ticket"),
                "element": {"type": "external_select", "action_id": "similar", "min_query_length": 1},
            },
        ],
    }


def second_form(title: str) -> Json:
    return {
        "type": "modal",
        "title": plain(title),
        "blocks": [{"type": "section", "text": mrkdwn(f"*{title}* it is.")}],
    }


@dataclass
class StandIn:
    """`cards` maps a ticket's number to (question's channel, its ts, card's ts, question, receipt's ts)."""

    client: AsyncWebClient
    cards: dict[int, tuple[str, str, str, str, str]] = field(default_factory=dict)
    pressed: list[tuple[str, str, Any]] = field(default_factory=list)
    """(who, action or command or form or shortcut, value)."""

    async def ticket(self, channel: str, ts: str, question: str) -> int:
        number = len(self.cards) + 12
        thanks = f"Thanks, Ann. This is *T-{number}*; you will hear from us by 14:30."
        link = (await self.client.chat_getPermalink(channel=channel, message_ts=ts))["permalink"]
        posted = await self.client.chat_postMessage(
            channel=TRIAGE, text=f"T-{number}", blocks=card(number, question, link, channel, "", 0)
        )
        receipt = await self.client.chat_postMessage(
            channel=channel,
            thread_ts=ts,
            text=thanks,
            blocks=[
                {"type": "section", "text": mrkdwn(thanks)},
                {"type": "actions", "elements": [button("Solved", "solved", str(number))]},
            ],
        )
        self.cards[number] = (channel, ts, posted["ts"], question, receipt["ts"])
        return number

    async def claimed(self, number: int, owner: str) -> None:
        channel, ts, card_ts, question, receipt = self.cards[number]
        link = (await self.client.chat_getPermalink(channel=channel, message_ts=ts))["permalink"]
        await self.client.chat_update(
            channel=TRIAGE, ts=card_ts, text="T", blocks=card(number, question, link, channel, owner, 1)
        )
        await self.client.chat_update(channel=channel, ts=receipt, text=f"*{owner}* is on it.", blocks=[])


def _listen(app: AsyncApp, desk: StandIn) -> None:
    @app.event("message")
    async def written(event: Json) -> None:
        if event.get("subtype") or event.get("bot_id") or event.get("thread_ts"):
            return
        if event["channel"] != TRIAGE and event.get("channel_type") != "im":
            await desk.ticket(event["channel"], event["ts"], event["text"])

    @app.action("claim")
    async def claim(ack: Any, body: Json, action: Json) -> None:
        await ack()
        desk.pressed.append((body["user"]["id"], "claim", action["value"]))
        person = await desk.client.users_info(user=body["user"]["id"])
        await desk.claimed(int(action["value"]), person["user"]["real_name"])

    @app.action("reply")
    async def reply(ack: Any, body: Json, action: Json) -> None:
        await ack()
        await desk.client.views_open(trigger_id=body["trigger_id"], view=reply_form(action["value"]))

    @app.action("priority")
    async def priority(ack: Any, body: Json, action: Json) -> None:
        await ack()
        chosen = action["selected_option"]["value"]
        desk.pressed.append((body["user"]["id"], "priority", chosen))
        await desk.client.chat_postEphemeral(
            channel=body["channel"]["id"], user=body["user"]["id"], text=f"Priority is {chosen} now."
        )

    @app.action({"action_id": "more"})
    @app.action("resolve")
    @app.action("solved")
    @app.action("home-button")
    async def others(ack: Any, body: Json, action: Json) -> None:
        await ack()
        value = action.get("selected_option", {}).get("value") or action.get("value")
        desk.pressed.append((body["user"]["id"], action["action_id"], value))

    @app.options("similar")
    async def similar(ack: Any, payload: Json) -> None:
        found = [one for one in ("T-3 Invoice", "T-7 Export", "T-9 Login") if payload["value"].lower() in one.lower()]
        await ack(options=options(*found))

    @app.view("reply")
    async def replied(ack: Any, body: Json, view: Json) -> None:
        text = view["state"]["values"]["answer"]["text"]["value"] or ""
        match text:
            case "short":
                await ack(response_action="errors", errors={"answer": "Write a whole sentence."})
            case "push":
                await ack(response_action="push", view=second_form("Pushed"))
            case "update":
                await ack(response_action="update", view=second_form("Updated"))
            case _:
                await ack()
                desk.pressed.append((body["user"]["id"], "reply form", view["state"]["values"]))

    @app.command("/ticket")
    async def command(ack: Any, command: Json) -> None:
        await ack(f"You asked: {command['text']}")
        desk.pressed.append((command["user_id"], "/ticket", command["text"]))

    @app.shortcut("open_ticket")
    async def shortcut(ack: Any, shortcut: Json) -> None:
        await ack()
        desk.pressed.append((shortcut["user"]["id"], "open_ticket", shortcut["message"]["text"]))

    @app.event("app_home_opened")
    async def home(event: Json) -> None:
        view = {
            "type": "home",
            "blocks": [
                {"type": "header", "text": plain("Your tickets")},
                {"type": "section", "text": mrkdwn(f"Nothing is open for <@{event['user']}>.")},
                {"type": "actions", "elements": [button("Ask for help", "home-button", "x")]},
            ],
        }
        await desk.client.views_publish(user_id=event["user"], view=view)


MANIFEST: Json = {
    "display_information": {"name": "Desk"},
    "oauth_config": {
        "scopes": {
            "bot": [
                "app_mentions:read", "channels:history", "groups:history", "im:history", "channels:read",
                "groups:read", "im:write", "chat:write", "commands", "reactions:read", "reactions:write",
                "users:read", "files:read", "files:write",
            ]
        }
    },
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "slash_commands": [{"command": "/ticket", "description": "Work with tickets", "usage_hint": "[command]"}],
        "shortcuts": [{"type": "message", "callback_id": "open_ticket", "name": "Open ticket", "description": ""}],
    },
    "settings": {
        "interactivity": {"is_enabled": True},
        "event_subscriptions": {
            "bot_events": ["message.channels", "message.groups", "message.im", "reaction_added", "app_home_opened"]
        },
    },
}  # fmt: skip

COMPLETIONS: Json = {
    "/ticket": [
        {"word": "claim", "args": "[number]", "help": "make the ticket yours"},
        {"word": "assign", "args": "[number] <agent>", "help": "give the ticket to an agent"},
        {
            "word": "priority",
            "args": "[number] <priority>",
            "help": "set how urgent it is",
            "values": {"priority": ["urgent", "high", "normal", "low"]},
        },
    ]
}


def write_files(folder: Path) -> tuple[Path, Path]:
    """The manifest and the completions, as files for the sandbox's settings."""
    manifest, completions = folder / "manifest.json", folder / "completions.json"
    manifest.write_text(json.dumps(MANIFEST), encoding="utf-8")
    completions.write_text(json.dumps(COMPLETIONS), encoding="utf-8")
    return manifest, completions


@asynccontextmanager
async def stand_in(base_url: str) -> AsyncIterator[StandIn]:
    """Connected by Socket Mode while this is open."""
    client = AsyncWebClient(token="xoxb-sandbox", base_url=f"{base_url}/slack/api/")
    app = AsyncApp(client=client, signing_secret="sandbox", request_verification_enabled=False)
    desk = StandIn(client)
    _listen(app, desk)
    handler = AsyncSocketModeHandler(app, app_token="xapp-sandbox", web_client=client, ping_interval=60)
    await handler.connect_async()
    try:
        yield desk
    finally:
        await handler.close_async()
        await asyncio.sleep(0)
