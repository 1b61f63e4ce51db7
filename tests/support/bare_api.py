"""The methods of the Web API that the bare server has, on a workspace held in memory.

Written from Slack's public documentation and shared with nothing else. What a server leaves out, and the liberties that
it takes with what is left, are `Quirks`.
"""

import itertools
import json
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]

BOT, BOT_ID, APP = "U0HELPER", "B0HELPER", "A0HELPER"


@dataclass(frozen=True, kw_only=True)
class Quirks:
    """How a server differs from Slack; as it stands, in nothing that matters."""

    # Methods that do not exist, and how that is said.
    missing: frozenset[str] = frozenset()
    missing_as: Literal["unknown_method", "404", "404 json", "ok"] = "unknown_method"
    # Slack takes GET and POST for every method, and says that its answers are JSON.
    post_only: bool = False
    content_type: str = "application/json"
    keeps_metadata: bool = True
    # What chat.postMessage answers beside ok, channel and ts.
    echo: Literal["message", "text", "nothing"] = "message"
    profile: Literal["full", "name", "nothing"] = "full"
    # What auth.test says.
    identity: tuple[str, ...] = ("url", "team", "user", "team_id", "user_id", "bot_id")
    team_id: str = "T0ACME"
    # What events carry.
    outer: bool = True
    channel_type: bool = True
    client_msg_id: Literal["each", "one", "never"] = "each"
    event_ts: bool = True
    previous_message: bool = True
    mentions: tuple[str, ...] = ("message", "app_mention")
    own_posts: Literal["user", "bot_id", "never"] = "user"
    # What interactions carry.
    trigger_id: Literal["each", "one", "never"] = "each"
    response_url: bool = True
    container: bool = True
    unchosen: Literal["null", "absent", "left out"] = "null"
    # What the server calls itself in the addresses of files.
    host: str = "127.0.0.1"
    # How a channel is read.
    newest_first: bool = True
    root_in_replies: bool = True
    page: int = 1000
    # The first second of the server's own time; None is now.
    epoch: int | None = None
    # Socket Mode.
    hello: Json = field(default_factory=lambda: {"type": "hello", "num_connections": 1})
    says_accepts_payload: bool = True
    fragmented: bool = False


class Refusal(Exception):
    """`ok: false` with this error."""


