"""The one catalogue of what people read. A desk can word any entry anew under `wording:` in desk.yaml, with the
same names in braces; an entry worded as an empty string is not said at all where that makes sense (customer
notices)."""

from collections.abc import Mapping

ENGLISH: Mapping[str, str] = {
    # to the customer
    "receipt_received": "Thanks, {name}. This is {ref}; you will hear from us by {due}.",
    "receipt_received_no_due": "Thanks, {name}. This is {ref}; somebody will look at it.",
    "receipt_out_of_hours": "Thanks, {name}. This is {ref}. We are back {opens} and will answer by {due}.",
    "receipt_is_it_urgent": "Is it urgent?",
    "receipt_urgent": "The team knows that it is urgent.",
    "receipt_owner": "{owner} is on it.",
    "receipt_answered": "{ref} · {owner} has it.",
    "receipt_answered_nobody": "{ref} · we are on it.",
    "receipt_person": "{ref} · we told the team that you would like a person to look at it.",
    "receipt_pending": "{ref} · waiting for you.",
    "receipt_on_hold": "{ref} · we are waiting for somebody else and keep an eye on it.",
    "receipt_resolved": "{ref} · solved. Just answer here if it is not.",
    "receipt_closed": "{ref} · closed.",
    "button_urgent": "Yes, it is urgent",
    "button_solved": "Solved",
    "button_person": "I need a person",
    "notice_pending": "{owner} needs something from you to go on (see above).",
    "notice_pending_nobody": "We need something from you to go on (see above).",
    "notice_resolved": "We think this is solved. Just answer here if it is not.",
    "notice_resolved_by_customer": "Glad that it is solved. Just answer here if it comes back.",
    "notice_reopened": "{ref} is open again; we are looking at it.",
    # on the triage side
    "assigned_to": "{assignee}, {actor} gave you {ref}: {subject}",
    "customer_answered": "{assignee}, {name} answered on {ref}.",
    "wants_person": "{name} asks for a person on {ref}: {subject}",
    "cannot_wait": "{name} says that {ref} cannot wait: {subject}",
    "unknown_channel": "Somebody wrote in {channel}, which belongs to no account. Nothing was opened. "
    "Add the channel to an account in desk.yaml to take requests there.",
    "caught_up": "Back again: took in {what} that came since {since}. What was written and deleted again meanwhile, "
    "and words before an edit, cannot be known.",
    "caught_up_unread": "Could not be read: {channels}.",
    "delivery_failed": "Could not post into {channel} ({why}). What was meant for it is kept under dead letters.",
    "problem_gone": "The customer's channel takes no messages from the desk any more ({why}).",
    "problem_reply": "An answer could not be sent to the customer ({why}).",
}


def say(wording: Mapping[str, str], key: str, **values: str) -> str:
    """One entry, filled in. A `wording` that lacks the key falls back to English."""
    return (wording.get(key) or ENGLISH[key] if wording.get(key) != "" else "").format(**values)
