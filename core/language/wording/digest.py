"""The digest. The headline is built from the inside out: each part takes what was said so far."""

from collections.abc import Mapping
from typing import Final

ENTRIES: Final[Mapping[str, str]] = {
    "digest_title": "{desk}, {date}",
    "digest_quiet": "A quiet day: nothing new, nothing solved, nothing open.",
    "digest_up": "{opened} new, {solved} solved, backlog up to {backlog}",
    "digest_down": "{opened} new, {solved} solved, backlog down to {backlog}",
    "digest_still": "{opened} new, {solved} solved, backlog still {backlog}",
    "digest_first_answers": "{said}; first answers took {time}",
    "digest_faster": "{said}, {time} faster than before",
    "digest_slower": "{said}, {time} slower than before",
    "digest_end": "{said}.",
    "digest_attention": "Needs attention now",
    "digest_attention_line": "{ref}  {subject} · {owner}",
    "digest_attention_late": "{ref}  {subject} · {owner} · late since {at}",
    "digest_kept": "Promises kept",
    "digest_kept_value": "{share} % ({kept} of {all})",
    "digest_first_answer": "First answer, 9 of 10 within",
    "digest_solve": "Time to solve (median)",
    "digest_unowned": "Open without owner",
    "digest_load": "Open by owner",
    "digest_accounts": "Most requests",
    "digest_since": "Counted since {since}. Times are plain hours, not business hours.",
}
