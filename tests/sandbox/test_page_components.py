"""Every component that Discord takes is drawn, as nodes of the page and never as markup; so is Discord's Markdown."""

import re
from typing import Any

import pytest
from playwright.async_api import Locator, expect
from support.page import Pages

from sandbox.app import Sandbox
from sandbox.discord import components
from sandbox.discord.errors import Problems
from sandbox.discord.seed import AGENTS, BO, BOT, HELP, IDEAS, KIM
from sandbox.model import File, Form

pytest_plugins = ["support.browser", "support.page_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Json = dict[str, Any]

CHOICES = [{"label": one, "value": one.lower(), "description": f"The {one.lower()} one"} for one in ("One", "Two")]
NAMES = f"For <@{BO}> and <@&{AGENTS}> in <#{HELP}>, due <t:1795181400:t>"


def text(content: str) -> Json:
    return {"type": 10, "content": content}


def button(label: str, style: int = 2, **more: Any) -> Json:
    own = {} if style in (5, 6) else {"custom_id": f"press-{label}"}
    return {"type": 2, "style": style, "label": label} | own | more


def row(*inside: Json) -> Json:
    return {"type": 1, "components": list(inside)}


SELECTS = [{"type": kind, "custom_id": f"select-{kind}", "placeholder": "Choose"} for kind in (5, 6, 7, 8)]
STRING = {"type": 3, "custom_id": "string", "placeholder": "More …", "options": CHOICES}
MANY = {"type": 3, "custom_id": "many", "max_values": 2, "options": [CHOICES[0], CHOICES[1] | {"default": True}]}
PICTURE = {"url": "attachment://a.png"}
MESSAGE: list[Json] = [
    text("# Heading\n" + NAMES),
    {
        "type": 17,
        "accent_color": 0xE01E5A,
        "components": [
            {"type": 9, "components": [text("Beside")], "accessory": button("Why?")},
            {"type": 9, "components": [text("A picture")], "accessory": {"type": 11, "media": PICTURE}},
            text("-# small print"),
            {"type": 14},
            {"type": 14, "divider": False, "spacing": 2},
            row(button("Claim", 1), button("Yes", 3), button("No", 4, disabled=True), button("Page", 5, url="https://e.x")),
            row(button("With", 2, emoji={"name": "🎉"})),
            row(STRING),
            {"type": 12, "items": [{"media": PICTURE, "description": "A chart"}, {"media": PICTURE}]},
            {"type": 13, "file": {"url": "attachment://notes.txt"}},
        ],
    },
    {"type": 17, "spoiler": True, "components": [text("Hidden")]},
    row(MANY),
    *(row(one) for one in SELECTS),
]  # fmt: skip


def label(words: str, component: Json, **more: Any) -> Json:
    return {"type": 18, "label": words, "component": component} | more


def field(kind: int, custom_id: str, **more: Any) -> Json:
    return {"type": kind, "custom_id": custom_id} | more


MODALS: list[list[Json]] = [
    [
        text("# Heading\n" + NAMES),
        label("Short", field(4, "short", style=1, required=True), description="One line"),
        label("Long", field(4, "long", style=2, value="As it was", required=False)),
        label("One of", STRING),
        label("Several", MANY | {"required": False}),
    ],
    [
        text("# Heading\n" + NAMES),
        label("A file", field(19, "file")),
        label("Radio", field(21, "radio", options=CHOICES)),
        label("Boxes", field(22, "boxes", options=CHOICES)),
        label("Box", field(23, "box")),
    ],
    [text("# Heading\n" + NAMES), *(label(f"People {one['type']}", one) for one in SELECTS)],
    [text("# Heading\n" + NAMES), row(field(4, "old", style=1, label="Older"))],
]
EMBED: Json = {
    "title": "An embed",
    "url": "https://e.x",
    "description": f"# Heading\n{NAMES}",
    "color": 0x2E7D5B,
    "author": {"name": "Author"},
    "fields": [{"name": "Field", "value": "**value**"}],
    "footer": {"text": "The foot"},
}


async def test_no_component_is_unsupported(page_sandbox: Sandbox, pages: Pages) -> None:
    """In a message, an embed and modals; all of it is what the server takes, and each type is among it."""
    world = page_sandbox.world
    problems = Problems()
    components.of_message(MESSAGE, problems, {"a.png", "notes.txt"}, v2=True)
    problems.raise_any()
    modals = [components.of_modal({"custom_id": "m", "title": "Everything", "components": one}) for one in MODALS]
    shown = [*MESSAGE, *(one for modal in modals for one in modal["components"])]
    every = {*components.SELECTS, *range(1, 3), components.INPUT, *range(9, 15), *range(17, 20), *range(21, 24)}
    assert {one["type"] for one in components.walk(shown)} == every

    for file_id, name, kind in (
        ("1480000000000009001", "a.png", "image/png"),
        ("1480000000000009002", "notes.txt", ""),
    ):
        page_sandbox.files.write(file_id, (b"\x89PNG" if kind else b"x"))
        world.put_file(File(file_id, BOT, name, name, kind, 1, 0.0))
    files = ["1480000000000009001", "1480000000000009002"]
    kim = await pages.open(KIM, HELP)
    world.post(HELP, BOT, "", blocks=MESSAGE, files=files, traits={"flags": 1 << 15})
    await drawn(kim.newest())
    await expect(kim.newest().locator(".file-chip")).to_have_count(1)
    await kim.press("Show the spoiler")
    await expect(kim.newest()).to_contain_text("Hidden")
    world.post(HELP, BOT, "", attachments=[EMBED])
    await drawn(kim.message("The foot"))
    for place, modal in enumerate(modals):
        form = Form(str(place), KIM, "modal", modal, "1", str(place), origin={"platform": "discord", "channel": HELP})
        world.set_forms(KIM, [form])
        await drawn(kim.page.locator(f"dialog[data-form='{place}']"))


async def drawn(place: Locator) -> None:
    """All of it is there, by names and not by ids, and fits."""
    await expect(place.get_by_role("heading", name="Heading", exact=True)).to_be_visible()
    words = await place.inner_text()
    assert "unsupported" not in words
    assert not re.search(r"\d{15}", words)
    for name in ("@Bo Lind", "@Agents", "#help", "14:30"):
        assert name in words
    assert await place.evaluate("box => box.scrollWidth <= box.clientWidth + 1")


async def test_an_unknown_component_is_said(page_sandbox: Sandbox, pages: Pages) -> None:
    odd = [{"type": 99}, row({"type": 98, "custom_id": "x"}), label("Field", {"type": 97})]
    page_sandbox.world.post(HELP, BOT, "", blocks=odd)
    kim = await pages.open(KIM, HELP)
    await expect(kim.newest().locator(".unsupported")).to_have_text(
        ["unsupported component: 99", "unsupported component: 98", "unsupported component: 97"]
    )


MARKUP = {
    "**bold** *italic* _too_ __under__ ~~gone~~ `code`": "<strong>bold</strong> <em>italic</em> <em>too</em> "
    "<u>under</u> <s>gone</s> <code>code</code>",
    "***both*** 2*3*4 snake_case_name a * b": "<strong><em>both</em></strong> 2<em>3</em>4 snake_case_name a * b",
    "**a *b* c** **open": "<strong>a <em>b</em> c</strong> **open",
    r"\*not\* \_this\_ \<@1\> \`x\` \[a\](b)": "*not* _this_ &lt;@1&gt; `x` [a](b)",
    "`**raw**` ``a`b``": "<code>**raw**</code> <code>a`b</code>",
    "[label](https://a.example/x) <https://b.example/> https://c.example/?q=1.": "<a>label</a> "
    "<a>https://b.example/</a> <a>https://c.example/?q=1</a>.",
    "[no](javascript:alert(1)) <b>x</b>": "[no](javascript:alert(1)) &lt;b&gt;x&lt;/b&gt;",
    f"<@{BO}> <@!{KIM}> <@1> <@&{AGENTS}> <#{HELP}> <#1> @everyone": "@Bo Lind @Kim Holm @someone @Agents #help "
    "a private channel @everyone",
    "<t:1795181400:t> <t:1795181400:d> <t:1795181400:F>": "<time>14:30</time> <time>20/11/2026</time> "
    "<time>Friday, 20 November 2026 14:30</time>",
    "> quoted **b**\n> more\nnot": "<blockquote>quoted <strong>b</strong>\nmore</blockquote>not",
    "a\n>>> all\nof it": "a<blockquote>all\nof it</blockquote>",
    "## Two\n-# small\ntext #no": "Twosmalltext #no",
    "- one\n- two\n1. first": "<ul><li>one</li><li>two</li></ul><ol><li>first</li></ol>",
    "a\n```js\nif (x < 1) *y*\n```\nb": "a<pre><code>if (x &lt; 1) *y*</code></pre>b",
    "```open": "```open",
    "@\u2060here x\u200by": "@here xy",
    "🎫 text :ticket:": "<svg></svg> text :ticket:",
}

BARE = """
(root) => {
  const keep = new Set(['STRONG', 'EM', 'S', 'U', 'CODE', 'PRE', 'BLOCKQUOTE', 'A', 'TIME', 'UL', 'OL', 'LI', 'svg']);
  const text = (words) => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const walk = (node) => {
    if (node.nodeType === 3) return text(node.data);
    if (node.tagName === 'svg') return '<svg></svg>';
    if (node.tagName === 'BR') return '\\n';
    const inner = [...node.childNodes].map(walk).join('');
    const tag = node.tagName.toLowerCase();
    return keep.has(node.tagName) ? `<${tag}>${inner}</${tag}>` : inner;
  };
  return [...root.childNodes].map(walk).join('');
}
"""


async def test_discords_markup(page_sandbox: Sandbox, pages: Pages) -> None:
    for written in MARKUP:
        page_sandbox.world.post(HELP, BOT, written)
    kim = await pages.open(KIM, HELP)
    texts = kim.page.locator("main .message .text > .discord-text")
    await expect(texts).to_have_count(len(MARKUP))
    assert dict(zip(MARKUP, await texts.evaluate_all(f"(all) => all.map({BARE})"), strict=True)) == MARKUP
    await kim.page.locator("main .mention-link", has_text="#help").click()
    page_sandbox.world.post(HELP, BOT, f"||secret|| <#{IDEAS}>")
    hidden = kim.newest().get_by_role("button", name="Show what is hidden")
    await hidden.click()
    await expect(kim.newest().locator(".spoiler")).to_have_text("secret")
    await kim.newest().get_by_role("button", name="#ideas").click()
    await kim.page.get_by_role("region", name="Posts in #ideas").wait_for()
