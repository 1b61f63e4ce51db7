"""What somebody typed where no markup is drawn: its links are links and its code is code on every platform."""

import pytest

from core.language.text import CodeBlock, Link, Text, Words, as_typed

DOCS = "https://docs.example.com/a_(b)?c=d"


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("", ()),
        ("Known, fixed in 4.2.", (Words("Known, fixed in 4.2."),)),
        (f"See {DOCS}.", (Words("See "), Link(DOCS, DOCS), Words("."))),
        (f"({DOCS}), please", (Words("("), Link(DOCS, DOCS), Words("), please"))),
        ("HTTP://e.example/x!", (Link("HTTP://e.example/x", "HTTP://e.example/x"), Words("!"))),
        ("Run `npm i` again", (Words("Run "), Words("npm i", ("code",)), Words(" again"))),
        ("So:\n```\nnpm i\n```\nThen", (Words("So:\n"), CodeBlock("npm i"), Words("\nThen"))),
        ("`https://a.example`", (Words("https://a.example", ("code",)),)),
        # Nothing but that: whoever types stars or names may mean them.
        ("*2 <@U0BO> @here javascript://x https://", (Words("*2 <@U0BO> @here javascript://x https://"),)),
        ("a ` b\nc ` d ``", (Words("a ` b\nc ` d ``"),)),
    ],
)
def test_typed(text: str, spans: Text) -> None:
    assert as_typed(text) == spans
