"""A process that delivers an outbox to a fake platform kept in a journal: `deliver_alone.py DATABASE JOURNAL [TEXT]`.

With a text it first writes a post with it. Ends when nothing waits any more, or where FAILPOINT says.
"""

import asyncio
import sys
from pathlib import Path

from support.deliveries import all_settled, delivering, post, put
from support.fake_platform import FakeChat

from core.store.engine import Store


async def main(database: str, journal: str, *texts: str) -> None:
    store = await Store.open(database)
    try:
        await put(store, *(post("TRIAGE", text) for text in texts))
        async with delivering(store, FakeChat(journal=Path(journal)), lease_seconds=0.5):
            await all_settled(store)
    finally:
        await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