class Workspace:
    """`messages` by channel, oldest first; `shown` is what only one person sees, however it got to them; `asked` is who
    got which trigger id or response URL."""

    def __init__(self, quirks: Quirks) -> None:
        self.quirks = quirks
        self.messages: dict[str, list[Json]] = {c: [] for c in ("C0GLOBEX", "C0TRIAGE", "C0MANAGERS", "C0RANDOM")}
        self.people = {"U0ANN": "Ann Weber", "U0BO": "Bo Lind", "U0MIA": "Mia Roth", "U0EVE": "Eve Holm"}
        self.groups = {"S0AGENTS": ["U0EVE"]}
        self.shown: list[Json] = []
        self.views: dict[str, list[Json]] = defaultdict(list)
        self.homes: dict[str, Json] = {}
        self.files: dict[str, Json] = {}
        self.asked: dict[str, Json] = {}
        self.url = ""
        self.socket_url = ""
        self._count = itertools.count(1)

    def posted(self, channel: str, message: Json) -> None:
        """The app has posted something."""

    def number(self) -> int:
        return next(self._count)

    def ts(self) -> str:
        """Never the same twice, and later each time."""
        epoch, n = self.quirks.epoch, self.number()
        return f"{epoch + n}.000100" if epoch else f"{int(time.time())}.{n:06d}"

    def find(self, channel: str, ts: str) -> Json:
        found = next((m for m in self.messages.get(channel, []) if m["ts"] == ts), None)
        if found is None:
            raise Refusal("message_not_found")
        return found

    def carry_out(self, method: str, args: Json) -> Json | None:
        """What the method answers beside `ok`; None when there is no such method. Raises Refusal."""
        do = getattr(self, "do_" + method.replace(".", "_"), None)
        if do is None or method in self.quirks.missing:
            return None
        out: Json = do(args)
        return out

    def do_auth_test(self, args: Json) -> Json:
        all_of_it = {"url": "https://acme.example/", "team": "Acme", "user": "helper", "team_id": self.quirks.team_id}
        all_of_it |= {"user_id": BOT, "bot_id": BOT_ID}
        return {key: all_of_it[key] for key in self.quirks.identity}

    def do_apps_connections_open(self, args: Json) -> Json:
        return {"url": f"{self.socket_url}/link/?ticket={self.number()}&app_id={APP}"}

    def do_chat_postMessage(self, args: Json) -> Json:
        channel = self.channel(args["channel"])
        message = {"type": "message", "user": BOT, "bot_id": BOT_ID, "app_id": APP, "ts": self.ts()}
        message |= {key: args[key] for key in ("text", "blocks", "username", "thread_ts") if args.get(key)}
        if not (message.get("text") or message.get("blocks")):
            raise Refusal("no_text")
        if self.quirks.keeps_metadata and "metadata" in args:
            message["metadata"] = args["metadata"]
        self.messages[channel].append(message)
        self.posted(channel, message)
        out: Json = {"channel": channel, "ts": message["ts"]}
        match self.quirks.echo:
            case "message":
                out["message"] = {key: value for key, value in message.items() if key != "metadata"}
            case "text":
                out["message"] = {"text": message.get("text", ""), "ts": message["ts"]}
        return out

    def do_chat_update(self, args: Json) -> Json:
        message = self.find(args["channel"], args["ts"])
        message |= {key: args[key] for key in ("text", "blocks") if key in args}
        return {"channel": args["channel"], "ts": args["ts"], "text": message.get("text", "")}

    def do_chat_delete(self, args: Json) -> Json:
        self.messages[args["channel"]].remove(self.find(args["channel"], args["ts"]))
        return {"channel": args["channel"], "ts": args["ts"]}

    def do_chat_postEphemeral(self, args: Json) -> Json:
        self.shown.append({"by": "ephemeral", **args, "channel": self.channel(args["channel"])})
        return {"message_ts": self.ts()}

    def channel(self, channel: str) -> str:
        """Slack takes a person's id for the channel of direct messages with them."""
        found = f"D0{channel[2:]}" if channel in self.people else channel
        if found.startswith("D0"):
            self.messages.setdefault(found, [])
        if found not in self.messages:
            raise Refusal("channel_not_found")
        return found

    def do_conversations_info(self, args: Json) -> Json:
        return {"channel": {"id": self.channel(args["channel"]), "name": "a-channel", "is_member": True}}

    def do_conversations_open(self, args: Json) -> Json:
        return {"channel": {"id": self.channel(args["users"])}}

    def do_conversations_history(self, args: Json) -> Json:
        roots = [m for m in self.messages[self.channel(args["channel"])] if m.get("thread_ts", m["ts"]) == m["ts"]]
        return self.page(roots, args)

    def do_conversations_replies(self, args: Json) -> Json:
        every, root = self.messages[self.channel(args["channel"])], args["ts"]
        found = [m for m in every if m.get("thread_ts") == root or (m["ts"] == root and self.quirks.root_in_replies)]
        return self.page(found, args)

    def page(self, found: list[Json], args: Json) -> Json:
        oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or 1e12)
        if args.get("inclusive") in (True, "true", "1"):
            found = [m for m in found if oldest <= float(m["ts"]) <= latest]
        else:
            found = [m for m in found if oldest < float(m["ts"]) < latest]
        found = found[::-1] if self.quirks.newest_first else found
        start, size = int(args.get("cursor") or 0), min(int(args.get("limit") or 100), self.quirks.page)
        more = start + size < len(found)
        out: Json = {"messages": found[start : start + size], "has_more": more}
        return {**out, "response_metadata": {"next_cursor": str(start + size)}} if more else out

    def do_users_info(self, args: Json) -> Json:
        user = args["user"]
        if user not in self.people:
            raise Refusal("user_not_found")
        match self.quirks.profile:
            case "nothing":
                return {}
            case "name":
                return {"user": {"id": user, "name": self.people[user].split()[0].lower()}}
        profile = {"real_name": self.people[user], "email": f"{user[2:].lower()}@example.com"}
        return {"user": {"id": user, "name": user.lower(), "profile": profile, "tz": "Europe/Berlin"}}

    def do_usergroups_users_list(self, args: Json) -> Json:
        if args["usergroup"] not in self.groups:
            raise Refusal("no_such_subteam")
        return {"users": self.groups[args["usergroup"]]}

    def do_reactions_add(self, args: Json) -> Json:
        self.find(args["channel"], args["timestamp"])
        return {}

    def do_views_open(self, args: Json) -> Json:
        asked = self.asked.get(args["trigger_id"])
        if asked is None:
            raise Refusal("invalid_trigger_id")
        view = args["view"] if isinstance(args["view"], dict) else json.loads(args["view"])
        opened = {**view, "id": f"V0{self.number()}", "hash": "1.a"}
        self.views[asked["user"]].append(opened)
        return {"view": opened}

    def do_views_publish(self, args: Json) -> Json:
        view = args["view"] if isinstance(args["view"], dict) else json.loads(args["view"])
        self.homes[args["user_id"]] = view
        return {"view": view}

    def do_files_getUploadURLExternal(self, args: Json) -> Json:
        file = f"F0{self.number()}"
        self.files[file] = {"id": file, "name": args["filename"], "size": int(args["length"])}
        return {"upload_url": f"{self.url}/upload/{file}", "file_id": file}

    def do_files_completeUploadExternal(self, args: Json) -> Json:
        given = args["files"] if isinstance(args["files"], list) else json.loads(args["files"])
        found = [{**self.files[one["id"]], "bytes": None} for one in given]
        message = {"type": "message", "user": BOT, "ts": self.ts(), "files": found, "text": ""}
        channel = self.channel(args["channel_id"])
        self.messages[channel].append(
            {**message, **({"thread_ts": args["thread_ts"]} if args.get("thread_ts") else {})}
        )
        return {"files": given}
