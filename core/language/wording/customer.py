"""What the customer reads in their thread."""

from collections.abc import Mapping
from typing import Final

# What a receipt begins with. An empty one: a ticket that begins so gets no receipt. Where the receipt is what the
# thread hangs on, its number stands there in the words' place.
FIRST: Final[Mapping[str, str]] = {
    "receipt_received": "Thanks, {name}. This is {ref}; you will hear from us by {due}.",
    "receipt_received_no_due": "Thanks, {name}. This is {ref}; somebody will look at it.",
    "receipt_out_of_hours": "Thanks, {name}. This is {ref}. We are back {opens} and will answer by {due}.",
}

# Then it changes in place: how the ticket stands.
STATES: Final[Mapping[str, str]] = {
    "receipt_answered": "{ref} · {owner} has it.",
    "receipt_answered_nobody": "{ref} · we are on it.",
    "receipt_person": "{ref} · we told the team that you would like a person to look at it.",
    "receipt_pending": "{ref} · waiting for you.",
    "receipt_on_hold": "{ref} · we are waiting for somebody else and keep an eye on it.",
    "receipt_resolved": "{ref} · solved.",
    "receipt_closed": "{ref} · closed.",
}

# An empty text leaves the sentence, button or post out.
MORE: Final[Mapping[str, str]] = {
    "receipt_is_it_urgent": "Is it urgent?",
    "receipt_urgent": "The team knows that it is urgent.",
    "receipt_owner": "{owner} is on it.",
    "receipt_due": "You will hear from us by {due}.",
    "button_urgent": "Yes, it is urgent",
    "button_solved": "Solved",
    "button_person": "I need a person",
    # New messages, which notify.
    "notice_pending": "{owner} needs something from you to go on (see above).",
    "notice_pending_nobody": "We need something from you to go on (see above).",
    "notice_resolved": "We think this is solved. Just answer here if it is not.",
    "notice_resolved_by_customer": "Glad that it is solved. Just answer here if it comes back.",
    "notice_reopened": "{ref} is open again; we are looking at it.",
    "notice_closed": "{ref} is closed. If there is more to say about it, open a follow-up.",
    "button_follow_up": "Open a follow-up",
    # The message with a button in a channel where one asks by a form.
    "panel_text": "Do you need help from {desk}? Say what it is, and we open a conversation with you.",
    "panel_button": "Ask for help",
    # Tags of a forum's posts.
    "tag_new": "New",
    "tag_open": "Open",
    "tag_pending": "Waiting for you",
    "tag_on_hold": "On hold",
    "tag_resolved": "Solved",
    "tag_closed": "Closed",
    "tag_urgent": "Urgent",
    "tag_high": "High",
    "tag_normal": "",
    "tag_low": "",
}

ENTRIES: Final[Mapping[str, str]] = {**FIRST, **STATES, **MORE}
