"""What people do on the bare server, as the payloads that it then sends, and what they see there."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

from support.bare_api import APP, BOT, Json
from support.bare_slack import BareSlack


@dataclass(frozen=True)
class Sent:
    """A delivery, for doing it again: as a retry, or as another event about the same."""

    kind: str
    payload: Json
    envelope: str
    answer: Json


class BarePeople:
    """People on a bare server. `sent` are all deliveries, in order."""

    def __init__(self, slack: BareSlack) -> None:
        self.slack = slack
        self.quirks = slack.quirks
        self.sent: list[Sent] = []

    # --- what people do

    async def write(self, user: str, channel: str, text: str, thread: str | None = None, **more: Any) -> str:
        """Its ts, once every event about it is acked."""
        ts = self.slack.ts()
        message: Json = {"type": "message", "user": user, "text": text, "ts": ts, **more}
        if thread:
            message["thread_ts"] = thread
        if self.quirks.client_msg_id != "never":
            message["client_msg_id"] = f"c-{ts}" if self.quirks.client_msg_id == "each" else "28b8e5a3"
        self.slack.messages.setdefault(channel, []).append(message)
        event = {**message, "channel": channel}
        if self.quirks.channel_type:
            event["channel_type"] = "im" if channel.startswith("D") else "channel"
        kinds = self.quirks.mentions if f"<@{BOT}>" in text else ("message",)
        await asyncio.gather(*(self._event({**event, "type": kind}) for kind in kinds))
        return ts

    async def upload(self, user: str, channel: str, name: str, data: bytes, thread: str | None = None) -> str:
        file = f"F0{self.slack.number()}"
        url = f"{self.slack.url.replace('127.0.0.1', self.quirks.host)}/files/{file}"
        told = {"id": file, "name": name, "mimetype": "text/plain", "size": len(data), "url_private": url}
        self.slack.files[file] = {**told, "bytes": data}
        return await self.write(user, channel, "", thread, subtype="file_share", files=[told])

    async def edit(self, channel: str, ts: str, text: str) -> None:
        message = self.slack.find(channel, ts)
        before = dict(message)
        message |= {"text": text, "edited": {"user": message["user"], "ts": self.slack.ts()}}
        await self._changed(channel, "message_changed", {"message": dict(message)}, before)

    async def unfurl(self, channel: str, ts: str) -> None:
        message = self.slack.find(channel, ts)
        after = {**message, "attachments": [{"from_url": "https://example.com", "id": 1}]}
        await self._changed(channel, "message_changed", {"message": after}, dict(message))

    async def delete(self, channel: str, ts: str) -> None:
        message = self.slack.find(channel, ts)
        self.slack.messages[channel].remove(message)
        await self._changed(channel, "message_deleted", {"deleted_ts": ts}, message)

    async def _changed(self, channel: str, subtype: str, what: Json, before: Json) -> None:
        event = {"type": "message", "subtype": subtype, "channel": channel, "ts": self.slack.ts(), **what}
        await self._event({**event, **({"previous_message": before} if self.quirks.previous_message else {})})

    async def react(self, user: str, channel: str, ts: str, name: str, *, off: bool = False) -> None:
        item = {"type": "message", "channel": channel, "ts": ts}
        kind = "reaction_removed" if off else "reaction_added"
        await self._event({"type": kind, "user": user, "reaction": name, "item": item})

    async def open_home(self, user: str) -> None:
        await self._event({"type": "app_home_opened", "user": user, "tab": "home", "channel": f"D0{user[2:]}"})

    async def command(self, user: str, channel: str, words: str) -> str:
        """`/ticket …`: all of the answer that the ack brings, as JSON."""
        payload = {"command": "/ticket", "text": words, "user_id": user, "user_name": user.lower()}
        payload |= {"channel_id": channel, "channel_name": "a-channel", "team_id": self.quirks.team_id}
        answer = await self._interact("slash_commands", user, payload)
        assert answer.get("response_type") == "ephemeral", answer
        return json.dumps(answer, ensure_ascii=False)

    async def press(self, user: str, channel: str, message: Json, label: str) -> None:
        """The button with that label, or the entry of the menu."""
        action = _action(message, label)
        payload: Json = {"type": "block_actions", "user": self._who(user), "api_app_id": APP, "actions": [action]}
        payload |= {"channel": {"id": channel}, "message": message}
        if self.quirks.container:
            payload["container"] = {"type": "message", "message_ts": message["ts"], "channel_id": channel}
            action["action_ts"] = self.slack.ts()
        await self._interact("interactive", user, payload)

    async def shortcut(self, user: str, channel: str, ts: str, callback: str) -> None:
        payload = {"type": "message_action", "callback_id": callback, "user": self._who(user), "message_ts": ts}
        payload |= {"channel": {"id": channel}, "message": self.slack.find(channel, ts)}
        await self._interact("interactive", user, payload)

    async def submit(self, user: str, **entered: str) -> Json:
        """What becomes of the form that is open for somebody, filled in by the inputs' labels in lower case."""
        await self.slack.until(lambda: self.slack.views[user], f"a form for {user}")
        view = self.slack.views[user].pop()
        values = {}
        for block in view["blocks"]:
            if block["type"] == "input":
                state = self._entered(block["element"], entered.get(block["label"]["text"].split()[-1].lower()))
                if state is not None:
                    values[block["block_id"]] = {block["element"]["action_id"]: state}
        payload = {"type": "view_submission", "user": self._who(user), "view": {**view, "state": {"values": values}}}
        answer = await self._interact("interactive", user, payload)
        if answer.get("response_action") == "errors":
            self.slack.views[user].append(view)
        return answer

    def _entered(self, element: Json, value: str | None) -> Json | None:
        if element["type"] == "plain_text_input":
            return {"type": element["type"], "value": value or element.get("initial_value")}
        chosen = next((o for o in element["options"] if o["text"]["text"] == value), element.get("initial_option"))
        if chosen or self.quirks.unchosen == "null":
            return {"type": element["type"], "selected_option": chosen}
        return {"type": element["type"]} if self.quirks.unchosen == "absent" else None

    # --- deliveries

    async def again(self, sent: Sent, **changed: Any) -> Json:
        """The same delivery, marked as a retry; with `changed`, as another one about the same. The ack's body."""
        if changed:
            return await self._deliver(sent.kind, {**sent.payload, **changed})
        return await self.slack.deliver(sent.kind, sent.payload, sent.envelope, retry=1)

    def _who(self, user: str) -> Json:
        return {"id": user, "username": user.lower(), "team_id": self.quirks.team_id}

    async def _event(self, event: Json) -> None:
        await self._deliver("events_api", self.slack.event(event))

    async def _interact(self, kind: str, user: str, payload: Json) -> Json:
        match self.quirks.trigger_id:
            case "each":
                payload["trigger_id"] = f"1.{self.slack.number()}.a"
            case "one":
                payload["trigger_id"] = "trigger"
        if "trigger_id" in payload:
            self.slack.asked[payload["trigger_id"]] = {"user": user}
        if self.quirks.response_url and payload.get("type") != "view_submission":
            which = f"r{self.slack.number()}"
            self.slack.asked[which] = {"user": user}
            payload["response_url"] = f"{self.slack.url}/respond/{which}"
        return await self._deliver(kind, payload)

    async def _deliver(self, kind: str, payload: Json) -> Json:
        envelope = f"env-{self.slack.number()}-{time.monotonic_ns()}"
        answer = await self.slack.deliver(kind, payload, envelope)
        self.sent.append(Sent(kind, payload, envelope, answer))
        return answer

    # --- what people see

    async def sees(self, channel: str, words: str, thread: str | None = None) -> Json:
        """The desk's newest message with these words, in the channel itself or in a thread, once it is there."""

        def look() -> Json | None:
            found = self.posts(channel, thread)
            return next((m for m in reversed(found) if words in text_of(m)), None)

        found: Json = await self.slack.until(look, f"“{words}” in {channel}/{thread}")
        return found

    def posts(self, channel: str, thread: str | None = None) -> list[Json]:
        every = self.slack.messages.get(channel, [])
        return [m for m in every if m["user"] == BOT and m.get("thread_ts") == thread]

    async def is_told(self, user: str, words: str) -> Json:
        """What only this person sees."""

        def look() -> Json | None:
            views = [{"by": "view", "user": user, **v} for v in self.slack.views[user]]
            return next((s for s in (*self.slack.shown, *views) if s["user"] == user and words in text_of(s)), None)

        found: Json = await self.slack.until(look, f"{user} is told “{words}”")
        return found

    def cards(self, ticket: int) -> list[Json]:
        return [m for m in self.posts("C0TRIAGE") if m["text"].startswith(f"T-{ticket} ")]

    async def card(self, ticket: int, words: str = "") -> Json:
        """The ticket's card, once it shows these words."""

        def look() -> Json | None:
            cards = self.cards(ticket)
            return cards[0] if cards and words in text_of(cards[0]) else None

        found: Json = await self.slack.until(look, f"the card of T-{ticket} shows “{words}”")
        return found


def text_of(message: Json) -> str:
    return json.dumps(message, ensure_ascii=False)


def _action(message: Json, label: str) -> Json:
    for block in message["blocks"]:
        for element in (*block.get("elements", ()), block.get("accessory", {})):
            if element.get("text", {}) and element.get("type") == "button" and element["text"]["text"] == label:
                return {"type": "button", "action_id": element["action_id"], "block_id": block["block_id"]}
            chosen = next((o for o in element.get("options", ()) if o["text"]["text"] == label), None)
            if chosen:
                known = {"type": element["type"], "action_id": element["action_id"]}
                return {**known, "block_id": block["block_id"], "selected_option": chosen}
    raise AssertionError(f"no “{label}” on {text_of(message)}")
