"""What the team reads: cards and their threads, alerts, reminders."""

from collections.abc import Mapping
from typing import Final

# Posts of their own; an empty text leaves one out.
POSTS: Final[Mapping[str, str]] = {
    "assigned_to": "{assignee}, {actor} gave you {ref}: {subject}",
    "customer_answered": "{assignee}, {name} answered on {ref}.",
    "wants_person": "{name} asks for a person on {ref}: {subject}",
    "cannot_wait": "{name} says that {ref} cannot wait: {subject}",
    "follow_up": "{ref} follows up on {old}: {subject}",
    "unknown_channel": "Somebody wrote in {channel}, which belongs to no account. Nothing was opened. "
    "Add the channel to an account in desk.yaml to take requests there.",
    "stranger": "Somebody of another organisation ({organisation}) wrote in {channel}, where {account} asks. It is "
    "taken, for no account. If they belong there, add {organisation} to the account's organisations in desk.yaml.",
    "caught_up": "Back again: took in {what} that came since {since}. What was written and deleted again meanwhile, "
    "words before an edit, changes to requests solved long before and the first direct message of somebody new cannot "
    "be known.",
    "caught_up_unread": "Could not be read: {channels}.",
    "delivery_failed": "Could not post into {channel} ({why}). What was meant for it is kept under dead letters.",
    "thread_failed": "A ticket's thread in {channel} could not be made to show how the ticket stands ({why}).",
    "threads_full": "There is no room for another thread: as many are active as the platform takes, and no solved "
    "ticket's is left to put away. What was meant for a thread now stands in {channel} itself, where everybody "
    "reads it. Solve tickets, or archive threads that nobody needs.",
}

ENTRIES: Final[Mapping[str, str]] = {
    **POSTS,
    "caught_up_messages": "{messages} in {channels}",
    "caught_up_both": "{messages} and {changes}",
    "caught_up_last_start": "its last start",
    "problem_gone": "The customer's channel takes no messages from the desk any more ({why}).",
    "problem_reply": "An answer could not be sent to the customer ({why}).",
    # The card of a ticket.
    "card_fallback": "{ref} {subject} ({name}, {status})",
    "card_no_account": "No account yet",
    "card_no_customer_side": "no customer's side",
    "card_direct_message": "direct message",
    "card_in_private": "{channel}, in private",
    "card_status": "Status",
    "card_priority": "Priority",
    "card_owner": "Owner",
    "card_first_response": "First response",
    "card_next_response": "Next response",
    "card_asks_for_person": "{status}, asks for a person",
    "card_resolution": "Resolution {due}",
    "card_team": "team {team}",
    "card_suggested": "Suggested: {what}",
    "card_summary": "In short: {summary}",
    "card_deleted": "This message was deleted.",
    "due_none": "no target",
    "due_met": "met {at}",
    "due_met_late": "met late at {at}",
    "due_paused": "paused",
    "due_at": "due {at}",
    "due_late": "late since {at}",
    "nobody_yet": "nobody yet",
    "the_desk": "the desk",
    "action_claim": "Claim",
    "action_reply": "Reply …",
    "action_resolve": "Resolve",
    "action_reopen": "Reopen",
    "action_close": "Close for good",
    "action_assign": "Assign …",
    "action_note": "Note …",
    "action_pending": "Wait for customer",
    "action_release": "Release",
    "action_more": "More …",
    "action_accept": "Accept {what}",
    "action_accept_summary": "Use as subject",
    # The customer's messages in the card's thread.
    "copy_author": "{name} ({account})",
    "copy_fallback": "{author}: {text}",
    "copy_edited": "edited",
    "copy_file": "file: {names}",
    "copy_files": "files: {names}",
    "copy_shorter": "The message is shorter now and ends above.",
    "copy_written": "written {at}",
    "copy_sent": "sent to customer",
    # Promises that will soon be broken, or were.
    "reminder_first_response": "a first answer",
    "reminder_next_response": "the next answer",
    "reminder_resolution": "a solution",
    "reminder_warned": "{ref} needs {what} in {left} ({due}).",
    "reminder_broken": "{ref} needed {what} by {due}.",
    "reminder_owned": "{subject}, owned by {owner}.",
    "reminder_unowned": "{subject}. Nobody has it yet.",
    "reminder_several_one": "{count} promise needs attention",
    "reminder_several_many": "{count} promises need attention",
    "reminder_several_late": "{promises}, {late} late",
    "reminder_all_late": "{count} promises are late",
    "reminder_line": "{ref}  {subject} · {due} · {owner}",
    "reminder_more": "… and {count} more: /ticket list late",
    "reminder_shares": "Of these: {owners}.",
    "reminder_share": "{owner} {count}",
}
