"""Everything that a desk can send is drawn, as nodes of the page and never as markup."""

import re
from typing import Any

import pytest
from playwright.async_api import Locator, expect
from support.page import Pages
from support.stand_in import button, mrkdwn, options, plain

from sandbox.app import Sandbox
from sandbox.model import Form

pytest_plugins = ["support.browser", "support.page_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Json = dict[str, Any]

CHOICES = options("One", "Two", "Three")
PICTURE = {"image_url": "/page/icon.svg", "alt_text": "A picture"}
CONFIRM = {"title": plain("Sure?"), "text": mrkdwn("*Really*"), "confirm": plain("Yes"), "deny": plain("No")}
WORDS = {"type": "rich_text_section", "elements": [{"type": "text", "text": "words"}]}
RICH = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "bold", "style": {"bold": True, "italic": True, "strike": True, "code": True}},
                {"type": "link", "url": "https://example.com", "text": "link"},
                {"type": "user", "user_id": "U0ANN"},
                {"type": "channel", "channel_id": "C0GLOBEX"},
                {"type": "usergroup", "usergroup_id": "S0AGENTS"},
                {"type": "broadcast", "range": "here"},
                {"type": "emoji", "name": "tada"},
                {"type": "date", "timestamp": 1_795_181_400, "format": "{date_short} at {time}", "fallback": "x"},
                {"type": "color", "value": "#336699"},
                {"type": "team", "team_id": "T0ACME"},
            ],
        },
        {"type": "rich_text_list", "style": "bullet", "elements": [WORDS]},
        {"type": "rich_text_list", "style": "ordered", "offset": 2, "indent": 1, "border": 1, "elements": [WORDS]},
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "quoted"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "code"}]},
    ],
}
MARKDOWN = (
    "# Heading\nSome **bold**, *italic*, ~~gone~~, `code <b>`, [link](https://example.com) <b>x</b> \\* &amp;\n\n"
    "- [x] done\n- [ ] open\n\n1. first\n\n> quoted\n\n| Name | Count |\n|:--|--:|\n| Ann | 12 |\n\n"
    "![picture](https://example.com/a.png)\n\n```\nx < 1\n```\n---\nline  \nbreak"
)
ELEMENTS: list[Json] = [
    button("Plain", "b", "1", confirm=CONFIRM),
    button("Primary", "b1", "1", style="primary"),
    button("Danger", "b2", "1", style="danger", url="https://example.com"),
    {"type": "workflow_button", "action_id": "w", "text": plain("Workflow")},
    {"type": "overflow", "action_id": "o", "options": CHOICES},
    {"type": "static_select", "action_id": "s1", "options": CHOICES},
    {"type": "static_select", "action_id": "s2", "option_groups": [{"label": plain("Group"), "options": CHOICES}]},
    {"type": "multi_static_select", "action_id": "s3", "options": CHOICES, "initial_options": CHOICES[:2]},
    *(
        {"type": f"{many}{what}_select", "action_id": f"{many}{what}", "placeholder": plain("Choose")}
        for many in ("", "multi_")
        for what in ("external", "users", "conversations", "channels")
    ),
    {"type": "datepicker", "action_id": "d", "initial_date": "2026-11-23"},
    {"type": "timepicker", "action_id": "t", "initial_time": "09:30"},
    {"type": "datetimepicker", "action_id": "dt", "initial_date_time": 1_795_181_400},
    {"type": "checkboxes", "action_id": "c", "options": CHOICES, "initial_options": CHOICES[:1]},
    {"type": "radio_buttons", "action_id": "r", "options": CHOICES, "initial_option": CHOICES[0]},
]
INPUTS: list[Json] = [
    {"type": "plain_text_input", "action_id": "p", "placeholder": plain("Short"), "max_length": 20},
    {"type": "plain_text_input", "action_id": "pm", "multiline": True, "initial_value": "Long"},
    {"type": "email_text_input", "action_id": "e"},
    {"type": "url_text_input", "action_id": "u"},
    {"type": "number_input", "action_id": "n", "is_decimal_allowed": False},
    {"type": "rich_text_input", "action_id": "rt"},
    {"type": "file_input", "action_id": "f", "filetypes": ["log"]},
    *(element for element in ELEMENTS if element["type"] not in {"button", "workflow_button", "overflow"}),
]
CARD: Json = {"type": "card", "title": mrkdwn("Card"), "subtitle": mrkdwn("sub"), "body": mrkdwn("body")}
TASK: Json = {"type": "task_card", "task_id": "1", "title": "Look", "status": "complete", "details": RICH}
BLOCKS: list[Json] = [
    {"type": "header", "text": plain("Header :tada:")},
    {"type": "section", "text": mrkdwn("Text *bold*"), "accessory": {"type": "image", **PICTURE}},
    {"type": "section", "fields": [mrkdwn("*Status*\nOpen"), plain("plain")]},
    *({"type": "section", "text": plain("With"), "accessory": element} for element in ELEMENTS),
    {"type": "divider"},
    {"type": "context", "elements": [{"type": "image", **PICTURE}, mrkdwn("*small*"), plain("plain")]},
    {"type": "actions", "elements": ELEMENTS[:10]},
    {"type": "actions", "elements": ELEMENTS[10:]},
    {"type": "image", "title": plain("A chart"), **PICTURE},
    *({"type": "input", "label": plain(one["type"]), "hint": plain("Hint"), "element": one} for one in INPUTS),
    RICH,
    {"type": "markdown", "text": MARKDOWN},
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "fb",
                "positive_button": {"text": plain("Good"), "value": "1"},
                "negative_button": {"text": plain("Bad"), "value": "0"},
            },
            {"type": "icon_button", "action_id": "ib", "icon": "trash", "text": plain("Delete")},
        ],
    },
    {
        "type": "table",
        "column_settings": [{"align": "right"}],
        "rows": [[{"type": "raw_text", "text": "a"}, RICH], [{"type": "raw_number", "value": 12}, mrkdwn("b")]],
    },
    {"type": "alert", "level": "warning", "text": mrkdwn("Careful")},
    {**CARD, "hero_image": PICTURE, "icon": PICTURE, "actions": ELEMENTS[:2]},
    {"type": "carousel", "elements": [CARD, CARD]},
    {"type": "container", "title": plain("Container"), "is_collapsible": True, "child_blocks": [{"type": "divider"}]},
    {"type": "plan", "title": "Plan", "tasks": [TASK]},
    TASK,
    {
        "type": "auth_provider",
        "value": "x",
        "name": plain("Provider"),
        "is_connected": False,
        "auth_url": "https://e.x",
    },
    {"type": "video", "title": plain("Video"), "video_url": "https://e.x", "provider_name": "Tube"},
    {"type": "file", "external_id": "x", "source": "remote"},
    {"type": "call", "call_id": "R1"},
]
BLOCKS = [{"block_id": f"block-id-{place}", **block} for place, block in enumerate(BLOCKS)]


