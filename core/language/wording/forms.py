"""Forms: titles, labels, and who will read the words."""

from collections.abc import Mapping
from typing import Final

ENTRIES: Final[Mapping[str, str]] = {
    "form_open": "Open a ticket",
    "form_open_submit": "Open ticket",
    "form_open_text": "What do you need?",
    "form_open_placeholder": "What happens, since when, and what you expected",
    "form_open_priority": "How urgent is it?",
    "form_follow_up": "Follow up on {ref}",
    "form_reply": "Reply to {name}",
    "form_reply_submit": "Send to customer",
    "form_reply_intro": "{ref}. {reader}",
    "form_reply_to_nobody": "Goes to nobody: this ticket has no customer's side.",
    "form_reply_to_one": "Goes to {name} alone.",
    "form_reply_to_channel": "Goes to {channel}, seen by everybody there.",
    "form_reply_text": "Your answer",
    "form_reply_placeholder": "Write to {name}",
    "form_reply_then": "Then",
    "form_reply_then_open": "Keep open",
    "form_reply_then_pending": "Wait for customer",
    "form_reply_then_resolve": "Mark as resolved",
    "form_note": "Note on {ref}",
    "form_note_submit": "Add note",
    "form_note_intro": "Only the team sees this.",
    "form_note_text": "Note",
    "form_assign": "Assign {ref}",
    "form_assign_submit": "Assign",
    "form_assign_agent": "Who takes it?",
    "form_more": "{ref}",
    "form_more_submit": "Save",
    "form_more_subject": "Subject",
    "form_more_priority": "Priority",
    "form_more_type": "Type",
    "form_more_category": "Category",
}
