"""Modals and homes through the Web API, with Slack's own client."""

from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from support.slack_peer import refused, web_client

from sandbox.app import Sandbox, running
from sandbox.settings import Settings

SECTION = [{"type": "section", "text": {"type": "mrkdwn", "text": "text"}}]
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Title"}, "blocks": []}


@pytest.fixture
def client(sandbox: Sandbox) -> AsyncWebClient:
    return web_client(sandbox)


async def test_a_trigger_opens_one_modal(client: AsyncWebClient, sandbox: Sandbox) -> None:
    trigger = sandbox.slack.tickets.trigger("U0BO")
    view = (await client.views_open(trigger_id=trigger, view=MODAL))["view"]
    assert [form.id for form in sandbox.world.forms_of("U0BO")] == [view["id"]]
    again = await refused(client, "views.open", trigger_id=trigger, view=MODAL)
    assert again["error"] == "exchanged_trigger_id"
    unknown = await refused(client, "views.open", trigger_id="1.2.3", view=MODAL)
    assert unknown["error"] == "invalid_trigger_id"


async def test_a_trigger_has_its_time(tmp_path: Path) -> None:
    async with running(Settings(port=0, data=tmp_path, trigger_seconds=1e-6)) as sandbox:
        late = sandbox.slack.tickets.trigger("U0BO")
        answer = await refused(web_client(sandbox), "views.open", trigger_id=late, view=MODAL)
        assert answer["error"] == "expired_trigger_id"


async def test_modals_stack_three_high_and_update_by_hash(client: AsyncWebClient, sandbox: Sandbox) -> None:
    trigger = sandbox.slack.tickets.trigger
    first = (await client.views_open(trigger_id=trigger("U0BO"), view=MODAL))["view"]
    second = (await client.views_push(trigger_id=trigger("U0BO"), view=MODAL))["view"]
    assert (second["previous_view_id"], second["root_view_id"]) == (first["id"], first["id"])
    await client.views_push(trigger_id=trigger("U0BO"), view=MODAL)
    too_many = await refused(client, "views.push", trigger_id=trigger("U0BO"), view=MODAL)
    assert too_many["error"] == "push_limit_reached"
    changed = await client.views_update(view_id=first["id"], hash=first["hash"], view={**MODAL, "callback_id": "c"})
    assert changed["view"]["callback_id"] == "c"
    stale = await refused(client, "views.update", view_id=first["id"], hash=first["hash"], view=MODAL)
    assert stale["error"] == "hash_conflict"
    broken = await refused(client, "views.open", trigger_id=trigger("U0BO"), view={**MODAL, "title": None})
    assert broken["error"] == "invalid_arguments"
    assert broken["response_metadata"]["messages"] == ["[ERROR] missing required field: title [json-pointer:/view]"]


async def test_home_is_published_for_one_person(client: AsyncWebClient, sandbox: Sandbox) -> None:
    home = {"type": "home", "blocks": SECTION}
    first = (await client.views_publish(user_id="U0BO", view=home))["view"]
    second = (await client.views_publish(user_id="U0BO", view=home, hash=first["hash"]))["view"]
    assert first["id"] == second["id"]
    assert list(sandbox.world.homes) == ["U0BO"]
    stale = await refused(client, "views.publish", user_id="U0BO", view=home, hash=first["hash"])
    assert stale["error"] == "hash_conflict"