async def test_no_payload_is_unsupported(page_sandbox: Sandbox, pages: Pages) -> None:
    """In a message, an attachment, a modal and the Home."""
    world = page_sandbox.world
    payload = {"title": plain("Everything"), "submit": plain("Send"), "blocks": BLOCKS}
    bo = await pages.open("U0BO")
    world.post("C0TRIAGE", "U0DESK", "all", blocks=BLOCKS)
    await drawn(bo.newest())
    about = {"title": "T", "title_link": "https://e.x", "fields": [{"title": "a", "value": "b"}]}
    world.post("C0TRIAGE", "U0DESK", "attached", attachments=[{"blocks": BLOCKS, "footer": "The foot", **about}])
    await drawn(bo.message("The foot"))
    world.set_forms("U0BO", [Form("V1", "U0BO", "modal", payload, "1", "V1")])
    await drawn(bo.dialog)
    world.set_forms("U0BO", [])
    world.publish_home(Form("V2", "U0BO", "home", payload, "1", "V2"))
    await bo.page.locator(".place", has_text="Desk").click()
    await drawn(bo.page.get_by_role("region", name="Desk, home"))


async def drawn(place: Locator) -> None:
    """All of it is there, by names and not by ids, and fits."""
    await expect(place.get_by_role("heading", name="Header")).to_be_visible()
    words = await place.inner_text()
    assert "unsupported" not in words
    assert not re.search(r"U0ANN|C0GLOBEX|S0AGENTS", words)
    for name in ("@Ann Weber", "#globex-shared", "@agents", "20 Nov 2026 at 14:30"):
        assert name in words
    assert await place.locator(".blocks").first.evaluate("box => box.scrollWidth <= box.clientWidth + 1")


