"""What a language model suggests, below a triage card's facts: in small text, each with a button that does it."""

from core.language.facts import Suggestion
from core.language.text import Text, Words, join
from core.language.views import Actions, Block, Button, Small
from core.language.wording import Voice


def blocks(voice: Voice, number: int, suggestion: Suggestion) -> tuple[Block, ...]:
    """Nothing when nothing is suggested. What the model wrote is words and never markup."""
    named = {
        "type": voice.say(f"type_{suggestion.type}") if suggestion.type else None,
        "priority": voice.say(f"priority_{suggestion.priority}") if suggestion.priority else None,
        "category": suggestion.category,
    }
    chosen = {field: value for field, value in named.items() if value}
    buttons = [
        Button(voice.say("action_accept", what=value), f"accept:{number}:{field}") for field, value in chosen.items()
    ]
    parts: list[Text] = [voice.text("card_suggested", what=", ".join(chosen.values()))] if chosen else []
    if suggestion.summary:
        parts.append(voice.text("card_summary", summary=Words(suggestion.summary, ("italic",))))
        buttons.append(Button(voice.say("action_accept_summary"), f"accept:{number}:summary"))
    return (Small(join(parts, " · ")), Actions(tuple(buttons))) if parts else ()