async def test_an_unknown_payload_is_said(page_sandbox: Sandbox, pages: Pages) -> None:
    strange = {"type": "hologram", "block_id": "x"}
    odd = {"type": "actions", "block_id": "y", "elements": [{"type": "lever", "action_id": "l"}]}
    page_sandbox.world.post("C0TRIAGE", "U0DESK", "x", blocks=[strange, odd])
    bo = await pages.open("U0BO")
    await expect(bo.newest().locator(".unsupported")).to_have_text(
        ["unsupported block: hologram", "unsupported block: element lever"]
    )


MARKUP = {
    "*bold* _italic_ ~gone~ `code`": "<strong>bold</strong> <em>italic</em> <s>gone</s> <code>code</code>",
    "2*3*4 snake_case_name a ~ b": "2*3*4 snake_case_name a ~ b",
    "*_both_*": "<strong><em>both</em></strong>",
    "&lt;b&gt; &amp;amp; <https://a.example/?x=1&amp;y=2|x &lt; y>": "&lt;b&gt; &amp;amp; <a>x &lt; y</a>",
    "see https://a.example/x, or <mailto:a@b.example|mail>": "see <a>https://a.example/x</a>, or <a>mail</a>",
    "<javascript:alert(1)|click>": "<span>click</span>",
    "&gt; quoted\nnot": "<blockquote>quoted</blockquote>not",
    "a\n```\nif x &lt; 1:\n  *y*\n```\nb": "a<pre><code>if x &lt; 1:\n  *y*</code></pre>b",
    "```open": "```open",
    "<@U0ANN> <@U0NOBODY|zoe> <@U0NOBODY> <!here> <!subteam^S0AGENTS>": "@Ann Weber @zoe @someone @here @agents",
    "<#C0GLOBEX> <#C0SECRET> <#C0SECRET|name>": "#globex-shared a private channel #name",
    "<!date^1795181400^{date_short_pretty} at {time}|then>": "<time>today at 14:30</time>",
    "<!date^x^{time}|then>": "<span>then</span>",
    ":nonesuch: 10:30:45 :+1:": ":nonesuch: 10:30:45 <svg></svg>",
    "🎫 text": "<svg></svg> text",
    "<img src=x onerror=alert(1)>": "&lt;img src=x onerror=alert(1)&gt;",
}

BARE = """
(root) => {
  const keep = new Set(['STRONG', 'EM', 'S', 'CODE', 'PRE', 'BLOCKQUOTE', 'A', 'TIME', 'svg']);
  const text = (words) => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const walk = (node) => {
    if (node.nodeType === 3) return text(node.data);
    if (node.tagName === 'svg') return '<svg></svg>';
    if (node.tagName === 'BR') return '\\n';
    const inner = [...node.childNodes].map(walk).join('');
    const plain = node.tagName === 'SPAN' && !node.className;
    if (!keep.has(node.tagName) && !plain) return inner;
    const tag = node.tagName.toLowerCase();
    return `<${tag}>${inner}</${tag}>`;
  };
  return [...root.childNodes].map(walk).join('');
}
"""


async def test_slacks_markup(page_sandbox: Sandbox, pages: Pages) -> None:
    for written in MARKUP:
        page_sandbox.world.post("C0TRIAGE", "U0DESK", written)
    bo = await pages.open("U0BO")
    await expect(bo.page.locator("main .message .text")).to_have_count(len(MARKUP) + 4)
    drawn = await bo.page.locator("main .message .text > .mrkdwn").evaluate_all(f"(all) => all.map({BARE})")
    assert dict(zip(MARKUP, drawn[4:], strict=True)) == MARKUP
